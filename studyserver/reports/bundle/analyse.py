"""Compute the numbers of the report again from votes.csv, and compare."""

import hashlib
import json
import math
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from evaluation.__main__ import as_json
from evaluation.output.terminal import show, standard_output
from evaluation.output.vote_report import vote_report
from evaluation.votes.analysis import Claim, analyse
from evaluation.votes.reading import read_votes

HERE = Path(__file__).parent
# Processors round sums differently in the last digits.
TOLERANCE = 1e-9


def differences(found: Any, expected: Any, place: str = "") -> Iterator[str]:
    """Where two results differ by more than rounding."""
    if isinstance(found, dict) and isinstance(expected, dict) and found.keys() == expected.keys():
        for key in found:
            yield from differences(found[key], expected[key], f"{place}.{key}")
    elif isinstance(found, list) and isinstance(expected, list) and len(found) == len(expected):
        for index, pair in enumerate(zip(found, expected, strict=True)):
            yield from differences(*pair, f"{place}[{index}]")
    elif isinstance(found, float) and isinstance(expected, float):
        if not math.isclose(found, expected, rel_tol=TOLERANCE, abs_tol=1e-300):
            yield f"{place}: {found!r} where the report has {expected!r}"
    elif found != expected:
        yield f"{place}: {found!r} where the report has {expected!r}"


def changed_votes() -> Iterator[str]:
    """Whether the file of votes is another one than the report counted."""
    counted = json.loads((HERE / "votes.csv.manifest.json").read_text())["sha256"]
    found = hashlib.sha256((HERE / "votes.csv").read_bytes()).hexdigest()
    if found != counted:
        yield f"votes.csv: SHA-256 {found} where the report counted {counted}"


def main() -> int:
    """The exit status is 1 where a number differs."""
    plan = json.loads((HERE / "plan.json").read_text())
    claim = Claim(plan["claim"])
    result = analyse(read_votes(HERE / "votes.csv"), alpha=plan["alpha"], claim=claim)
    found, expected = json.loads(as_json(result)), json.loads((HERE / "expected.json").read_text())
    lines = [*changed_votes(), *differences(found, expected)]
    verdict = "Identical to the report." if found == expected else "As in the report, up to rounding."
    show(vote_report(result, claim, simulated=plan["simulated_votes"]), standard_output())
    sys.stdout.write("\n".join(["", *(lines or [verdict])]) + "\n")
    return 1 if lines else 0


if __name__ == "__main__":
    sys.exit(main())
