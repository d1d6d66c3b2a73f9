"""The statistics of a vote file: ``python -m evaluation VOTES.csv [--format text|json]``."""

import argparse
import json
import math
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from evaluation.analysis import Claim, SectionAnalysis, analyse
from evaluation.terminal import show, standard_output
from evaluation.votes import read_votes


def as_json(results: Sequence[SectionAnalysis]) -> str:
    """The result objects as they are; null where nothing can be estimated."""

    def plain(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: plain(entry) for key, entry in value.items()}
        return None if isinstance(value, float) and math.isnan(value) else value

    return json.dumps([plain(asdict(result)) for result in results], indent=2)


def _level(text: str) -> float:
    alpha = float(text)
    if not 0 < alpha < 0.5:
        raise ValueError(text)
    return alpha


def main(arguments: list[str] | None = None) -> int:
    """Print the statistics; the exit status is 2 where the file cannot be used."""
    parser = argparse.ArgumentParser(
        prog="python -m evaluation",
        description="Test whether a method is preferred, from a table of votes: one line per vote.",
    )
    parser.add_argument(
        "votes",
        type=Path,
        metavar="VOTES.csv",
        help="With columns participant, question and chose (ours or baseline, 1 or 0, or left or right); optionally "
        "section, and side: where the method under test stood.",
    )
    parser.add_argument("--alpha", type=_level, default=0.001, help="Level of the decisions (default: 0.001).")
    parser.add_argument(
        "--claim",
        choices=[claim.value for claim in Claim],
        default=Claim.EACH.value,
        help="What is to be shown of several sections: each for itself, all together, or one after the other from the "
        "last to the first (default: each).",
    )
    parser.add_argument("--format", choices=["text", "json"], default="text", help="Of the result (default: text).")
    chosen = parser.parse_args(arguments)
    try:
        results = analyse(read_votes(chosen.votes), alpha=chosen.alpha, claim=Claim(chosen.claim))
    except ValueError as error:
        sys.stderr.write(f"error: {chosen.votes}: {error}\n")
        return 2
    if chosen.format == "json":
        sys.stdout.write(as_json(results) + "\n")
    else:
        show(results, standard_output())
    return 0


if __name__ == "__main__":
    sys.exit(main())
