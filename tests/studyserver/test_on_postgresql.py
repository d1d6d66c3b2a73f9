"""The server's own tests once more, on a real PostgreSQL."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.postgresql import running_server, server_programs

HERE = Path(__file__).parent
# Of the reports only what reads and writes rows; drawing them is the same on every database.
READING = ("report_service", "administration", "deviations", "export_votes")
SUITES = [str(HERE / name) for name in ("studies", "survey", *(f"reports/test_{part}.py" for part in READING))]
# Rehearsals and the walk through all addresses open the pages that other tests open; simulated people have no rows.
LEFT_OUT = [f"--ignore={HERE / 'survey' / f'test_{part}.py'}" for part in ("rehearsal", "blinding", "simulated_people")]


@pytest.mark.slow
@pytest.mark.xdist_group("postgresql")
def test_server_tests_pass_on_postgresql(tmp_path):
    programs = server_programs()
    if programs is None:
        pytest.skip("PostgreSQL is not installed; to enable: sudo apt-get install postgresql")
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:xdist", "-m", "not browser"]
    with running_server(programs) as url:
        environment = os.environ | {"DATABASE_URL": url, "PERCEPTIONIST_DATA_DIR": str(tmp_path)}
        environment.pop("PYTEST_XDIST_WORKER", None)
        done = subprocess.run(
            [*command, *LEFT_OUT, *SUITES], env=environment, capture_output=True, text=True, timeout=1500
        )
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]
    assert " passed" in done.stdout
