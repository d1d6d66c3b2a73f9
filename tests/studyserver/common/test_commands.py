"""What a user can do something about ends any command, Django's own included, with a message and no traceback."""

import os

import psycopg
import pytest
from django.core.management import CommandError, call_command
from django.db import OperationalError, ProgrammingError

from studyserver.common.commands import require_folder_of, told_to_the_user
from studyserver.common.explanations import explain
from tests.forked import Forked


def manage(tmp_path, *arguments, **variables):
    inherited = {name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "REDIS_URL")}
    done = Forked(["manage.py", *arguments], inherited | {"PERCEPTIONIST_DATA_DIR": str(tmp_path)} | variables)
    output = done.communicate(timeout=120)
    assert done.returncode == 1
    return output


@pytest.mark.parametrize(
    "command",
    [
        ("simulate_votes", "x", "--participants", "3"),
        ("export_report", "x", "--format", "json", "--out", "{tmp}/report.json"),
        ("generate_stimuli", "x", "--profile", "smoke"),
        ("changepassword", "admin"),
    ],
    ids=lambda command: command[0],
)
def test_database_that_is_not_migrated(command, tmp_path):
    said = manage(tmp_path, *(part.format(tmp=tmp_path) for part in command))
    last = said.strip().splitlines()[-1]
    assert f"The database {tmp_path / 'db.sqlite3'} is not prepared for this version (no such table: " in last
    assert last.endswith("Prepare it: manage.py migrate")
    assert "Traceback" not in said


@pytest.mark.parametrize("command", ["export_report", "migrate"])
def test_wrong_setting(command, tmp_path):
    said = manage(tmp_path, command, PERCEPTIONIST_TASK_LEASE_S="soon")
    assert (
        said
        == "PERCEPTIONIST_TASK_LEASE_S='soon' must be a whole number of at least 60 and at most 31536000, in seconds.\n"
    )


def test_server_that_does_not_answer_is_named_without_the_password(tmp_path):
    said = manage(tmp_path, "migrate", DATABASE_URL="postgres://u:secret@127.0.0.1:9/study")
    assert "The database study at 127.0.0.1 cannot be used (connection failed" in said
    assert "DATABASE_URL" in said
    assert "secret" not in said
    assert "Traceback" not in said


def test_details_are_there_for_who_asks(tmp_path):
    said = manage(tmp_path, "export_report", "--traceback", PERCEPTIONIST_TASK_LEASE_S="soon")
    assert "Traceback" in said


@pytest.mark.parametrize(
    ("error", "remedy"),
    [
        (OperationalError("no such column: studies_study.frozen"), "manage.py migrate"),
        (OperationalError("table studies_study has no column named frozen"), "manage.py migrate"),
        (ProgrammingError('relation "studies_study" does not exist\nLINE 1: SELECT'), "manage.py migrate"),
        (OperationalError('FATAL:  database "x" does not exist'), "name another one in DATABASE_URL"),
        (OperationalError("database or disk is full"), "has room"),
        (FileNotFoundError(2, "No such file", "a.wav"), "name another one"),
        (BrokenPipeError(32, "Broken pipe"), "write it to a file"),
        (PermissionError(13, "Permission denied", "a.wav"), "correct the permissions"),
    ],
)
def test_explanation_has_the_remedy_that_helps(error, remedy):
    assert remedy in explain(error)
    assert "\n" not in explain(error)


def test_mistakes_of_ours_are_not_explained_away():
    assert explain(KeyError("x")) is None
    assert explain(ProgrammingError('column reference "id" is ambiguous')) is None
    assert explain(OperationalError('near "selec": syntax error')) is None
    with pytest.raises(ZeroDivisionError), told_to_the_user():
        1 / 0  # noqa: B018


@pytest.mark.parametrize("cause", [psycopg.errors.InsufficientPrivilege, psycopg.errors.InvalidSchemaName])
def test_right_that_the_role_lacks_is_no_mistake_of_ours(cause):
    error = ProgrammingError("permission denied for table studies_study")
    error.__cause__ = cause()
    assert "Grant its role the right" in explain(error)


@pytest.mark.django_db
def test_commands_called_from_code_raise_command_errors(tmp_path):
    with pytest.raises(CommandError, match=r"There is no study named 'x'\. Known studies: none yet"):
        call_command("export_report", "x", "--format", "json", "--out", str(tmp_path / "x.json"))


def test_a_folder_that_may_not_be_entered_is_named(out_of_reach):
    with pytest.raises(
        CommandError, match=rf"This user may not enter {out_of_reach}, so votes\.csv cannot lie in .*/own"
    ):
        require_folder_of(out_of_reach / "own" / "votes.csv")
