"""Fixtures shared by all tests."""

import gc
import os
import runpy
import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from unittest import mock

import pytest
from django.conf import settings as configured
from django.db.backends.base.operations import BaseDatabaseOperations
from django.test import override_settings
from filelock import FileLock

from studyserver.common.triggers import drop_all

pytest_plugins = ["tests.slowness"]

FIRST = [
    "test_generate_stimuli",
    "browser",
    "installation",
    "postgresql",
    "processes",
    "building",
    "test_workers",
    "test_run_demo",
]
LONGEST = {group: rank for rank, group in enumerate(FIRST)}
"""Groups that take minutes, in the order in which they begin: begun last, one would be waited for alone."""

GOLDEN = Path(__file__).resolve().parents[2] / "shared" / "golden"


NOBODY = 65_534

SQLITE = "django.db.backends.sqlite3"

NO_NETWORK = Path(__file__).parent / "no_network"


def pytest_configure() -> None:
    """Neither the tests nor a Python that they start reach another machine."""
    if "sitecustomize" not in sys.modules or not hasattr(sys.modules["sitecustomize"], "stay_here"):
        runpy.run_path(str(NO_NETWORK / "sitecustomize.py"))
        inherited = os.environ.get("PYTHONPATH")
        os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, (str(NO_NETWORK), inherited)))


def needs_another_machine(item: pytest.Item) -> bool:
    """Whether a test is about another database, or a GPU that is not here: it is left out, not skipped."""
    if item.get_closest_marker("sqlite"):
        return configured.DATABASES["default"]["ENGINE"] != SQLITE
    if item.get_closest_marker("gpu"):
        import torch  # Most tests of the server do without.

        return not torch.cuda.is_available()
    return False


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> Iterator[None]:
    """Run each file, or each named group of files, in one process, which makes its fixtures once.

    Files and the tests in each come in random order (pytest-randomly, which prints its seed), the long ones first.
    """
    if not_for_here := [item for item in items if needs_another_machine(item)]:
        config.hook.pytest_deselected(items=not_for_here)
        items[:] = [item for item in items if item not in not_for_here]
    for item in items:
        if "golden" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.golden)
        if item.get_closest_marker("xdist_group") is None:
            item.add_marker(pytest.mark.xdist_group(item.path.stem))
    yield
    # Those on one server are steps of one story: what it has made, they damage and mend, in the order of the file.
    places = [place for place, item in enumerate(items) if "workspace" in getattr(item, "fixturenames", ())]
    story = sorted((items[place] for place in places), key=lambda item: item.location[:2])
    for place, item in zip(places, story, strict=True):
        items[place] = item
    items.sort(key=lambda item: LONGEST.get(item.get_closest_marker("xdist_group").args[0], len(LONGEST)))


def pytest_collection_finish() -> None:
    """Modules and tests stay to the end: the garbage collector need not go through them again and again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)


@pytest.fixture(scope="session")
def golden() -> Path:
    """The folder of licensed reference data, which never enters the repository."""
    if not GOLDEN.is_dir():
        pytest.skip(f"golden data not found at {GOLDEN}")
    return GOLDEN


@pytest.fixture(scope="session")
def shared_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One folder for all processes of this test run."""
    own = tmp_path_factory.getbasetemp()
    return own.parent if "PYTEST_XDIST_WORKER" in os.environ else own


@pytest.fixture(scope="session")
def small_dataset(shared_folder: Path) -> Path:
    """A simulated Voxceleb-3D of 8 people (2 for testing) with 3 utterances and 6 pictures each. Never write to it."""
    root = shared_folder / "voxceleb3d"
    with FileLock(f"{root}.lock"):  # Made by the first process that wants it.
        if not root.exists():
            from cmp_engine.simulation import simulate  # Loads torch, which most tests of the server do without.

            simulate(root, identities=8, utterances=3, seed=0)
    return root


@pytest.fixture(autouse=True)
def data_in_temporary_folder(settings, tmp_path):
    """Nothing a test writes may land in the real data folder."""
    settings.MEDIA_ROOT = tmp_path / "media"
    settings.RUNS_DIR = tmp_path / "runs"


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings_parallel_suffix, tmp_path_factory):
    """SQLite in a file, not in memory: a live server's threads then have connections of their own."""
    database = configured.DATABASES["default"]
    if database["ENGINE"] == SQLITE:
        database.setdefault("TEST", {})["NAME"] = str(tmp_path_factory.mktemp("database") / "test.sqlite3")


@pytest.fixture(scope="session", autouse=True)
def tables_can_be_emptied():
    """Tests that commit delete all rows afterwards, evidence too; what follows a migration puts the triggers back."""
    empty = BaseDatabaseOperations.execute_sql_flush

    def unguarded(operations, statements):
        drop_all(operations.connection)
        empty(operations, statements)

    with mock.patch.object(BaseDatabaseOperations, "execute_sql_flush", unguarded):
        yield


@pytest.fixture(scope="session", autouse=True)
def static_files_from_their_sources(tmp_path_factory):
    """Pages are tested without collecting static files first."""
    storages = configured.STORAGES | {
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    }
    with override_settings(STATIC_ROOT=tmp_path_factory.mktemp("collected"), STORAGES=storages):
        yield


@pytest.fixture
def out_of_reach() -> Iterator[Path]:
    """A folder that this process may not enter; where it is root's, it is nobody's meanwhile."""
    with TemporaryDirectory() as place:
        folder = Path(place) / "locked"
        folder.mkdir(mode=0)
        Path(place).chmod(0o755)
        user = os.getuid()
        if user == 0:
            os.setresuid(NOBODY, NOBODY, user)
        try:
            yield folder
        finally:
            os.setresuid(user, user, user)
            folder.chmod(0o700)


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Under PERCEPTIONIST_NO_SKIPS a skipped test is a failure: something that should be there is missing."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    skipped = len(reporter.stats.get("skipped", [])) if reporter else 0
    if os.environ.get("PERCEPTIONIST_NO_SKIPS") and skipped and session.exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
