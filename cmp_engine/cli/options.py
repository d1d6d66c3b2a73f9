"""What several commands are asked with."""

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

Commands: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"


def command(
    commands: Commands, name: str, run: Callable[[argparse.Namespace], None], does: str
) -> argparse.ArgumentParser:
    """A command that calls ``run`` with its options."""
    made = commands.add_parser(name, help=does, description=does)
    made.set_defaults(command=run)
    return made


def add_run(command: argparse.ArgumentParser) -> None:
    """The trained run that a command uses."""
    command.add_argument("run", type=Path, metavar="RUN", help="Folder of a trained run.")


def add_dataset(command: argparse.ArgumentParser, which: str) -> None:
    """The data set that a command reads."""
    command.add_argument("--dataset", type=Path, required=True, metavar="DIR", help=which)


def add_picture(command: argparse.ArgumentParser) -> None:
    """The picture that a command writes."""
    command.add_argument("--out", type=Path, required=True, metavar="PNG", help="Picture to write.")


def add_device(command: argparse.ArgumentParser) -> None:
    """Where a command computes."""
    command.add_argument("--device", default="auto", help="auto, cpu or cuda (default: auto).")
