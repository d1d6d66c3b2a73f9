"""The networks of the paper, one per file, under their published key names."""

import cmp_engine.installed  # noqa: F401 - says what to install where something is missing
from cmp_engine.networks.classifier import IdentityClassifier
from cmp_engine.networks.discriminator import Discriminator
from cmp_engine.networks.expert_basis import ExpertBasis, read_expert_basis
from cmp_engine.networks.face_embedding import FaceEmbedding
from cmp_engine.networks.face_generator import FaceGenerator
from cmp_engine.networks.image_to_3d import MESH_PARAMETERS, ImageTo3D, mesh_parameters
from cmp_engine.networks.layouts import published_state_dict
from cmp_engine.networks.mesh_regressor import MeshRegressor, Regression
from cmp_engine.networks.mobilenet_v1 import MobileNetV1
from cmp_engine.networks.published import load_published
from cmp_engine.networks.supervised_decoder import SupervisedDecoder
from cmp_engine.networks.voice_encoder import VoiceEncoder
from cmp_engine.networks.whitening import Whitening, read_whitening

__all__ = [
    "MESH_PARAMETERS",
    "Discriminator",
    "ExpertBasis",
    "FaceEmbedding",
    "FaceGenerator",
    "IdentityClassifier",
    "ImageTo3D",
    "MeshRegressor",
    "MobileNetV1",
    "Regression",
    "SupervisedDecoder",
    "VoiceEncoder",
    "Whitening",
    "load_published",
    "mesh_parameters",
    "published_state_dict",
    "read_expert_basis",
    "read_whitening",
]
