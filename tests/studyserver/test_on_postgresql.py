"""What the database decides, once more on a real PostgreSQL: the tests that are marked so.

``make test-all`` runs the whole platform there.
"""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.postgresql import running_server, server_programs

HERE = Path(__file__).parent


@pytest.mark.xdist_group("postgresql")
def test_server_tests_pass_on_postgresql(tmp_path):
    programs = server_programs()
    if programs is None:
        pytest.skip("PostgreSQL is not installed; to enable: sudo apt-get install postgresql")
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:xdist"]
    with running_server(programs) as url:
        environment = os.environ | {"DATABASE_URL": url, "PERCEPTIONIST_DATA_DIR": str(tmp_path)}
        environment.pop("PYTEST_XDIST_WORKER", None)
        done = subprocess.run(
            [*command, "-m", "postgresql", str(HERE)], env=environment, capture_output=True, text=True, timeout=900
        )
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]
    assert " passed" in done.stdout
