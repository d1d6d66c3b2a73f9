"""What a stage's result depends on, as a flat table that two runs can be compared by."""

import dataclasses
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from cmp_engine.config import EngineConfig, load_config, section_of
from cmp_engine.data import Voxceleb3D
from cmp_engine.exceptions import ConfigError
from cmp_engine.io import write_text
from cmp_engine.io.toml import as_toml
from cmp_engine.runs.checkpoint import changed_keys, digest
from cmp_engine.runs.folder import config_path
from cmp_engine.runs.people import people

# They change how a run is observed, not what comes out.
WITHOUT_EFFECT = ("checkpoint_every", "log_every")


def describe(
    stage: str, *, config: EngineConfig, dataset: Voxceleb3D, needed: Mapping[str, Path]
) -> dict[str, str | int | float | bool]:
    """Describe what a stage is trained from.

    Args:
        stage: its name.
        config: the run's configuration; networks, seed and the stage's section count.
        dataset: the training identities count where the stage sees them.
        needed: checkpoints of the stages before; their contents count.
    """
    section = section_of(stage)
    relevant = ("seed", "precision", "networks.", f"{section}.")
    table: dict[str, Any] = {"stage": stage}
    table |= {
        key: value
        for key, value in flat(config).items()
        if key.startswith(relevant) and not key.endswith(WITHOUT_EFFECT)
    }
    if section != "expert" or not config.expert.strangers:  # Strangers teach all that an expert knows.
        table |= people(dataset)
    table |= {f"checkpoint of {name}": digest(path)[:12] for name, path in needed.items()}
    return {key: str(value) if isinstance(value, tuple) else value for key, value in table.items()}


def keep_config(run: Path, config: EngineConfig) -> None:
    """Write the run's ``config.toml``, or compare with the one that is there.

    Raises:
        ConfigError: the run was started with another configuration.
        WriteError: the file cannot be written.
    """
    path = config_path(run)
    if not path.exists():
        write_text(path, as_toml(config))
    elif changes := changed_keys(flat(load_config(path)), flat(config)):
        raise ConfigError(f"{run} was started with another configuration: {changes}. Use another run folder.")


def flat(config: EngineConfig) -> dict[str, Any]:
    """A configuration as one flat table."""
    table: dict[str, Any] = {}
    for key, value in dataclasses.asdict(config).items():
        section = key.replace("_", "-")
        table |= (
            {f"{section}.{name}": item for name, item in value.items()} if isinstance(value, dict) else {key: value}
        )
    return table
