"""Errors in words for whoever can do something about them: what was wrong, with the value, and the remedy."""

import re

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import OperationalError, ProgrammingError

from cmp_engine.io import WriteError
from studyserver.common.exceptions import PerceptionistError

# What SQLite and PostgreSQL say where migrations have not been applied.
NOT_MIGRATED = re.compile(r"no such (table|column)|has no column named|^(relation|column) .* does not exist")
# What PostgreSQL calls a missing right or schema, and what SQLite says to a mistake of ours: each under the class of
# the other.
NOT_ALLOWED = ("42501", "3F000")
OUR_MISTAKE = re.compile(r"syntax error|ambiguous column|no such function")

# What the engine imports and a web host need not have.
OF_THE_ENGINE = ("torch", "soundfile", "tomlkit", "webrtcvad")


def explain(error: Exception) -> str | None:
    """One sentence or two for people; None for an error that nobody foresaw."""
    if isinstance(error, (PerceptionistError, WriteError, ImproperlyConfigured)):
        return str(error)
    if isinstance(error, ModuleNotFoundError) and error.name in OF_THE_ENGINE:
        return (
            f"{error.name} is not installed here, and this needs the engine. "
            "Install it beside the server: pip install -e '.[server,engine]'"
        )
    if isinstance(error, FileNotFoundError):
        return f"{error}. Restore the file or name another one, then call again."
    if isinstance(error, BrokenPipeError):
        return "Nobody reads the output any more; write it to a file, then call again: finished work is kept."
    if isinstance(error, OSError):
        return f"{error}. Free some space or correct the permissions, then call again: finished work is kept."
    if isinstance(error, (OperationalError, ProgrammingError)):
        return _explain_database(error)
    return None


def _explain_database(error: OperationalError | ProgrammingError) -> str | None:
    problem = str(error).partition("\n")[0]
    database = settings.DATABASES["default"]
    # Never the address itself, which may hold a password.
    place = f"{database['NAME']} at {database['HOST']}" if database.get("HOST") else str(database["NAME"])
    if NOT_MIGRATED.search(problem):
        return f"The database {place} is not prepared for this version ({problem}). Prepare it: manage.py migrate"
    if isinstance(error, ProgrammingError):
        if getattr(error.__cause__, "sqlstate", None) not in NOT_ALLOWED:
            return None
        return f"The database {place} refuses ({problem}). Grant its role the right, or name another in DATABASE_URL."
    if OUR_MISTAKE.search(problem):
        return None
    return (
        f"The database {place} cannot be used ({problem}). See that it runs, has room and may be written, "
        "or name another one in DATABASE_URL."
    )
