"""How participants answered, in sentences and as rows of tables: the same for page, print and paper."""

import math

from evaluation.votes.response_quality import LongestRuns, OneSided, OrderEffect, ResponseQuality
from evaluation.votes.response_times import TOO_FAST_MS, ResponseTimes
from studyserver.reports.services import SectionReport, StudyReport
from studyserver.reports.templatetags.report_numbers import decimals, p_is, p_value, percent, points, seconds

PLACES = 10
"""The order effect is told for so many places, as one alone moves a share by too little to read."""


def findings(report: StudyReport) -> list[str]:
    """What a reviewer asks first, a sentence or two each."""
    quality = report.quality
    said = [exclusions(report)]
    said.append(_times(quality.times) if quality.times else "No response times are known.")
    if quality.one_sided:
        said.append(_one_sided(quality.one_sided, quality.participants))
    if quality.runs:
        said.append(_runs(quality.runs, quality.participants))
    said.append(_sides(report))
    if quality.order:
        said.append(_order(quality.order, report.ours))
    said += [_people(report), _agreement(report)]
    return [sentence for sentence in said if sentence]


def exclusions(report: StudyReport) -> str:
    """How many were left out, by which rules, and whether that decides anything."""
    people = report.people
    if not people.excluded:
        return f"Nobody was excluded: all results are those of everybody who completed the study ({people.completed})."
    result = "the verdict of no section would change"
    if report.changed:
        titles = ", ".join(without.title for without, _ in report.changed)
        result = f"the verdict would be another one for {titles}"
    return (
        f"{people.excluded} of the {people.completed} participants who completed the study "
        f"{'were' if people.excluded > 1 else 'was'} excluded as declared beforehand{_reasons(report)}. With them "
        f"{result}."
    )


def _reasons(report: StudyReport) -> str:
    people = report.people
    by_checks, by_time = people.excluded_by_checks, people.excluded - people.excluded_by_checks
    said = []
    if by_checks:
        said.append(
            f"{by_checks} with fewer than {report.attention_passes} of {report.attention_checks} attention checks right"
        )
    if by_time and report.fastest_median_ms:
        said.append(f"{by_time} with a median answer within {seconds(report.fastest_median_ms)}")
    return f": {' and '.join(said)}" if said else ""


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
    expected = f"by chance {_few(found.expected)} of {participants} participants would"
    if not found.flagged:
        return f"Nobody chose the same side in five of six answers or more; {expected}."
    return (
        f"{len(found.flagged)} of {participants} participants chose the same side in five of six answers or more "
        f"({', '.join(found.flagged)}); {expected}. Nobody is excluded for that."
    )


def _runs(runs: LongestRuns, participants: int) -> str:
    return (
        f"The longest run of answers for one side is {runs.longest}; if {participants} tossed a coin instead, one as "
        f"long or longer would come up with probability {p_value(runs.chance)}."
    )


def _sides(report: StudyReport) -> str:
    sides = [section.side for section in report.sections if section.side]
    shares = [side.share for side in sides]
    tests = [side.crossed.p_value_two_sided for side in sides if side.crossed and side.crossed.estimable]
    smallest = f"; the smallest of {len(tests)} two-sided p-values is {p_value(min(tests))} (crossed)" if tests else ""
    return f"The left side got {_span(shares)} of the answers to a section{smallest}."


def _order(order: OrderEffect, ours: str) -> str:
    if math.isnan(order.p_value):
        return "Whether later answers differ from earlier ones cannot be tested: no question’s answers differ enough."
    points_more = f"{abs(100 * PLACES * order.slope):.1f} percentage points {'more' if order.slope >= 0 else 'less'}"
    return (
        f"Per ten places later, the same question got {points_more} for {ours}, as a line through all answers has it "
        f"(95\N{NO-BREAK SPACE}% interval {_change_interval(order)}, two-sided {p_is(order.p_value)})."
    )


def _people(report: StudyReport) -> str:
    parts = [
        f"{people.above_half} of {people.participants} in {section.title}"
        for section in report.sections
        for people in [section.per_participant]
    ]
    return f"Participants who chose {report.ours} in more than half of their answers: {', '.join(parts)}."


def _agreement(report: StudyReport) -> str:
    raw = [section.agreement.raw.value for section in report.sections if section.agreement]
    if not raw:
        return ""
    return (
        f"Two participants chose the same method on a question in {_span(raw)} of cases. A preference that all "
        "questions share gives a low κ and α, however strong it is: they measure how much questions differ."
    )


def quality_rows(report: StudyReport) -> list[tuple[str, ...]]:
    """Measures over all sections: name, without the excluded and, where there are any, with them."""
    columns = [_column(report.quality)]
    if report.everybody:
        columns.append(_column(report.everybody.quality))
    return [(name, *(column[name] for column in columns)) for name in columns[0]]


