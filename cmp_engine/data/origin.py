"""Where a data set comes from: what its folder says about its making."""

import json
from pathlib import Path
from typing import NamedTuple

from cmp_engine.data.exceptions import DatasetError
from cmp_engine.data.layout import BUILD_RECORD, SIMULATION_MARK, TRUTH


class Built(NamedTuple):
    """How a data set was built: the morphable model as commands take it, its topology, and from whom."""

    model: str
    topology: str
    simulated: bool


def read_built(root: Path) -> Built | None:
    """What the record of a building says; None where the data set was not built from folders.

    Raises:
        DatasetError: the record is damaged.
    """
    path = root / BUILD_RECORD
    if not path.is_file():
        return None
    try:
        arguments = json.loads(path.read_text(encoding="utf-8"))["arguments"]
        # Records of before the sources were looked at do not say.
        return Built(str(arguments["model"]), str(arguments["topology"]), bool(arguments.get("simulated", False)))
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise DatasetError(f"{path}: damaged ({error!r}); run the same build_dataset command again.") from error


def was_simulated(folder: Path) -> bool:
    """Whether a folder is a data set that was simulated, if only in part."""
    return any((folder / each).is_file() for each in (TRUTH, SIMULATION_MARK))
