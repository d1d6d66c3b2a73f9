"""The analyses of votes as a person reads them: the verdicts first, in words and colour, then tables."""

import io
import math
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from rich import box
from rich.console import Console, ConsoleOptions, RenderResult
from rich.measure import Measurement
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from evaluation.interval import Interval
from evaluation.votes.agreement import AgreementEstimate
from evaluation.votes.analysis import SectionAnalysis, Sensitivity, Verdict, VoteAnalysis
from evaluation.votes.participants import MeanTest
from evaluation.votes.response_quality import ResponseQuality, SideBias

STYLES = {
    Verdict.PREFERRED: "bold green",
    Verdict.NOT_ESTABLISHED: "bold yellow",
    Verdict.NOT_PREFERRED: "bold yellow",
    Verdict.BASELINE_AHEAD: "bold red",
    Verdict.NOT_ESTIMABLE: "bold magenta",
}

CONCLUSIONS = {
    Verdict.PREFERRED: "It is preferred",
    Verdict.NOT_ESTABLISHED: "It is ahead, but a preference is not established",
    Verdict.NOT_PREFERRED: "It is not preferred",
    Verdict.BASELINE_AHEAD: "The baseline is ahead; the method under test is not preferred",
}

NONE = "-"

Row = Mapping[str, str | Text]


@dataclass(frozen=True)
class Rows:
    """Rows under a title: a table where the terminal is wide enough, else one row below the other."""

    title: str
    rows: Sequence[Row]

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        table = self._side_by_side()
        needed = Measurement.get(console, options.update(width=1000), table).maximum
        yield Text(self.title, "bold")
        if needed <= options.max_width:
            yield table
        else:
            yield from self._below_each_other()

    def _side_by_side(self) -> Table:
        table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, padding=(0, 1, 0, 0))
        for name in self.rows[0]:
            table.add_column(name)
        for row in self.rows:
            table.add_row(*map(_cell, row.values()))
        return table

    def _below_each_other(self) -> Iterator[Padding]:
        for row in self.rows:
            entry = Table.grid(padding=(0, 2))
            for name, value in row.items():
                entry.add_row(name, _cell(value))
            yield Padding(entry, (0, 0, 1, 2))


