"""Settings come from the environment; a wrong value names itself and its remedy."""

import os
import stat
import subprocess
import sys

import pytest
from django.core.exceptions import ImproperlyConfigured

from studyserver import environment
from studyserver.environment import env_bool, env_database, env_int, env_list, env_secret, env_url


@pytest.mark.parametrize(("text", "value"), [("1", True), ("off", False), ("Yes", True), ("", True)])
def test_switch(text, value):
    assert env_bool({"X": text}, "X", default=True) is value


@pytest.mark.parametrize(
    ("read", "message"),
    [
        (lambda: env_bool({"X": "maybe"}, "X", default=True), "X='maybe' is not a switch; set it to 1 or 0"),
        (lambda: env_int({"X": "ten"}, "X", default=1), "X='ten' must be a whole number of at least 0"),
        (lambda: env_int({"X": "59"}, "X", default=60, minimum=60), "X='59' must be a whole number of at least 60"),
        (
            lambda: env_url({"X": "mysql://u:pw@h/d"}, "X", schemes=("sqlite",)),
            "X starts with 'mysql'; it must start with",
        ),
        (
            lambda: env_list({"X": "a.org,http://b.org"}, "X", default=[], pattern=r"[\w.]+", example="study.org"),
            "X holds 'http://b.org'; write it like study.org",
        ),
        (
            lambda: env_database({"X": "postgres://u:pw@h:five/d"}, "X", default=""),
            "X is no address of a database; write",
        ),
        (lambda: env_database({"X": "postgres://u:pw@h"}, "X", default=""), "X names no database; end it with one"),
        (lambda: env_database({"X": "sqlite://"}, "X", default=""), "X names no database; end it with one"),
        (lambda: env_secret({"X": "short"}, "X", file=None), "X has 5 characters; use at least 32"),
    ],
)
def test_wrong_value_is_named_with_its_remedy(read, message):
    with pytest.raises(ImproperlyConfigured, match=message.replace("(", r"\(")) as error:
        read()
    assert "pw" not in str(error.value)


def test_secret_is_made_once_and_readable_by_its_owner_only(tmp_path):
    file = tmp_path / "data" / "secret_key"
    first = env_secret({}, "X", file=file)
    assert len(first) >= 50
    assert env_secret({}, "X", file=file) == first
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_processes_that_start_together_agree_on_the_secret(tmp_path, monkeypatch):
    file = tmp_path / "secret_key"
    draw = environment.get_random_secret_key

    def draw_while_another_is_faster():
        file.write_text("the other one's")
        return draw()

    monkeypatch.setattr(environment, "get_random_secret_key", draw_while_another_is_faster)
    assert env_secret({}, "X", file=file) == "the other one's"
    assert list(tmp_path.iterdir()) == [file]


def test_secret_that_cannot_be_kept_is_named_with_its_remedy(tmp_path):
    (tmp_path / "data").write_text("a file where the folder should be")
    with pytest.raises(ImproperlyConfigured, match=r"X is not set, and .*/data/secret_key cannot be used.*Set X, or"):
        env_secret({}, "X", file=tmp_path / "data" / "secret_key")


def manage(*arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    call = [sys.executable, "manage.py", *arguments]
    return subprocess.run(call, env=os.environ | variables, capture_output=True, text=True, check=False, input="")


@pytest.mark.parametrize("command", ["check", "generate_stimuli", "shell", "help"])
def test_every_command_with_a_wrong_value_fails_with_the_message_alone(command, tmp_path):
    done = manage(command, REDIS_URL="localhost:6379", PERCEPTIONIST_DATA_DIR=str(tmp_path))
    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr == "REDIS_URL starts with 'localhost'; it must start with redis:// or rediss:// or unix://\n"


def test_only_the_settings_that_a_call_names_must_be_right(tmp_path):
    (tmp_path / "without_redis.py").write_text(
        "import os\ndel os.environ['REDIS_URL']\nfrom studyserver.settings import *\n"
    )
    options = ("--settings=without_redis", "--pythonpath", str(tmp_path))
    done = manage("help", *options, REDIS_URL="localhost:6379", PERCEPTIONIST_DATA_DIR=str(tmp_path))
    assert (done.returncode, done.stderr) == (0, "")
    assert "simulate_votes" in done.stdout


def test_settings_that_cannot_be_imported_are_named_with_the_remedy():
    done = manage("help", DJANGO_SETTINGS_MODULE="nowhere")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("The settings 'nowhere' cannot be imported (No module named 'nowhere'). Name a")
    assert done.stderr.count("\n") == 1
