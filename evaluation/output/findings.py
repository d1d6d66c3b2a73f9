"""How participants answered, in sentences: what a reviewer asks first."""

import math
from collections.abc import Sequence

from evaluation.output.headline import Methods
from evaluation.output.numbers import few, p_is, p_value, percent, points, seconds
from evaluation.output.tables import NEARLY_ALWAYS, PLACES, PLACES_IN_WORDS, change_interval
from evaluation.votes.analysis import Analysis, SectionAnalysis
from evaluation.votes.response_quality import LongestRuns, OneSided, OrderEffect
from evaluation.votes.response_times import ResponseTimes

NAMED = 10
"""Flagged participants who are named; the others are counted."""


def exclusions(*, completed: int, excluded: int, changed: Sequence[str], reasons: str = "") -> str:
    """How many were left out, by which rules, and whether that decides anything.

    Parameters
    ----------
    completed : int
        Participants with all their answers, the excluded among them.
    excluded : int
        Those left out.
    changed : sequence of str
        Sections whose verdict would be another one with them.
    reasons : str, optional
        Which rule left out how many.
    """
    if not excluded:
        return f"Nobody was excluded: all results are those of everybody who completed the study ({completed})."
    result = "the verdict of no section would change"
    if changed:
        result = f"the verdict would be another one for {', '.join(changed)}"
    return (
        f"{excluded} of the {completed} participants who completed the study {'were' if excluded > 1 else 'was'} "
        f"excluded as declared beforehand{f': {reasons}' if reasons else ''}. With them {result}."
    )


def findings(found: Analysis, methods: Methods) -> list[str]:
    """A sentence or two for each measure that the votes allow."""
    quality, sections = found.quality, found.sections
    said = [_times(quality.times) if quality.times else "No response times are known."]
    if quality.one_sided:
        said.append(_one_sided(quality.one_sided, quality.participants))
    if quality.runs:
        said.append(_runs(quality.runs, quality.participants))
    said.append(_sides(sections))
    if quality.order:
        said.append(_order(quality.order, methods))
    said += [_people(sections, methods), _agreement(sections)]
    return [sentence for sentence in said if sentence]


def _times(times: ResponseTimes) -> str:
    limit = seconds(times.too_fast_ms)
    fast = f"No answer came within {limit}, in which nobody can compare two stimuli."
    if times.too_fast:
        fast = (
            f"{times.too_fast} of {times.answers} answers ({percent(times.too_fast / times.answers)}) came within "
            f"{limit}, in which nobody can compare two stimuli."
        )
    half = (
        f"Half of the answers took {seconds(times.lower_quartile_ms)} to {seconds(times.upper_quartile_ms)}, the "
        f"median is {seconds(times.median_ms)}; the fastest participant’s is {seconds(times.fastest_participant_ms)}."
    )
    unknown = f" The time of {times.unknown} more is not known." if times.unknown else ""
    return f"{fast} {half}{unknown}"


def _one_sided(found: OneSided, participants: int) -> str:
    expected = f"by chance {few(found.expected)} of {participants} participants would"
    if not found.flagged:
        return f"Nobody chose the same side in {NEARLY_ALWAYS} or more; {expected}."
    return (
        f"{len(found.flagged)} of {participants} participants chose the same side in {NEARLY_ALWAYS} or more "
        f"({_named(found.flagged)}); {expected}. Nobody is excluded for that."
    )


def _named(people: Sequence[str]) -> str:
    """The first of them by name; with one or two answers each, thousands may be meant."""
    others = len(people) - NAMED
    return ", ".join(people[:NAMED]) + (f" and {others} more" if others > 0 else "")


def _runs(runs: LongestRuns, participants: int) -> str:
    return (
        f"The longest run of answers for one side is {runs.longest}; if {participants} tossed a coin instead, one as "
        f"long or longer would come up with probability {p_value(runs.chance)}."
    )


def _sides(sections: Sequence[SectionAnalysis]) -> str:
    sides = [section.side for section in sections if section.side]
    if not sides:
        return ""
    tests = [side.crossed.p_value_two_sided for side in sides if side.crossed and side.crossed.estimable]
    smallest = f"; the smallest of {len(tests)} two-sided p-values is {p_value(min(tests))} (crossed)" if tests else ""
    return f"The left side got {_span([side.share for side in sides])} of the answers to a section{smallest}."


def _order(order: OrderEffect, methods: Methods) -> str:
    if math.isnan(order.p_value):
        return "Whether later answers differ from earlier ones cannot be tested: no question’s answers differ enough."
    points_more = f"{abs(100 * PLACES * order.slope):.1f} percentage points {'more' if order.slope >= 0 else 'less'}"
    return (
        f"Per {PLACES_IN_WORDS} later, the same question got {points_more} for {methods.ours}, as a line through all "
        f"answers has it (95\N{NO-BREAK SPACE}% interval {change_interval(order)}, two-sided {p_is(order.p_value)})."
    )


def _people(sections: Sequence[SectionAnalysis], methods: Methods) -> str:
    parts = [
        f"{people.above_half} of {people.participants} in {section.heading}"
        for section in sections
        for people in [section.per_participant]
    ]
    return f"Participants who chose {methods.ours} in more than half of their answers: {', '.join(parts)}."


def _agreement(sections: Sequence[SectionAnalysis]) -> str:
    raw = [section.agreement.raw.value for section in sections if section.agreement]
    if not raw:
        return ""
    return (
        f"Two participants chose the same method on a question in {_span(raw)} of cases. A preference that all "
        "questions share gives a low κ and α, however strong it is: they measure how much questions differ."
    )


def _span(shares: list[float]) -> str:
    """From the smallest to the largest; one number where they are written alike."""
    low, high = percent(min(shares)), percent(max(shares))
    return low if low == high else f"{points(min(shares))}–{high}"
