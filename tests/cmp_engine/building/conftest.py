"""Raw folders once per session, and the detector's truth in the environment of each test."""

import shutil
from pathlib import Path

import pytest

from tests.cmp_engine.building.raw_folders import TRUTH, RawFolders, write_raw


@pytest.fixture(scope="session")
def raw_root(tmp_path_factory, small_dataset) -> Path:
    """Never write to it."""
    folder = tmp_path_factory.mktemp("raw")
    write_raw(folder, small_dataset)
    return folder


@pytest.fixture
def raw(raw_root, tmp_path, monkeypatch) -> RawFolders:
    """A copy that a test may spoil, and the truth about it."""
    shutil.copytree(raw_root, tmp_path / "raw")
    monkeypatch.setenv(TRUTH, str(raw_root / "truth.npz"))
    return RawFolders(tmp_path / "raw" / "vox", tmp_path / "raw" / "vggface", tmp_path / "raw" / "vox1_meta.csv")
