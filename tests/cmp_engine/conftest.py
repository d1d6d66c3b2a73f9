"""Published layouts of the Basel Face Model and a trained run, made once. Never write to them."""

from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest
from filelock import FileLock

from cmp_engine.cli import main
from tests.cmp_engine.morphable.bfm_files import hashed, write_3ddfa_v2, write_arrays


class Bases(NamedTuple):
    shapes: np.ndarray
    expressions: np.ndarray


@pytest.fixture(scope="session")
def bases() -> Bases:
    """The bases behind the reference meshes, (159645, 40) and (159645, 10)."""
    return Bases(0.004 * (2 * hashed(159645, 40, 501) - 1), 3000 * (2 * hashed(159645, 10, 502) - 1))


@pytest.fixture(scope="session")
def bfm_folder(golden, tmp_path_factory, bases) -> Path:
    return write_arrays(tmp_path_factory.mktemp("bfm") / "3dmm_data", golden, *bases)


@pytest.fixture(scope="session")
def v2_file(golden, tmp_path_factory, bases) -> Path:
    return write_3ddfa_v2(tmp_path_factory.mktemp("3ddfa-v2") / "configs", golden, *bases)


@pytest.fixture(scope="session")
def smoke_run(small_dataset: Path, shared_folder: Path) -> Path:
    """A run of the smallest profile with every condition; it has learned nothing."""
    run = shared_folder / "smoke-run"
    data = ["--dataset", str(small_dataset), "--profile", "smoke", "--device", "cpu"]
    with FileLock(f"{run}.lock"):  # Made by the first process that wants it.
        if not run.exists():
            assert main(["train", str(run), *data]) == 0
    return run
