"""The statistics of a vote file: ``python -m evaluation VOTES.csv [--format text|json]``."""

import argparse
import json
import math
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from evaluation.analysis import Claim, SectionAnalysis, Sensitivity, analyse
from evaluation.votes import read_votes


def as_text(results: Sequence[SectionAnalysis]) -> str:
    """A few lines per section."""
    return "\n".join(line for result in results for line in _section_lines(result))


def _section_lines(result: SectionAnalysis) -> list[str]:
    test, crossed = result.independent, result.crossed
    lines = [
        f"section {result.section}: {test.votes_for} of {test.votes} votes ({100 * test.share:.1f} %): "
        f"{result.verdict}",
        f"  votes as independent: p = {test.p_value:.4g}, critical count {test.critical_count} "
        f"(paper's bound {test.paper_bound}), 95 % {test.interval.low:.4f}-{test.interval.high:.4f}",
    ]
    if crossed is None or not crossed.estimable:
        lines.append(
            "  participants x questions: not estimable (all answers equal, missing answers, or fewer than two of "
            "either)"
        )
    else:
        lines.append(
            f"  participants x questions ({crossed.participants} x {crossed.questions}): "
            f"t({crossed.df:.2f}) = {crossed.t:.4f}, p = {crossed.p_value:.4g}, adjusted p = "
            f"{result.adjusted_p_value:.4g}, 95 % {crossed.interval.low:.4f}-{crossed.interval.high:.4f}, "
            f"design effect {crossed.design_effect:.3f}"
        )
    lines += _sensitivity_lines(result.sensitivity) if result.sensitivity else []
    if result.agreement:
        raw, kappa, alpha = result.agreement.raw, result.agreement.fleiss_kappa, result.agreement.krippendorff_alpha
        lines.append(
            f"  agreement: raw {raw.value:.3f}, Fleiss' kappa {kappa.value:.3f}, Krippendorff {alpha.value:.3f}"
        )
    return lines


def _sensitivity_lines(beside: Sensitivity) -> list[str]:
    lines = []
    for name, mean in (("participants", beside.over_participants), ("questions", beside.over_questions)):
        if mean is not None:
            lines.append(
                f"  {name} alone: t({mean.df}) = {mean.t:.4f}, p = {mean.p_value:.4g}, sign flips p = "
                f"{mean.permutation_p_value:.4g}, 95 % {mean.interval.low:.4f}-{mean.interval.high:.4f}"
            )
    for name, model in (("mixed logit", beside.mixed), ("two-way clustered logit", beside.clustered)):
        if model.estimable:
            lines.append(
                f"  {name}: b = {model.intercept.estimate:.4f}, SE {model.intercept.se:.4f}, t({model.intercept.df}) = "
                f"{model.intercept.t:.4f}, p = {model.intercept.p_value:.4g}, share {model.probability:.4f}, 95 % "
                f"{model.probability_interval.low:.4f}-{model.probability_interval.high:.4f}"
            )
        else:
            lines.append(f"  {name}: not estimable")
    if beside.bootstrap:
        bootstrap = beside.bootstrap
        lines.append(
            f"  both resampled: SE {bootstrap.se:.4f}, 95 % {bootstrap.interval.low:.4f}-{bootstrap.interval.high:.4f}"
        )
    return lines


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
    sys.stdout.write((as_json if chosen.format == "json" else as_text)(results) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
