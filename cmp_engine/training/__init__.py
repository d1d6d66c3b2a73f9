"""Training of the stages of each condition."""

import cmp_engine.installed  # noqa: F401 - says what to install where something is missing
from cmp_engine.training.stages import train_stage

__all__ = ["train_stage"]
