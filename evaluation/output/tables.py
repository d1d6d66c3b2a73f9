"""The tables of a report of votes, each written once: page, print, LaTeX and terminal draw these."""

import math
from collections.abc import Iterator, Sequence

from evaluation.interval import Interval
from evaluation.output.document import Beside, Column, Group, Row, Table, Words, italic, rows
from evaluation.output.headline import Methods
from evaluation.output.numbers import (
    NONE,
    decimals,
    few,
    in_words,
    interval,
    p_value,
    percent,
    points,
    seconds,
    share_in_words,
)
from evaluation.votes.analysis import Analysis, Claim, QuestionShare, SectionAnalysis, Sensitivity
from evaluation.votes.participants import MeanTest
from evaluation.votes.response_quality import ONE_SIDED, OrderEffect, ResponseQuality
from evaluation.votes.response_times import TOO_FAST_MS

Sections = Sequence[SectionAnalysis]

PLACES = 10
"""The order effect is told for so many places, as one alone moves a share by too little to read."""
PLACES_IN_WORDS = f"{in_words(PLACES)} places"
NEARLY_ALWAYS = f"{share_in_words(0.5 + ONE_SIDED)} answers"
"""What a participant gives to one side, at least, who is flagged."""
SECTION = Column("Section", left=True)
UNTESTED = p_value(None)


def p(kind: str) -> Words:
    """A heading such as *p*, one-sided, in two lines."""
    return (italic("p"), f",\n{kind}")


def votes(sections: Sections, methods: Methods) -> Table:
    """How many votes there are, and for which method."""
    columns = (
        SECTION,
        Column("Participants\n× questions"),
        Column(f"Votes for\n{methods.ours}"),
        Column(f"Votes for\n{methods.baseline}"),
        Column("All votes"),
        Column(f"Share of\n{methods.ours}"),
    )
    return Table("Votes", columns, rows(map(_votes, sections)))


def _votes(section: SectionAnalysis) -> tuple[str, ...]:
    size = f"{section.participants} × {section.questions}"
    counts = (str(section.votes_for), str(section.votes_against), str(section.votes))
    return (section.heading, size, *counts, percent(section.share))


def crossed(sections: Sections, claim: Claim) -> Table:
    """The headline test (A2)."""
    columns = (
        SECTION,
        Column("Share"),
        Column("Standard\nerror"),
        Column("95 % interval"),
        Column((italic("t"),)),
        Column("df"),
        Column(p("one-sided")),
        Column((italic("p"), f", adjusted\n({claim.adjustment})")),
        Column("Votes"),
        Column("Design\neffect"),
    )
    return Table("Headline test: participants crossed with questions", columns, rows(map(_crossed, sections)))


def _crossed(section: SectionAnalysis) -> tuple[str, ...]:
    test = section.crossed
    if test is None or not test.estimable:
        found = (*[NONE] * 4, UNTESTED, UNTESTED, str(section.votes), NONE)
    else:
        found = (
            decimals(test.se, 4),
            interval(test.interval),
            decimals(test.t, 3),
            decimals(test.df, 2),
            p_value(test.p_value),
            p_value(section.adjusted_p_value),
            str(section.votes),
            decimals(test.design_effect, 2),
        )
    return (section.heading, percent(section.share), *found)


def independent(sections: Sections, methods: Methods) -> Table:
    """The paper's test (A0): every vote as independent."""
    columns = (
        SECTION,
        Column(f"Votes for\n{methods.ours}"),
        Column("95 % interval\n(exact)"),
        Column(p("one-sided")),
        Column("Votes needed,\nexact test"),
        Column("Votes needed,\npaper’s rule"),
        Column("Design\neffect"),
    )
    found = rows(map(_independent, sections))
    return Table("The paper’s test: every vote as independent", columns, found, (_one_vote_too_early(sections[0]),))


def _independent(section: SectionAnalysis) -> tuple[str, ...]:
    test, known = section.independent, section.crossed
    exact = "more than all"
    if test.critical_count is not None:
        exact = f"{test.critical_count}, {_reached(test.significant)}"
    return (
        section.heading,
        f"{test.votes_for} of {test.votes}",
        interval(test.interval),
        p_value(test.p_value),
        exact,
        f"{test.paper_bound}, {_reached(test.significant_by_paper)}",
        decimals(known.design_effect if known else None, 2),
    )


def _reached(yes: bool) -> str:
    return "reached" if yes else "missed"


def _one_vote_too_early(section: SectionAnalysis) -> str:
    test = section.independent
    exact = f"With {test.votes} votes no count keeps the level"
    if test.critical_count is not None:
        exact = f"The first count that keeps the level is {test.critical_count}"
    return (
        f"The paper rejects from the quantile of order 1 − {test.alpha:g} on, here {test.paper_bound} of {test.votes} "
        "(831 of 1540 in the paper). That is one vote too early: without any preference "
        f"{test.paper_bound} or more come up with probability {decimals(test.paper_size, 5)}, which exceeds "
        f"{test.alpha:g}. {exact} (832 of 1540)."
    )