def _column(quality: ResponseQuality) -> dict[str, str]:
    times, order, runs, one_sided = quality.times, quality.order, quality.runs, quality.one_sided
    return {
        "Participants": str(quality.participants),
        "Answers": str(quality.votes),
        "Nearly always the same side": str(len(one_sided.flagged)) if one_sided else "–",
        "… expected by chance": _few(one_sided.expected) if one_sided else "–",
        "Longest run for one side": f"{runs.longest}" if runs else "–",
        "… median of participants": f"{runs.median:g}" if runs else "–",
        "… probability by chance": p_value(runs.chance) if runs else "–",
        "Change in ten places, points": _change(order) if order else "–",
        "… 95 % interval": _change_interval(order) if order else "–",
        "… p, two-sided": p_value(order.p_value) if order else "–",
        "Response time, median": seconds(times.median_ms) if times else "–",
        "… quartiles": f"{seconds(times.lower_quartile_ms)} – {seconds(times.upper_quartile_ms)}" if times else "–",
        "… fastest participant’s median": seconds(times.fastest_participant_ms) if times else "–",
        f"… answers within {seconds(TOO_FAST_MS)}": str(times.too_fast) if times else "–",
        "… not known": str(times.unknown) if times else str(quality.votes),
    }


def with_and_without_rows(report: StudyReport) -> list[tuple[str, list[tuple[str, ...]]]]:
    """Per section its title, and the headline's numbers without the excluded and with them."""
    return [
        (without.title, [("without the excluded", *_numbers(without)), ("all participants", *_numbers(everybody))])
        for without, everybody in report.with_and_without
    ]


def _numbers(section: SectionReport) -> tuple[str, ...]:
    test = section.crossed if section.crossed and section.crossed.estimable else None
    return (
        str(section.participants),
        str(section.votes),
        percent(section.share),
        f"{points(test.interval.low)}–{percent(test.interval.high)}" if test else "–",
        p_value(section.adjusted_p_value) if test else "–",
        section.verdict.value,
    )


def people_rows(report: StudyReport) -> list[tuple[str, ...]]:
    """Per section how participants' shares are distributed."""
    return [
        (
            section.title,
            f"{people.above_half} of {people.participants}",
            percent(people.median),
            f"{points(people.lower_quartile)}–{percent(people.upper_quartile)}",
            f"{points(people.lowest)}–{percent(people.highest)}",
            decimals(100 * people.sd, 1),
            decimals(100 * people.sd_if_alike, 1),
            p_value(people.p_value_alike) if not math.isnan(people.p_value_alike) else "–",
        )
        for section in report.sections
        for people in [section.per_participant]
    ]


def side_rows(report: StudyReport) -> list[tuple[str, ...]]:
    """Per section how often the left side was chosen, tested crossed and as if answers were independent."""
    rows: list[tuple[str, ...]] = []
    for section in report.sections:
        side = section.side
        assert side is not None, "the survey stores the sides of every trial"
        test = side.crossed if side.crossed and side.crossed.estimable else None
        rows.append(
            (
                section.title,
                f"{side.chose_left} of {side.votes}",
                percent(side.share),
                f"{points(test.interval.low)}–{percent(test.interval.high)}" if test else "–",
                p_value(test.p_value_two_sided) if test else "not estimable",
                p_value(side.independent.p_value_two_sided),
                decimals(test.design_effect, 2) if test else "–",
            )
        )
    return rows


def agreement_rows(report: StudyReport) -> list[tuple[str, ...]]:
    """Per section how far participants agreed: raw, κ and α, each with its interval where it has one.

    Intervals are cut at what is possible, which t intervals may pass: 0 and 1 for shares of pairs, 1 for κ and α.
    """
    rows = []
    for section in report.sections:
        if section.agreement is None:
            rows.append((section.title, *["–"] * 6))
            continue
        cells = []
        found = section.agreement
        for measure, least in (
            (found.raw, 0.0),
            (found.fleiss_kappa, -math.inf),
            (found.krippendorff_alpha, -math.inf),
        ):
            low, high = (decimals(_cut(end, least), 3) for end in (measure.interval.low, measure.interval.high))
            cells += [decimals(measure.value, 3), "–" if low == "–" else f"{low} to {high}"]
        rows.append((section.title, *cells))
    return rows


def _cut(end: float, least: float) -> float:
    """Not a number stays so."""
    return end if math.isnan(end) else min(1.0, max(least, end))


def _span(shares: list[float]) -> str:
    """From the smallest to the largest; one number where they are written alike."""
    low, high = percent(min(shares)), percent(max(shares))
    return low if low == high else f"{points(min(shares))}–{high}"


def _change(order: OrderEffect) -> str:
    return f"{100 * PLACES * order.slope:+z.1f}".replace("-", "−")


def _change_interval(order: OrderEffect) -> str:
    low, high = (decimals(100 * PLACES * end, 1) for end in (order.interval.low, order.interval.high))
    return "–" if low == "–" else f"{low} to {high}"


def _few(number: float) -> str:
    """Two digits, never 0: ``0.047``, ``3.3``."""
    return "less than 0.001" if number < 0.001 else f"{number:.2g}"
