"""Simulate studies: ``python -m evaluation.operating_characteristics [--studies N] [--seed S] [--format FORMAT]``."""

import argparse
import json
import sys

from rich.console import Console
from rich.progress import Progress

from evaluation.operating_characteristics.experiment import all_studies, simulate_studies
from evaluation.operating_characteristics.table import as_text


def main(arguments: list[str] | None = None) -> int:
    """Print what was found; the exit status is 1 where a target was missed."""
    parser = argparse.ArgumentParser(
        prog="python -m evaluation.operating_characteristics",
        description="Simulate studies whose truth is known, and count false alarms and intervals that hold the truth.",
    )
    parser.add_argument(
        "--studies", type=_studies, default=4000, help="Finished studies of each population (default: 4000)."
    )
    parser.add_argument("--seed", type=_seed, default=0, help="Of everything random (default: 0).")
    parser.add_argument("--format", choices=["text", "json"], default="text", help="Of the result (default: text).")
    chosen = parser.parse_args(arguments)
    with Progress(console=Console(stderr=True), transient=True, disable=not sys.stderr.isatty()) as progress:
        task = progress.add_task("Simulated studies", total=all_studies(chosen.studies))
        found = simulate_studies(chosen.studies, chosen.seed, lambda more: progress.advance(task, more))
    text = json.dumps(found.as_dict(), indent=2) if chosen.format == "json" else as_text(found)
    sys.stdout.write(text + "\n")
    return 1 if found.missed else 0


def _studies(text: str) -> int:
    return _whole_number(text, smallest=1)


def _seed(text: str) -> int:
    return _whole_number(text, smallest=0)


def _whole_number(text: str, smallest: int) -> int:
    if not text.isdecimal() or int(text) < smallest:
        raise argparse.ArgumentTypeError(f"got {text!r}; give a whole number of at least {smallest}")
    return int(text)


if __name__ == "__main__":
    sys.exit(main())
