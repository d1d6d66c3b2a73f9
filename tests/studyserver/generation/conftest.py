"""One server for all tests of commands: its study is made once, by a call that is killed and a second one."""

import os
import signal
import time

import pytest

from tests.workspace import Workspace, times


@pytest.fixture(scope="session")
def workspace(tmp_path_factory, small_dataset) -> Workspace:
    """An empty server."""
    made = Workspace(tmp_path_factory.mktemp("server"), small_dataset)
    made.manage("migrate", "--verbosity", "0")
    return made


@pytest.fixture(scope="session")
def killed(workspace):
    """A call that was killed while it rendered; what it had made by then."""
    process = workspace.start("generate_stimuli", "demo", *workspace.generate)
    deadline = time.monotonic() + 240
    while time.monotonic() < deadline and process.poll() is None:
        if workspace.jobs("demo").get("stimuli", ("", 0.0))[1] > 0.4:
            break
        time.sleep(0.2)
    assert process.poll() is None, process.stdout.read()
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate()
    return {"files": times(workspace.run) | times(workspace.folder / "media"), "jobs": workspace.jobs("demo")}


@pytest.fixture(scope="session")
def generated(workspace, killed) -> str:
    """The output of the call after the killed one, which filled the study."""
    return workspace.manage("generate_stimuli", "demo", *workspace.generate)
