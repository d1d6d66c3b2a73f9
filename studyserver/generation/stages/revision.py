"""Which state of the code made a stimulus."""

import subprocess
from functools import cache

from django.conf import settings


@cache
def code_revision() -> str:
    """The commit, with ``-dirty`` when files differ from it; ``unknown`` outside a checkout or without git."""
    command = ["git", "-C", str(settings.BASE_DIR), "describe", "--always", "--dirty", "--abbrev=40", "--exclude=*"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=10, check=True)
    except (OSError, subprocess.SubprocessError):
        return "unknown"
    return done.stdout.strip()
