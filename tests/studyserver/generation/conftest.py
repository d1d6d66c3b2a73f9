"""A server whose study was made by a call that was killed and a second one. Each test process gets its own copy."""

import json
import shutil
import time
from pathlib import Path

import pytest
from filelock import FileLock

from tests.workspace import Workspace, times


@pytest.fixture(scope="session")
def made_once(shared_folder, small_dataset) -> Path:
    """The folder from which all processes copy: the server, and what its two calls left and said."""
    root = shared_folder / "made-once"
    with FileLock(f"{root}.lock"):
        if not root.exists():
            making = shared_folder / "made-once.partial"
            shutil.rmtree(making, ignore_errors=True)  # Left by a process in which it failed.
            (making / "server").mkdir(parents=True)
            workspace = Workspace(making / "server", small_dataset)
            workspace.manage("migrate", "--verbosity", "0")
            (making / "killed.json").write_text(json.dumps(_kill(workspace)))
            (making / "output").write_text(workspace.manage("generate_stimuli", "demo", *workspace.generate))
            (making / "completed.json").write_text(json.dumps(_state(workspace)))
            making.rename(root)
    return root


@pytest.fixture(scope="session")
def workspace(made_once, tmp_path_factory, small_dataset) -> Workspace:
    """A server with the study ``demo`` and its run."""
    folder = tmp_path_factory.mktemp("server")
    shutil.copytree(made_once / "server", folder, dirs_exist_ok=True)
    return Workspace(folder, small_dataset)


@pytest.fixture(scope="session")
def killed(made_once) -> dict:
    """What a call that was killed while it rendered had made by then."""
    return json.loads((made_once / "killed.json").read_text())


@pytest.fixture(scope="session")
def completed(made_once) -> dict:
    """What was there after the call that followed; other tests let some of it be made again."""
    return json.loads((made_once / "completed.json").read_text())


@pytest.fixture(scope="session")
def generated(made_once) -> str:
    """The output of the call after the killed one, which filled the study."""
    return (made_once / "output").read_text()


def _kill(workspace: Workspace) -> dict:
    process = workspace.start("generate_stimuli", "demo", *workspace.generate)
    deadline = time.monotonic() + 900  # On a busy machine, too.
    while time.monotonic() < deadline and process.poll() is None:
        if workspace.jobs("demo").get("stimuli", ("", 0.0))[1] > 0.4:
            break
        time.sleep(0.2)
    assert process.poll() is None, process.stdout.read()
    process.kill()
    process.communicate()
    return _state(workspace)


def _state(workspace: Workspace) -> dict:
    return {"files": times(workspace.run) | times(workspace.folder / "media"), "jobs": workspace.jobs("demo")}
