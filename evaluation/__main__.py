"""The statistics of a vote file: ``python -m evaluation VOTES.csv [--format text|json]``."""

import argparse
import json
import math
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

from evaluation.analysis import Analysis, Claim, SectionAnalysis, Sensitivity, VoteAnalysis, analyse
from evaluation.response_quality import ResponseQuality
from evaluation.votes import read_votes


def as_text(result: VoteAnalysis) -> str:
    """A few lines per section, how participants answered, and what everybody's votes would give."""
    lines = [line for section in result.sections for line in _section_lines(section)]
    lines += _quality_lines(result.quality)
    lines += _everybody_lines(result, result.everybody) if result.everybody else ["nobody is excluded"]
    return "\n".join(lines)


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
    people = result.per_participant
    lines.append(
        f"  participants' shares: quartiles {people.lower_quartile:.3f}, {people.median:.3f}, "
        f"{people.upper_quartile:.3f}; SD {people.sd:.3f}, {people.sd_if_alike:.3f} if all were alike; above one half "
        f"{people.above_half} of {people.participants}"
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


def _quality_lines(quality: ResponseQuality) -> list[str]:
    lines = [f"answers of {quality.participants} participants ({quality.votes} votes):"]
    if quality.one_sided:
        flagged, expected = quality.one_sided.flagged, quality.one_sided.expected
        names = f": {', '.join(flagged)}" if flagged else ""
        lines.append(f"  nearly always the same side: {len(flagged)}, by chance {expected:.2g}{names}")
    if quality.runs:
        lines.append(
            f"  longest run for one side: {quality.runs.longest} (median of participants {quality.runs.median:g}), by "
            f"chance as long with p = {quality.runs.chance:.2g}"
        )
    if quality.order:
        order = quality.order
        lines.append(
            f"  later answers: {order.slope:+.5f} of the share from place to place, t({order.df}) = {order.t:.4f}, "
            f"p = {order.p_value:.4g} (two-sided), 95 % {order.interval.low:.5f} to {order.interval.high:.5f}"
        )
    if quality.times:
        times = quality.times
        lines.append(
            f"  response times in ms: quartiles {times.lower_quartile_ms:.0f}, {times.median_ms:.0f}, "
            f"{times.upper_quartile_ms:.0f}; fastest {times.fastest_ms:.0f}; under {times.too_fast_ms}: "
            f"{times.too_fast} of {times.answers}; fastest participant's median {times.fastest_participant_ms:.0f}"
        )
    return lines


def _everybody_lines(result: VoteAnalysis, everybody: Analysis) -> list[str]:
    """Both analyses beneath each other, section by section."""
    lines = [f"with the {result.excluded} excluded, and without:"]
    headline = {section.section: section for section in result.sections}
    for section in everybody.sections:
        for name, one in (("with", section), ("without", headline.get(section.section))):
            if one is not None:
                lines.append(
                    f"  section {one.section}, {name}: {one.votes_for} of {one.votes} votes ({100 * one.share:.1f} %), "
                    f"adjusted p = {one.adjusted_p_value:.4g}: {one.verdict}"
                )
    lines.append(f"  another verdict with everybody: {', '.join(result.changed) or 'none'}")
    return lines


def as_json(result: VoteAnalysis) -> str:
    """The result object as it is; null where nothing can be estimated."""

    def plain(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: plain(entry) for key, entry in value.items()}
        if isinstance(value, list | tuple):
            return [plain(entry) for entry in value]
        return None if isinstance(value, float) and not math.isfinite(value) else value

    return json.dumps(plain(asdict(result)), indent=2, allow_nan=False)


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
        "section, side (where the method under test stood), position (of the vote in its participant's order), "
        "response_ms, and excluded (1 where a rule declared beforehand leaves the participant out).",
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
        result = analyse(read_votes(chosen.votes), alpha=chosen.alpha, claim=Claim(chosen.claim))
    except ValueError as error:
        sys.stderr.write(f"error: {chosen.votes}: {error}\n")
        return 2
    sys.stdout.write((as_json if chosen.format == "json" else as_text)(result) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
