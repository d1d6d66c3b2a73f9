"""``python -m cmp_engine``: one file per kind of command."""

import cmp_engine.installed  # noqa: F401 - says what to install where something is missing
from cmp_engine.cli.main import main, parser

__all__ = ["main", "parser"]
