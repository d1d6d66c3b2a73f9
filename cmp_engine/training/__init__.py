"""Training of the stages of each condition."""

from cmp_engine.training.stages import train_stage

__all__ = ["train_stage"]
