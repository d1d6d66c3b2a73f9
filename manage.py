#!/usr/bin/env python
"""Run a management command of the study server."""

import os
import sys
from contextlib import suppress

try:
    import studyserver  # noqa: F401  # Says what to install where Django is missing, too.
except ModuleNotFoundError as missing:
    sys.exit(str(missing))

from django.conf import settings
from django.core.management import CommandError, CommandParser, execute_from_command_line, handle_default_options

from studyserver.common.commands import told_to_the_user


def main() -> None:
    """Run the command; what goes wrong in the settings or in Django's own commands is told as in ours."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "studyserver.settings")
    try:
        with told_to_the_user():
            _load_settings()
            execute_from_command_line(sys.argv)
    except CommandError as error:
        if "--traceback" in sys.argv:
            raise
        sys.stderr.write(f"{error}\n")
        sys.exit(error.returncode)


def _load_settings() -> None:
    """Load the settings that the call means; Django's own help and shell would go on without wrong ones.

    Raises:
        CommandError: they cannot be imported.
    """
    parser = CommandParser(add_help=False, allow_abbrev=False)
    parser.add_argument("--settings")
    parser.add_argument("--pythonpath")
    with suppress(CommandError):  # An option without its value; the command says so.
        handle_default_options(parser.parse_known_args(sys.argv[2:])[0])
    try:
        settings.INSTALLED_APPS  # noqa: B018  # The first setting that is read loads them all.
    except ImportError as error:
        raise CommandError(
            f"The settings {os.environ['DJANGO_SETTINGS_MODULE']!r} cannot be imported ({error}). Name a module of "
            "settings in DJANGO_SETTINGS_MODULE or --settings, or none for the usual ones; where they import what is "
            "not installed, call scripts/setup.sh requirements.txt, or pip install -e '.[server]'."
        ) from error


if __name__ == "__main__":
    main()
