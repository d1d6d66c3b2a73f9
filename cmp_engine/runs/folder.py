"""Where a run keeps what: its configuration, and the last checkpoint of each finished stage."""

from pathlib import Path

from cmp_engine.config import STAGES, EngineConfig, load_config
from cmp_engine.exceptions import CheckpointError


def config_path(run: Path) -> Path:
    """The profile that a run was started with, whole."""
    return run / "config.toml"


def final_checkpoint(run: Path, stage: str) -> Path:
    """The checkpoint of a finished stage."""
    return run / stage / "final.pt"


def read_config(run: Path) -> EngineConfig:
    """The configuration of a run.

    Raises:
        CheckpointError: the folder holds no run.
        ConfigError: its ``config.toml`` is damaged.
    """
    if not config_path(run).is_file():
        raise CheckpointError(f"{run} is no training run (it has no config.toml); train first.")
    return load_config(config_path(run))


def finished_conditions(run: Path) -> list[str]:
    """The conditions of a run that can be used."""
    return [name for name, stages in STAGES.items() if all(final_checkpoint(run, stage).is_file() for stage in stages)]
