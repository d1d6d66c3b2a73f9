"""Fixtures shared by all tests."""

import os
from pathlib import Path

import pytest

GOLDEN = Path(__file__).resolve().parents[2] / "shared" / "golden"


@pytest.fixture(scope="session")
def golden() -> Path:
    """The folder of licensed reference data, which never enters the repository."""
    if not GOLDEN.is_dir():
        pytest.skip(f"golden data not found at {GOLDEN}")
    return GOLDEN


@pytest.fixture(scope="session")
def small_dataset(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A simulated Voxceleb-3D of 8 people (2 for testing) with 3 utterances and 6 pictures each. Never write to it."""
    from cmp_engine.simulation import simulate  # Loads torch, which most tests of the server do without.

    root = tmp_path_factory.mktemp("data") / "voxceleb3d"
    simulate(root, identities=8, utterances=3, seed=0)
    return root


@pytest.fixture(autouse=True)
def data_in_temporary_folder(settings, tmp_path):
    """Nothing a test writes may land in the real data folder."""
    settings.MEDIA_ROOT = tmp_path / "media"
    settings.RUNS_DIR = tmp_path / "runs"


@pytest.fixture(autouse=True)
def static_files_from_their_sources(settings, tmp_path):
    """Pages are tested without collecting static files first."""
    settings.STATIC_ROOT = tmp_path / "collected"
    settings.STATIC_ROOT.mkdir()
    plain = "django.contrib.staticfiles.storage.StaticFilesStorage"
    settings.STORAGES = settings.STORAGES | {"staticfiles": {"BACKEND": plain}}


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Under PERCEPTIONIST_NO_SKIPS a skipped test is a failure: something that should be there is missing."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    skipped = len(reporter.stats.get("skipped", [])) if reporter else 0
    if os.environ.get("PERCEPTIONIST_NO_SKIPS") and skipped and session.exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
