"""The whole rehearsal as a user runs it: commands in processes of their own, gunicorn, a database file."""

import json
import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import pytest

from tests.forked import Forked

pytestmark = pytest.mark.xdist_group("processes")


def processes_on(folder: Path) -> list[str]:
    """Processes whose environment names ``folder``: those that the commands of this test left running."""
    found = []
    for environment in Path("/proc").glob("[0-9]*/environ"):
        with suppress(OSError):  # Ended meanwhile, or another user's.
            if os.fsencode(folder) in environment.read_bytes():
                found.append((environment.parent / "cmdline").read_text().replace("\0", " "))
    return found


MAKE_STUDY = "from tests.factories import study; study(questions=1)"


@pytest.fixture
def environment(tmp_path):
    found = os.environ | {"PERCEPTIONIST_DATA_DIR": str(tmp_path), "PERCEPTIONIST_DEBUG": "1"}
    found.pop("DATABASE_URL", None)
    return found


@pytest.fixture
def manage(environment):
    def run(*arguments):
        process = Forked(["manage.py", *arguments], environment)
        output = process.communicate(timeout=120)
        assert process.returncode == 0, output
        return output

    return run


def test_simulate_votes_starts_its_own_server_ends_it_and_goes_on_after_an_interrupt(
    manage, environment, pytestconfig, tmp_path
):
    manage("migrate", "--verbosity", "0")
    manage("shell", "--verbosity", "0", "-c", MAKE_STUDY)
    # Not forked: a process is found by the environment that it was started with.
    command = [sys.executable, "manage.py", "simulate_votes", "faces", "--preference", "0.9", "--seed", "3"]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    process = subprocess.Popen([*command, "--participants", "60"], cwd=pytestconfig.rootpath, env=environment, **pipes)
    journal = tmp_path / "runs" / "faces" / "rehearsal.jsonl"
    deadline = time.monotonic() + 60
    while not (journal.exists() and len(journal.read_text().splitlines()) > 3) and time.monotonic() < deadline:
        time.sleep(0.05)
    process.send_signal(signal.SIGTERM)
    _, err = process.communicate(timeout=60)
    assert process.returncode != 0
    assert "The same command goes on." in err
    assert "Traceback" not in err
    assert processes_on(tmp_path) == []
    out = manage("simulate_votes", "faces", "--participants", "8", "--preference", "0.9", "--seed", "3")
    assert "8 simulated participants have completed faces" in out
    assert processes_on(tmp_path) == []
    manage("export_report", "faces", "--rehearsal", "--format", "json", "--out", str(tmp_path / "report.json"))
    report = json.loads((tmp_path / "report.json").read_text())
    assert report["people"]["counted"] >= 8
    assert sum(section["votes_for"] for section in report["sections"]) > 0.7 * 3 * report["people"]["counted"]
