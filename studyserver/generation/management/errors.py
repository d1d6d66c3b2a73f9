"""One way for commands to end when the user can do something about it."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.core.management.base import CommandError
from django.db import OperationalError, ProgrammingError

from studyserver.common.exceptions import PerceptionistError
from studyserver.generation.tasks import explain_file_error, user_errors


@contextmanager
def told_to_the_user() -> Iterator[None]:
    """Turn errors that a user can cause into one sentence and a non-zero exit."""
    tellable: tuple[type[Exception], ...] = (PerceptionistError, *user_errors())
    try:
        yield
    except tellable as error:
        raise CommandError(str(error)) from error
    except OSError as error:
        raise CommandError(explain_file_error(error)) from error
    except (OperationalError, ProgrammingError) as error:
        raise CommandError(f"The database cannot be used ({error}). Prepare it with: manage.py migrate") from error
    except KeyboardInterrupt:
        raise CommandError("Stopped. The same call goes on where it was.", returncode=130) from None