def otherwise(sections: Sections) -> Table:
    """The analyses beside the headline, a group of rows per section."""
    columns = (
        Column("Section and analysis", left=True),
        Column("Share"),
        Column("95 % interval"),
        Column((italic("t"),)),
        Column("df"),
        Column(p("one-sided")),
    )
    groups = (Group(section.heading, tuple(map(Row, _otherwise(section.sensitivity)))) for section in sections)
    return Table("The same votes, analysed otherwise", columns, tuple(groups))


def _otherwise(beside: Sensitivity | None) -> Iterator[tuple[str, ...]]:
    if beside is None:
        yield ("at least two participants and two questions are needed", *[NONE] * 5)
        return
    for units, mean in (("participants", beside.over_participants), ("questions", beside.over_questions)):
        if mean is not None:
            yield from _one_way(units, mean)
    for name, model in (("mixed-effects logit", beside.mixed), ("two-way clustered logit", beside.clustered)):
        if model.estimable:
            b = model.intercept
            yield _analysis(name, model.probability, model.probability_interval, b.t, b.df, b.p_value)
        else:
            yield (name, "not estimable", *[NONE] * 4)
    if beside.bootstrap is not None:
        yield _analysis("both resampled (bootstrap)", beside.bootstrap.mean, beside.bootstrap.interval)


def _one_way(units: str, mean: MeanTest) -> Iterator[tuple[str, ...]]:
    yield _analysis(f"{units} alone", mean.mean, mean.interval, mean.t, mean.df, mean.p_value)
    flips = "all sign flips" if mean.permutation_exact else "random sign flips"
    yield (f"{units} alone, {flips}", percent(mean.mean), *[NONE] * 3, p_value(mean.permutation_p_value))


def _analysis(
    name: str, share: float, reach: Interval, t: float = math.nan, df: int = 0, one_sided: float = math.nan
) -> tuple[str, ...]:
    tested = (decimals(t, 2), str(df), p_value(one_sided)) if not math.isnan(t) else (NONE, NONE, NONE)
    return (name, percent(share), interval(reach), *tested)


def questions(sections: Sections) -> Beside:
    """The votes on each question, a table per section."""
    columns = (Column("No.", left=True), Column("Votes"), Column("Share"), Column("Interval"))
    return Beside(
        tuple(Table(section.heading, columns, rows(map(_question, section.per_question))) for section in sections)
    )


def _question(question: QuestionShare) -> tuple[str, ...]:
    reach = f"{points(question.interval.low)}–{points(question.interval.high)}"
    return (question.question, f"{question.votes_for} of {question.votes}", percent(question.share), reach)


def measures(found: Analysis, everybody: Analysis | None, methods: Methods) -> Table:
    """How participants answered, over all sections: without the excluded and, where there are any, with them.

    What the votes do not tell has no row; where they tell no time at all, no row is about times.
    """
    timed = found.quality.times is not None or (everybody is not None and everybody.quality.times is not None)
    columns = [_measures(found.quality, timed)]
    headings = [Column("All participants")]
    if everybody:
        columns.append(_measures(everybody.quality, timed))
        headings = [Column("Without\nthe excluded"), Column("All\nparticipants")]
    note = (
        f"Nearly always the same side: at least {NEARLY_ALWAYS}. Change: of the share of votes for {methods.ours} on "
        f"the same question, per {PLACES_IN_WORDS} later, by a line through all answers."
    )
    cells = [(name, *(column[name] for column in columns)) for name in columns[0]]
    told = rows(row for row in cells if set(row[1:]) != {NONE})
    return Table("Over all sections", (Column("Measure", left=True), *headings), told, (note,))


def _measures(quality: ResponseQuality, timed: bool) -> dict[str, str]:
    """What a column says of each measure; `timed` where any column knows times."""
    unknown = str(quality.votes) if timed else NONE
    times, order, runs, one_sided = quality.times, quality.order, quality.runs, quality.one_sided
    quartiles = f"{seconds(times.lower_quartile_ms)} – {seconds(times.upper_quartile_ms)}" if times else NONE
    return {
        "Participants": str(quality.participants),
        "Answers": str(quality.votes),
        "Nearly always the same side": str(len(one_sided.flagged)) if one_sided else NONE,
        "… expected by chance": few(one_sided.expected) if one_sided else NONE,
        "Longest run for one side": f"{runs.longest}" if runs else NONE,
        "… median of participants": f"{runs.median:g}" if runs else NONE,
        "… probability by chance": p_value(runs.chance) if runs else NONE,
        f"Change in {PLACES_IN_WORDS}, points": change(order) if order else NONE,
        "… 95 % interval": change_interval(order) if order else NONE,
        "… p, two-sided": p_value(order.p_value) if order else NONE,
        "Response time, median": seconds(times.median_ms) if times else NONE,
        "… quartiles": quartiles,
        "… fastest participant’s median": seconds(times.fastest_participant_ms) if times else NONE,
        f"… answers within {seconds(TOO_FAST_MS)}": str(times.too_fast) if times else NONE,
        "… not known": str(times.unknown) if times else unknown,
    }


