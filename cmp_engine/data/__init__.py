"""Voxceleb-3D on disk: index, split, and what training draws from it."""

import cmp_engine.installed  # noqa: F401 - says what to install where something is missing
from cmp_engine.data.exceptions import DatasetError
from cmp_engine.data.faces import FaceBatch, FaceSampler, ParameterBatch, ParameterSampler, load_face
from cmp_engine.data.layout import is_test_name
from cmp_engine.data.meshes import read_obj, write_obj, write_xyz
from cmp_engine.data.utterances import (
    CropRule,
    TripletBatch,
    TripletSampler,
    UtteranceBatch,
    UtteranceSampler,
    load_features,
)
from cmp_engine.data.voxceleb3d import Identity, Reference, Voxceleb3D

__all__ = [
    "CropRule",
    "DatasetError",
    "FaceBatch",
    "FaceSampler",
    "Identity",
    "ParameterBatch",
    "ParameterSampler",
    "Reference",
    "TripletBatch",
    "TripletSampler",
    "UtteranceBatch",
    "UtteranceSampler",
    "Voxceleb3D",
    "is_test_name",
    "load_face",
    "load_features",
    "read_obj",
    "write_obj",
    "write_xyz",
]
