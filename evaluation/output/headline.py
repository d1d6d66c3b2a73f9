"""Who was preferred: the headline of every report, and what each section shows, in words."""

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from evaluation.output.document import Card, Cards, Words, bold
from evaluation.output.numbers import decimals, interval, p_is, percent
from evaluation.votes.analysis import SectionAnalysis, Verdict


@dataclass(frozen=True)
class Methods:
    """What the method under test and the one it is compared with are called."""

    ours: str = "ours"
    baseline: str = "baseline"


def headline(sections: Sequence[SectionAnalysis], methods: Methods) -> str:
    """The answer in a sentence or two.

    Examples
    --------
    >>> from evaluation.votes.analysis import analyse
    >>> import pandas as pd
    >>> votes = pd.DataFrame({"participant": [1, 1, 2, 2], "question": [1, 2, 1, 2], "chose": [1, 0, 1, 1]})
    >>> votes = votes.assign(section="faces", side=0, position=float("nan"), response_ms=float("nan"), excluded=False)
    >>> headline(analyse(votes).sections, Methods("A", "B"))
    'The votes do not show that A is preferred over B.'
    """
    found = Counter(section.verdict for section in sections)
    won, lost, total = found[Verdict.PREFERRED], found[Verdict.BASELINE_AHEAD], len(sections)
    over = f"{methods.ours} was preferred over {methods.baseline}"
    if found[Verdict.NOT_ESTIMABLE] == total:
        said = "The votes cannot be tested."
    elif won == total:
        said = f"{over}." if total == 1 else f"{over} in all {total} sections."
    elif won:
        said = f"{over} in {won} of {total} sections."
    else:
        where = " in any section" if total > 1 else ""
        said = f"The votes do not show that {methods.ours} is preferred over {methods.baseline}{where}."
    if not lost:
        return said
    return f"{said} {methods.baseline} was chosen more often in {lost}{'' if won else f' of {total}'}."


def cards(sections: Sequence[SectionAnalysis], methods: Methods) -> Cards:
    """Each section at a glance: its share with its interval, and the verdict."""
    return Cards(tuple(_card(section, methods) for section in sections))


def _card(section: SectionAnalysis, methods: Methods) -> Card:
    known = section.crossed is not None and section.crossed.estimable
    beside = f"95 % interval {interval(section.crossed.interval)}" if section.crossed and known else ""
    return Card(
        title=section.heading,
        verdict=section.verdict.value,
        number=percent(section.share),
        beside=beside,
        words=verdict(section, methods),
    )


def verdict(section: SectionAnalysis, methods: Methods) -> Words:
    """What one section shows, and how surely."""
    crossed, alpha = section.crossed, section.independent.alpha
    got = f"{methods.ours} got {section.votes_for} of {section.votes} votes"
    if crossed is None:
        return (bold("Cannot be tested."), f" {_why_untested(section)}")
    effect = f"design effect {decimals(crossed.design_effect, 1)}"
    adjusted, one_sided = p_is(section.adjusted_p_value), p_is(crossed.p_value)
    match section.verdict:
        case Verdict.PREFERRED:
            return (bold("Preferred."), f" {got}. Adjusted {adjusted}, {effect}.")
        case Verdict.NOT_ESTABLISHED if math.isnan(section.adjusted_p_value):
            return (
                bold("Ahead, but not shown."),
                f" {got}, but another section could not be tested, so the claim about them together cannot be shown. "
                f"One-sided {one_sided} by itself ({effect}).",
            )
        case Verdict.NOT_ESTABLISHED:
            return (
                bold("Ahead, but not shown."),
                f" {got}, yet adjusted {adjusted} is above the level of {alpha:g} ({effect}): other people or other "
                "questions could turn it.",
            )
        case Verdict.BASELINE_AHEAD:
            return (
                bold(f"Not preferred: {methods.baseline} was chosen more often."),
                f" {got}, and the interval lies wholly below 50 %. One-sided {one_sided} ({effect}): the votes "
                "point the other way.",
            )
        case Verdict.NOT_PREFERRED:
            return (
                bold("Not preferred."),
                f" {got}, no more than half. One-sided {one_sided} ({effect}) means no evidence for a preference; it "
                "does not show that the methods are equal.",
            )
    winner = methods.ours if section.votes_for else methods.baseline
    return (
        bold("Cannot be tested."),
        f" All {section.votes} votes were for {winner}; without any variation no error can be estimated. See the exact "
        "count test below.",
    )


def _why_untested(section: SectionAnalysis) -> str:
    people, asked = section.participants, section.questions
    size = (
        f"{section.votes_for} of {section.votes} votes from {counted(people, 'participant')} on "
        f"{counted(asked, 'question')}"
    )
    if min(people, asked) >= 2:
        return f"{size}; some did not answer every question."
    return f"{size}; at least two of each are needed."


def counted(number: int, noun: str) -> str:
    """``1 vote``, ``2 votes``."""
    return f"{number} {noun}{'' if number == 1 else 's'}"