def change(order: OrderEffect) -> str:
    """In percentage points over PLACES, with its sign."""
    return f"{100 * PLACES * order.slope:+z.1f}".replace("-", "−")


def change_interval(order: OrderEffect) -> str:
    """The same, 95 %."""
    low, high = (decimals(100 * PLACES * end, 1) for end in (order.interval.low, order.interval.high))
    return NONE if low == NONE else f"{low} to {high}"


def with_and_without(found: Analysis, everybody: Analysis, methods: Methods, claim: Claim) -> Table:
    """The headline's numbers of each section without the excluded, where anybody else answered it, and with them."""
    columns = (
        SECTION,
        Column("Participants"),
        Column("Votes"),
        Column(f"Share of\n{methods.ours}"),
        Column("95 % interval"),
        Column((italic("p"), f", adjusted\n({claim.adjustment})")),
        Column("Verdict"),
    )
    without = {section.section: section for section in found.sections}
    groups = []
    for section in everybody.sections:
        named = [("without the excluded", without.get(section.section)), ("all participants", section)]
        lines = tuple(Row((name, *_numbers(each))) for name, each in named if each)
        groups.append(Group(section.heading, lines))
    return Table("With and without the excluded", columns, tuple(groups))


def _numbers(section: SectionAnalysis) -> tuple[str, ...]:
    test = section.crossed if section.crossed and section.crossed.estimable else None
    return (
        str(section.participants),
        str(section.votes),
        percent(section.share),
        interval(test.interval if test else None),
        p_value(section.adjusted_p_value),
        section.verdict.value,
    )


def participants(sections: Sections, methods: Methods) -> Table:
    """How participants' shares are distributed."""
    columns = (
        SECTION,
        Column(f"More than half\nfor {methods.ours}"),
        Column("Median\nshare"),
        Column("Quartiles"),
        Column("Lowest to\nhighest"),
        Column("SD,\npoints"),
        Column("SD if all\nwere alike"),
        Column((italic("p"), ", all\nalike")),
    )
    return Table("Participant by participant", columns, rows(map(_participants, sections)))


def _participants(section: SectionAnalysis) -> tuple[str, ...]:
    people = section.per_participant
    return (
        section.heading,
        f"{people.above_half} of {people.participants}",
        percent(people.median),
        f"{points(people.lower_quartile)}–{percent(people.upper_quartile)}",
        f"{points(people.lowest)}–{percent(people.highest)}",
        decimals(100 * people.sd, 1),
        decimals(100 * people.sd_if_alike, 1),
        NONE if math.isnan(people.p_value_alike) else p_value(people.p_value_alike),
    )


def sides(sections: Sections) -> Table:
    """How often the left side was chosen, tested crossed and as if answers were independent."""
    columns = (
        SECTION,
        Column("Chose left"),
        Column("Share"),
        Column("95 % interval\n(crossed)"),
        Column((italic("p"), ", two-sided\n(crossed)")),
        Column((italic("p"), ", two-sided\n(independent)")),
        Column("Design\neffect"),
    )
    return Table("Was one side of the screen favoured?", columns, rows(map(_side, sections)))


def _side(section: SectionAnalysis) -> tuple[str, ...]:
    side = section.side
    if side is None:
        return (section.heading, *[NONE] * 6)
    test = side.crossed if side.crossed and side.crossed.estimable else None
    return (
        section.heading,
        f"{side.chose_left} of {side.votes}",
        percent(side.share),
        interval(test.interval if test else None),
        p_value(test.p_value_two_sided if test else None),
        p_value(side.independent.p_value_two_sided),
        decimals(test.design_effect if test else None, 2),
    )


def agreement(sections: Sections) -> Table:
    """How far participants agreed: raw, κ and α, each with its interval where it has one.

    Intervals are cut at what is possible, which t intervals may pass: 0 and 1 for shares of pairs, 1 for κ and α.
    """
    columns = (
        SECTION,
        Column("Pairs\nalike"),
        Column("95 % interval"),
        Column("Fleiss’ κ"),
        Column("95 % interval"),
        Column("Krippendorff’s\nα"),
        Column("95 % interval"),
    )
    return Table("Did participants agree?", columns, rows(map(_agreement, sections)))


def _agreement(section: SectionAnalysis) -> tuple[str, ...]:
    found = section.agreement
    if found is None:
        return (section.heading, *[NONE] * 6)
    cells = []
    for measure, least in (
        (found.raw, 0.0),
        (found.fleiss_kappa, -math.inf),
        (found.krippendorff_alpha, -math.inf),
    ):
        low, high = (decimals(_cut(end, least), 3) for end in (measure.interval.low, measure.interval.high))
        cells += [decimals(measure.value, 3), NONE if low == NONE else f"{low} to {high}"]
    return (section.heading, *cells)


def _cut(end: float, least: float) -> float:
    """Not a number stays so."""
    return end if math.isnan(end) else min(1.0, max(least, end))
