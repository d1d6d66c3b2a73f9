"""How every command ends when the user can do something about it: a clear message and a non-zero exit."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from studyserver.common.checks import INSTALLATION
from studyserver.common.explanations import explain
from studyserver.common.folders import nearest_existing


class PerceptionistCommand(BaseCommand):
    """The base of all our commands: errors that a user can cause end them as a ``CommandError``."""

    # Django's own checks load every page, and with them SciPy; a command is about the installation.
    requires_system_checks = [INSTALLATION]

    def execute(self, *args: Any, **options: Any) -> str | None:
        with told_to_the_user(stopped="Stopped. The same call goes on where it was."):
            return super().execute(*args, **options)


def require_folder_of(out: Path) -> None:
    """Refuse a file to be written in a folder that is not there.

    Raises:
        CommandError: there is none; the message says how to make it, or what is in its way.
    """
    there = nearest_existing(out.parent)
    if not there.is_dir():
        raise CommandError(f"{there} is a file, so {out.name} cannot lie in it. Name a folder.")
    if not os.access(there, os.X_OK):
        raise CommandError(f"This user may not enter {there}, so {out.name} cannot lie in {out.parent}. Name another.")
    if there != out.parent:
        raise CommandError(f"There is no folder {out.parent} for {out.name}; make it with: mkdir -p {out.parent}")


@contextmanager
def told_to_the_user(stopped: str = "Stopped.") -> Iterator[None]:
    """Turn errors that have an explanation into a ``CommandError`` that holds it.

    Args:
        stopped: what to say of Ctrl-C.

    Raises:
        CommandError: the explanation; any other error passes as it is.
    """
    try:
        yield
    except KeyboardInterrupt:
        raise CommandError(stopped, returncode=130) from None
    except CommandError:
        raise
    except Exception as error:
        message = explain(error)
        if message is None:
            raise
        raise CommandError(message) from error
