"""The parts as pip installs them for a stranger, with what the package index has for them today."""

import os
import subprocess
import sys

import pytest

from tests.installation import checkout, write_votes
from tests.test_installation import ABSENT

pytestmark = [pytest.mark.fresh, pytest.mark.xdist_group("installation")]


def run(*words, folder, **variables):
    inherited = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    call = [str(word) for word in words]
    return subprocess.run(call, cwd=folder, env=inherited | variables, capture_output=True, text=True, check=False)


@pytest.fixture
def python(tmp_path):
    """A new environment with nothing in it."""
    made = tmp_path / "venv"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(made)], check=True)
    return made / "bin" / "python"


def install(python, *what, folder):
    done = run(sys.executable, "-m", "pip", "--python", python, "install", "--quiet", *what, folder=folder)
    assert done.returncode == 0, done.stderr


def test_pip_install_of_the_checkout_is_the_statistics_alone(python, tmp_path):
    source = checkout(tmp_path / "source")
    install(python, ".", folder=source)
    assert run(python, "-c", ABSENT, "numpy", "django", "torch", folder=tmp_path).stdout == "['numpy']\n"
    done = run(python, "-m", "evaluation", write_votes(tmp_path / "votes.csv"), folder=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")


def test_pip_install_of_the_server_brings_no_torch_and_checks_itself(python, tmp_path):
    source = checkout(tmp_path / "source")
    install(python, "-e", ".[server]", folder=source)
    assert run(python, "-c", ABSENT, "django", "torch", folder=tmp_path).stdout == "['django']\n"
    done = run(python, "manage.py", "check", folder=source, PERCEPTIONIST_DATA_DIR=str(tmp_path / "data"))
    assert done.returncode == 0, done.stderr
