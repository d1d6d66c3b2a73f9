"""All commands, and how each of them ends."""

import argparse
import logging
import sys
from collections.abc import Sequence

from cmp_engine.cli import datasets, faces, training
from cmp_engine.exceptions import EngineError


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit status."""
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    options = parser().parse_args(arguments)
    try:
        options.command(options)
    except (EngineError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)  # noqa: T201 - a command speaks to its terminal
        return 1
    return 0


def parser() -> argparse.ArgumentParser:
    """The commands and their options."""
    top = argparse.ArgumentParser(
        prog="python -m cmp_engine",
        description="From voices to faces: make data, train the methods, give recordings a face, look at the results.",
        epilog="Options of a command: python -m cmp_engine COMMAND --help",
    )
    commands = top.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for kind in (datasets, training, faces):
        kind.add_to(commands)
    return top
