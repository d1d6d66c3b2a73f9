"""WSGI entry point: ``gunicorn studyserver.wsgi``."""

import os
import sys
from typing import NoReturn

from django.core.exceptions import ImproperlyConfigured
from django.core.handlers.wsgi import WSGIHandler
from django.core.wsgi import get_wsgi_application

from studyserver.common.checks import static_files_are_collected

# By this status of a worker gunicorn knows that the application cannot be loaded, and does not try again.
CANNOT_LOAD = 4


def load() -> WSGIHandler:
    """The application, or the end of the process where every page would fail."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "studyserver.settings")
    try:
        for problem in static_files_are_collected():
            refuse(f"{problem.msg} {problem.hint}")
        return get_wsgi_application()
    except ImproperlyConfigured as error:
        refuse(str(error))


def refuse(reason: str) -> NoReturn:
    sys.stderr.write(f"The server does not start. {reason}\n")
    sys.exit(CANNOT_LOAD)


application = load()
