#!/usr/bin/env python
"""Run a management command of the study server."""

import os
import sys
from importlib import import_module

from django.core.management import CommandError, execute_from_command_line

from studyserver.common.commands import told_to_the_user


def main() -> None:
    """Run the command; what goes wrong in the settings or in Django's own commands is told as in ours."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "studyserver.settings")
    try:
        with told_to_the_user():
            # Django's own help and shell would go on without wrong settings.
            import_module(os.environ["DJANGO_SETTINGS_MODULE"])
            execute_from_command_line(sys.argv)
    except CommandError as error:
        if "--traceback" in sys.argv:
            raise
        sys.stderr.write(f"{error}\n")
        sys.exit(error.returncode)


if __name__ == "__main__":
    main()
