"""The loss terms of the paper, one function per equation."""

from cmp_engine.losses.adversarial import fake_loss, identity_loss, likeness_loss, real_loss
from cmp_engine.losses.distillation import divergence_loss, pkt_loss
from cmp_engine.losses.regression import half_mean_squared_error, regression_loss
from cmp_engine.losses.triplet import triplet_loss

__all__ = [
    "divergence_loss",
    "fake_loss",
    "half_mean_squared_error",
    "identity_loss",
    "likeness_loss",
    "pkt_loss",
    "real_loss",
    "regression_loss",
    "triplet_loss",
]
