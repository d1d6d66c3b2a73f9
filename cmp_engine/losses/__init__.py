"""The loss terms of the paper, one function per equation, and what the released code makes of them."""

import cmp_engine.installed  # noqa: F401 - says what to install where something is missing
from cmp_engine.losses.adversarial import fake_loss, identity_loss, likeness_loss, real_loss
from cmp_engine.losses.distillation import divergence_loss, pkt_loss
from cmp_engine.losses.mesh_distance import MeshDistance, frontal_coefficients, pose_scale
from cmp_engine.losses.regression import half_mean_squared_error, regression_loss
from cmp_engine.losses.triplet import triplet_loss

__all__ = [
    "MeshDistance",
    "divergence_loss",
    "fake_loss",
    "frontal_coefficients",
    "half_mean_squared_error",
    "identity_loss",
    "likeness_loss",
    "pkt_loss",
    "pose_scale",
    "real_loss",
    "regression_loss",
    "triplet_loss",
]
