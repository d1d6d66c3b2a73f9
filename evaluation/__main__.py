"""The statistics of a vote file: ``python -m evaluation VOTES.csv [--format text|json]``."""

import argparse
import json
import math
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

from evaluation.output.plain import finite_or_none, sections_as_data
from evaluation.output.terminal import show, standard_output
from evaluation.output.vote_report import vote_report
from evaluation.votes.analysis import Claim, NoVotesError, VoteAnalysis, analyse
from evaluation.votes.faults import VoteFileError
from evaluation.votes.reading import read_votes


def as_json(result: VoteAnalysis, **beside: Any) -> str:
    """The result under the names of the report's JSON, after what stands beside it; null where nothing is estimable."""
    content = beside | asdict(result) | {"sections": sections_as_data(result.sections)}
    content["people"] = {"excluded": content.pop("excluded"), "counted": result.quality.participants}
    if result.everybody:
        content["everybody"]["sections"] = sections_as_data(result.everybody.sections)
    return json.dumps(finite_or_none(content), indent=2, allow_nan=False)


def _level(text: str) -> float:
    try:
        alpha = float(text)
    except ValueError:
        alpha = math.nan
    if not 0 < alpha < 0.5:
        raise argparse.ArgumentTypeError(f"got {text!r}; give a level above 0 and below 0.5, such as 0.001")
    return alpha


def parser() -> argparse.ArgumentParser:
    """The arguments and their meaning."""
    described = argparse.ArgumentParser(
        prog="python -m evaluation",
        description="Test whether a method is preferred, from a table of votes: one line per vote.",
    )
    described.add_argument(
        "votes",
        type=Path,
        metavar="VOTES.csv",
        help="With columns participant, question and chose (ours or baseline, 1 or 0, or left or right); optionally "
        "section, side (where the method under test stood), position (of the vote in its participant's order), "
        "response_ms, and excluded (1 where a rule declared beforehand leaves the participant out).",
    )
    described.add_argument("--alpha", type=_level, default=0.001, help="Level of the decisions (default: 0.001).")
    described.add_argument(
        "--claim",
        choices=[claim.value for claim in Claim],
        default=Claim.EACH.value,
        help="What is to be shown of several sections: each for itself, all together, or one after the other from the "
        "last to the first (default: each).",
    )
    described.add_argument(
        "--same-ids",
        action="store_true",
        help="Take names that look alike (other case, spaces, unseen characters) for one.",
    )
    described.add_argument("--format", choices=["text", "json"], default="text", help="Of the result (default: text).")
    return described


def main(arguments: list[str] | None = None) -> int:
    """Print the statistics; the exit status is 2 where the file cannot be used. Other errors are ours."""
    chosen = parser().parse_args(arguments)
    try:
        votes = read_votes(
            chosen.votes,
            same_ids=chosen.same_ids,
            tell=lambda line: sys.stderr.write(f"note: {chosen.votes}: {line}\n"),
        )
        result = analyse(votes, alpha=chosen.alpha, claim=Claim(chosen.claim))
    except (VoteFileError, NoVotesError) as error:
        sys.stderr.write(f"error: {chosen.votes}: {error}\n")
        return 2
    simulated, claim = bool(votes["simulated"].any()), Claim(chosen.claim)
    if chosen.format == "json":
        plan = {"alpha": chosen.alpha, "claim": chosen.claim}
        sys.stdout.write(as_json(result, simulated_votes=simulated, **plan) + "\n")
    else:
        show(vote_report(result, claim, simulated=simulated), standard_output())
    return 0


if __name__ == "__main__":
    sys.exit(main())