def standard_output() -> Console:
    """The terminal, or what stands in its place: a pipe gets no colour, and no letter that it cannot write ends it."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")
    return Console(highlight=False)


def show(analysis: VoteAnalysis, console: Console) -> None:
    """Print verdicts, headline tests, with the excluded too, the other analyses, and how participants answered."""
    results = analysis.sections
    for result in results:
        console.print(_verdict(result))
        console.print(Padding(Text(_in_words(result)), (0, 0, 1, 2)))
    console.print(Rows("Headline: participants x questions", [_headline(result) for result in results]))
    console.print()
    if analysis.everybody:
        everybody = [_headline(result) for result in analysis.everybody.sections]
        console.print(Rows(f"With everybody, the {analysis.excluded} excluded too", everybody))
        changed = ", ".join(map(_name, analysis.changed)) or "none"
        console.print(Text(f"Sections with another verdict: {changed}."))
    else:
        console.print("Nobody is excluded.")
    for result in results:
        console.print()
        console.print(Rows(f"Other analyses of section {_name(result.section)}", list(_analyses(result))))
        console.print(Text(" ".join(_remarks(result))))
    beside = [row for result in results for row in _agreement_and_side(result)]
    if beside:
        console.print()
        console.print(Rows("Agreement on the method, and sides", beside))
    answered = list(_quality(analysis.quality))
    if answered:
        console.print()
        console.print(Rows("How participants answered, over all sections", answered))


def _verdict(result: SectionAnalysis) -> Text:
    return Text.assemble(f"{_name(result.section)}: ", _coloured(result.verdict))


def _coloured(verdict: Verdict) -> Text:
    return Text(verdict, STYLES[verdict])


def _in_words(result: SectionAnalysis) -> str:
    votes = (
        f"{result.votes_for} of {result.votes} votes ({_percent(result.share)} %) are for the method under test, by "
        f"{result.participants} participants on {result.questions} questions"
    )
    if result.crossed is None:
        return f"{votes}. Not to be tested: answers are missing, or fewer than two participants or questions."
    if not result.crossed.estimable:
        return f"{votes}. Not to be tested: all answers are equal."
    return (
        f"{votes}; 95 % interval {_range(result.crossed.interval)} %. {CONCLUSIONS[result.verdict]} at level "
        f"{result.independent.alpha:g} (adjusted p = {_p_value(result.adjusted_p_value)})."
    )


def _headline(result: SectionAnalysis) -> Row:
    test = result.crossed
    return {
        "section": _name(result.section),
        "% (95 % interval)": _shares(result.share, test.interval if test else None),
        "t": _number(test.t if test else math.nan, ".3f"),
        "df": _number(test.df if test else math.nan, ".2f"),
        "adjusted p": _p_value(result.adjusted_p_value),
        "verdict": _coloured(result.verdict),
    }


def _analyses(result: SectionAnalysis) -> Iterator[Row]:
    independent, crossed, beside = result.independent, result.crossed, result.sensitivity
    if crossed:
        yield _analysis(
            "participants x questions", crossed.mean, crossed.interval, crossed.t, f"{crossed.df:.2f}", crossed.p_value
        )
    yield _analysis("votes independent (paper)", result.share, independent.interval, p_value=independent.p_value)
    if beside:
        yield from _sensitivity(beside)


def _sensitivity(beside: Sensitivity) -> Iterator[Row]:
    if beside.over_participants:
        yield from _one_way("participants", beside.over_participants)
    if beside.over_questions:
        yield from _one_way("questions", beside.over_questions)
    for name, model in (("mixed logit", beside.mixed), ("two-way clustered logit", beside.clustered)):
        b = model.intercept
        yield _analysis(name, model.probability, model.probability_interval, b.t, f"{b.df}", b.p_value)
    if beside.bootstrap:
        yield _analysis("both resampled", beside.bootstrap.mean, beside.bootstrap.interval)


def _one_way(units: str, test: MeanTest) -> Iterator[Row]:
    yield _analysis(f"{units} alone", test.mean, test.interval, test.t, f"{test.df}", test.p_value)
    yield _analysis(f"{units}, sign flips", p_value=test.permutation_p_value)


def _analysis(
    name: str,
    share: float = math.nan,
    interval: Interval | None = None,
    t: float = math.nan,
    df: str = NONE,
    p_value: float = math.nan,
) -> Row:
    return {
        "analysis": name,
        "% (95 % interval)": _shares(share, interval),
        "t": _number(t, ".3f"),
        "df": df if not math.isnan(t) else NONE,
        "p": _p_value(p_value),
    }


def _remarks(result: SectionAnalysis) -> Iterator[str]:
    """What has no column."""
    if result.crossed and result.crossed.estimable:
        yield f"Design effect {result.crossed.design_effect:.3f}."
    test = result.independent
    critical = "none" if test.critical_count is None else test.critical_count
    yield f"Critical count of independent votes {critical} (paper's bound {test.paper_bound})."
    people = result.per_participant
    yield f"Participants' shares: quartiles {_percent(people.lower_quartile)}, {_percent(people.median)},"
    yield f"{_percent(people.upper_quartile)} %; {people.above_half} of {people.participants} above one half."
    if result.sensitivity:
        for name, model in (("Mixed", result.sensitivity.mixed), ("Clustered", result.sensitivity.clustered)):
            if model.estimable:
                yield f"{name} logit b = {model.intercept.estimate:.4f}, SE {model.intercept.se:.4f}."


def _quality(quality: ResponseQuality) -> Iterator[Row]:
    if quality.one_sided:
        flagged = ", ".join(map(_name, quality.one_sided.flagged)) or "nobody"
        expected = f"{quality.one_sided.expected:.2g} people by chance"
        yield _finding("mostly one side", flagged, expected)
    if quality.runs:
        runs = quality.runs
        yield _finding("longest run, one side", f"{runs.longest}", f"by chance p = {runs.chance:.2g}")
    if quality.order:
        order, interval = quality.order, quality.order.interval
        known = not math.isnan(interval.low)
        reach = f" ({100 * interval.low:+.2f} to {100 * interval.high:+.2f})" if known else ""
        p_value = f"two-sided p = {_p_value(order.p_value)}" if known else NONE
        yield _finding("change per place", f"{100 * order.slope:+.2f} points{reach}", p_value)
    if quality.times:
        times = quality.times
        quartiles = (times.lower_quartile_ms, times.median_ms, times.upper_quartile_ms)
        value = ", ".join(f"{each / 1000:.1f}" for each in quartiles)
        too_fast = f"{times.too_fast} of {times.answers} under {times.too_fast_ms} ms"
        yield _finding("seconds, quartiles", value, too_fast)


def _finding(what: str, value: str, remark: str) -> Row:
    return {"what": what, "value": value, "remark": remark}


def _agreement_and_side(result: SectionAnalysis) -> Iterator[Row]:
    if result.agreement:
        yield _agreement(result, "raw agreement", result.agreement.raw)
        yield _agreement(result, "Fleiss' kappa", result.agreement.fleiss_kappa)
        yield _agreement(result, "Krippendorff's alpha", result.agreement.krippendorff_alpha)
    if result.side:
        yield _side(result, result.side)


def _agreement(result: SectionAnalysis, measure: str, estimate: AgreementEstimate) -> Row:
    interval = estimate.interval
    known = not math.isnan(interval.low)
    return {
        "section": _name(result.section),
        "measure": measure,
        "value": _number(estimate.value, ".3f"),
        "95 % interval": f"{interval.low:.3f} to {interval.high:.3f}" if known else NONE,
        "two-sided p": NONE,
    }


def _side(result: SectionAnalysis, side: SideBias) -> Row:
    known = side.crossed if side.crossed and side.crossed.estimable else None
    return {
        "section": _name(result.section),
        "measure": "left chosen",
        "value": f"{_percent(side.share)} %",
        "95 % interval": f"{_range(known.interval)} %" if known else NONE,
        "two-sided p": _p_value(known.p_value_two_sided if known else math.nan),
    }


def _name(text: str) -> str:
    """A name from a file, without what would steer the terminal."""
    return "".join(letter if letter.isprintable() else " " for letter in text)


def _cell(value: str | Text) -> Text:
    return value if isinstance(value, Text) else Text(value)


def _shares(share: float, interval: Interval | None) -> str:
    if math.isnan(share):
        return NONE
    known = interval is not None and not math.isnan(interval.low)
    return f"{_percent(share)} ({_range(interval)})" if interval and known else _percent(share)


def _range(interval: Interval) -> str:
    return f"{_percent(interval.low)} to {_percent(interval.high)}"


def _percent(share: float) -> str:
    return f"{100 * share:.1f}"


def _p_value(value: float) -> str:
    # 0 is a number too small for the computer; no vote proves anything.
    return "< 1e-300" if value == 0 else _number(value, ".4g")


def _number(value: float, form: str) -> str:
    return NONE if math.isnan(value) else f"{value:{form}}"
