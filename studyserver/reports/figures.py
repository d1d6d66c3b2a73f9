"""The report's figures, each once for page, file and print: SVG and PNG of the same drawing.

Blue is the method under test, red the baseline, as in the paper's Fig. 12. The red is light and hatched, so that both
are told apart in grey and by colour-blind people. Participants and times belong to neither method: they are grey, and
white and hatched for the excluded.
"""

import base64
import io
import math
import textwrap
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from evaluation.output.numbers import interval, magnitude, p_is, percent
from evaluation.planning.crossed_power import crossed_power
from evaluation.votes.response_times import BINS_PER_DECADE, TimeBin
from studyserver.reports.outlook import TARGET, Outlook
from studyserver.reports.services import SectionReport, StudyReport

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

INK, QUIET, RULE = "#1c2430", "#4d5766", "#d5dae1"
BLUE, RED, RED_EDGE = "#1f5fa8", "#f4a08c", "#b8442c"
COUNTED, WARNING = "#9fb0c4", "#8a4b00"
SIMULATED = "simulated votes"
WIDTH_INCHES = 4.0  # A phone shows it a little smaller: type of 7.5 to 9 points stays readable.
SHARES = (0, 0.25, 0.5, 0.75, 1)
FEWEST_FOR_LABEL = 0.3  # A narrower part of a bar carries its label above it.
PRINT_DPI = 300
ALIKE = "counted, if all were alike"
KEY = ("counted", "excluded", ALIKE, "exclusion limit")
TIME_TICKS_MS = (1, 10, 100, 300, 1000, 3000, 10_000, 30_000, 100_000, 300_000, 1_000_000)
ROW = 1.2  # Height of a section with its bar and lines.


def votes_figure(report: StudyReport) -> "Figure":
    """Stacked bars of the votes per section with percentages, counts and p-values (paper, Fig. 12)."""
    figure = _figure(0.75 + ROW * len(report.sections))
    axes = figure.add_axes((0.02, 0.0, 0.96, 1.0))
    height = ROW * len(report.sections)
    axes.set(xlim=(0, 1), ylim=(height + 0.35, -0.4))
    axes.axis("off")
    for share in SHARES:
        side = "left" if share == 0 else "right" if share == 1 else "center"
        axes.text(share, -0.06, f"{100 * share:.0f} %", ha=side, va="bottom", size=7.5, color=QUIET)
    _legend(axes, report, height)
    for row, section in enumerate(report.sections):
        _bar(axes, report, section, top=0.3 + ROW * row)
    return figure


def _bar(axes: "Axes", report: StudyReport, section: SectionReport, *, top: float) -> None:
    axes.vlines(SHARES, top - 0.02, top + 0.44, color=RULE, lw=0.8, zorder=0)
    axes.vlines(0.5, top - 0.02, top + 0.44, color=QUIET, lw=0.8, ls="--", zorder=0)
    axes.vlines(0.5, top, top + 0.3, color="white", lw=0.8, ls="--", zorder=3)
    axes.barh(top, section.share, height=0.3, align="edge", color=BLUE)
    axes.barh(
        top,
        section.share_against,
        0.3,
        left=section.share,
        align="edge",
        color=RED,
        edgecolor=RED_EDGE,
        hatch="////",
        lw=0,
    )
    _text(axes, 0, top - 0.07, section.title, size=9, weight="bold")
    ours, against = (
        f"{percent(section.share)} ({section.votes_for})",
        f"{percent(section.share_against)} ({section.votes_against})",
    )
    above = []
    if section.share >= FEWEST_FOR_LABEL:
        axes.text(0.012, top + 0.155, ours, va="center", size=9, weight="bold", color="white")
    else:
        above.append(f"{report.ours} {ours}")
    if section.share_against >= FEWEST_FOR_LABEL:
        box = {"facecolor": RED, "edgecolor": "none", "pad": 1.5}
        axes.text(0.988, top + 0.155, against, ha="right", va="center", size=9, weight="bold", color=INK, bbox=box)
    else:
        above.append(f"{report.baseline} {against}")
    _text(axes, 1, top - 0.07, ", ".join(above), ha="right", size=8)
    if section.crossed is not None and section.crossed.estimable:
        low, high = (min(1.0, max(0.0, end)) for end in (section.crossed.interval.low, section.crossed.interval.high))
        axes.plot([low, high], [top + 0.37, top + 0.37], color=INK, lw=1.4, marker="|", ms=5)
    for line, words in enumerate(_p_values(section)):
        _text(axes, 0, top + 0.55 + 0.17 * line, words, size=7.5, color=INK)


def _p_values(section: SectionReport) -> list[str]:
    crossed, p = section.crossed, section.independent.p_value
    headline = ["people × questions: not estimable"]
    if crossed is not None and crossed.estimable:
        headline = [
            f"95 % interval {interval(crossed.interval)}, design effect {crossed.design_effect:.1f}",
            f"{p_is(crossed.p_value)}{magnitude(crossed.p_value)}, people × questions",
        ]
    return [*headline, f"{p_is(p)}{magnitude(p)}, votes as independent (paper)"]


def _legend(axes: "Axes", report: StudyReport, height: float) -> None:
    place = 0.0
    for name, style in (
        (report.ours, {"color": BLUE}),
        (report.baseline, {"color": RED, "hatch": "////", "ec": RED_EDGE, "lw": 0}),
    ):
        axes.barh(-0.36, 0.02, 0.11, left=place, align="edge", **style)
        axes.text(place + 0.028, -0.305, name, size=8.5, va="center", color=INK)
        place += 0.08 + 0.026 * len(name)
    if report.simulated_votes:
        axes.text(1, -0.305, SIMULATED, size=8.5, weight="bold", ha="right", va="center", color=WARNING)
    _text(
        axes,
        0,
        height + 0.2,
        "Line under a bar: 95 % interval of the blue share; votes in parentheses",
        size=7.5,
        color=QUIET,
    )


def questions_figure(report: StudyReport) -> "Figure":
    """Share of each question with its interval over participants, a panel per section (forest plot)."""
    rows = max(len(section.per_question) for section in report.sections)
    figure = _figure(0.9 + 0.21 * rows)
    panels = figure.subplots(1, len(report.sections), sharey=True, squeeze=False)[0]
    figure.subplots_adjust(
        left=0.06, right=0.985, top=1 - 0.45 / figure.get_figheight(), bottom=0.38 / figure.get_figheight(), wspace=0.1
    )
    for axes, section in zip(panels, report.sections, strict=True):
        numbers = range(1, len(section.per_question) + 1)
        axes.axvline(0.5, color=QUIET, lw=0.8, ls="--")
        axes.axvline(section.share, color=BLUE, lw=0.8)
        axes.hlines(
            numbers,
            [question.interval.low for question in section.per_question],
            [question.interval.high for question in section.per_question],
            color=INK,
            lw=1.2,
        )
        axes.plot(
            [question.share for question in section.per_question],
            numbers,
            "o",
            ms=4.5,
            color=BLUE,
            mec="white",
            mew=0.6,
        )
        axes.set(
            xlim=(0, 1),
            ylim=(rows + 0.7, 0.3),
            xticks=[0.25, 0.5, 0.75],
            xticklabels=["25", "50 %", "75"],
            yticks=numbers,
        )
        axes.set_title(textwrap.fill(section.title, 18), size=7.5, loc="left", color=INK)
        axes.tick_params(length=0, labelsize=7.5, labelcolor=QUIET)
        axes.spines[:].set_visible(False)
        axes.grid(axis="x", color=RULE, lw=0.6)
        axes.set_axisbelow(True)
    _mark(figure, report)
    return figure


def participants_figure(report: StudyReport) -> "Figure":
    """How many participants chose the method how often, beside what people who are alike would do, per section."""
    figure = _figure(2.3)
    panels = figure.subplots(1, len(report.sections), sharey=True, squeeze=False)[0]
    figure.subplots_adjust(left=0.08, right=0.975, top=0.84, bottom=0.31, wspace=0.12)
    everybody = report.everybody.sections if report.everybody else report.sections
    for axes, section, with_excluded in zip(panels, report.sections, everybody, strict=True):
        counts, all_counts = section.per_participant.counts, with_excluded.per_participant.counts
        most = len(counts) - 1
        _bars(axes, range(most + 1), [each.participants for each in counts], [each.participants for each in all_counts])
        if not math.isnan(counts[0].expected):
            edges = np.arange(most + 2) - 0.5
            axes.stairs([each.expected for each in counts], edges, color=INK, lw=1.4, label=ALIKE, zorder=3)
        axes.axvline(most / 2, color=QUIET, lw=0.8, ls="--", zorder=0)
        axes.set(xlim=(-0.6, most + 0.6), xticks=[0, most / 2, most], xticklabels=["0", "50 %", "100"])
        axes.set_title(textwrap.fill(section.title, 18), size=7.5, loc="left", color=INK)
        _without_frame(axes)
    figure.supxlabel(f"share of {report.ours} in a participant’s answers", size=7.5, color=QUIET, y=0.13)
    _key(figure, panels[0])
    _mark(figure, report)
    return figure


def times_figure(report: StudyReport) -> "Figure":
    """Response times of answers, with quartiles, and medians of participants, with the declared limit."""
    times = report.quality.times
    assert times is not None, "only drawn where times are known"
    everybody = report.everybody.quality.times if report.everybody else None
    bars, counted = (everybody or times).histogram, {_bin(bar): bar for bar in times.histogram}
    numbers = [_bin(bar) for bar in bars]
    figure = _figure(3.0)
    panels = figure.subplots(2, 1, sharex=True, height_ratios=[2, 1])
    figure.subplots_adjust(left=0.1, right=0.97, top=0.92, bottom=0.19, hspace=0.34)
    titles = {"answers": "answers; dashed: quartiles", "participants": "participants, by the median of their answers"}
    for axes, (what, title) in zip(panels, titles.items(), strict=True):
        found = [getattr(counted[number], what) if number in counted else 0 for number in numbers]
        _bars(axes, [number + 0.5 for number in numbers], found, [getattr(bar, what) for bar in bars])
        axes.set_title(title, size=7.5, loc="left", color=INK)
        _without_frame(axes)
    for quartile, width in ((times.lower_quartile_ms, 0.9), (times.median_ms, 1.7), (times.upper_quartile_ms, 0.9)):
        panels[0].axvline(_place(quartile), color=INK, lw=width, ls="--")
    if report.fastest_median_ms:
        panels[1].axvline(_place(report.fastest_median_ms), color=INK, lw=1.5, ls="-.", label="exclusion limit")
    # A decade at least: answers that all took about as long do not fill the whole width.
    first, last = numbers[0] - 0.5, max(numbers[-1], numbers[0] + 9) + 1.5
    if report.fastest_median_ms:
        first, last = min(first, _place(report.fastest_median_ms) - 1), max(last, _place(report.fastest_median_ms) + 1)
    ticks = [ms for ms in TIME_TICKS_MS if first <= _place(ms) <= last]
    panels[1].set(
        xlim=(first, last), xticks=[_place(ms) for ms in ticks], xticklabels=[f"{ms / 1000:g} s" for ms in ticks]
    )
    _key(figure, panels[1])
    _mark(figure, report)
    return figure


def _bars(axes: "Axes", places: Sequence[float], counted: Sequence[int], everybody: Sequence[int]) -> None:
    """Those who count, and on top of them the excluded."""
    axes.bar(places, counted, 0.84, color=COUNTED, label="counted")
    excluded = [
        (place, more - few, few) for place, few, more in zip(places, counted, everybody, strict=True) if more > few
    ]
    if excluded:
        at, heights, bottoms = zip(*excluded, strict=True)
        axes.bar(at, heights, 0.84, bottoms, color="white", ec=INK, hatch="//////", lw=0.7, label="excluded")


def _bin(bar: TimeBin) -> int:
    """Its number on the logarithmic axis."""
    return round(_place(bar.from_ms))


def _place(milliseconds: float) -> float:
    return BINS_PER_DECADE * math.log10(max(milliseconds, 1))


def _without_frame(axes: "Axes") -> None:
    axes.tick_params(length=0, labelsize=7.5, labelcolor=QUIET)
    axes.locator_params(axis="y", integer=True, nbins=4)
    axes.spines[["top", "left", "right"]].set_visible(False)
    axes.spines["bottom"].set_color(QUIET)
    axes.grid(axis="y", color=RULE, lw=0.6)
    axes.set_axisbelow(True)


def _key(figure: "Figure", axes: "Axes") -> None:
    handles, labels = axes.get_legend_handles_labels()
    order = sorted(range(len(labels)), key=lambda index: KEY.index(labels[index]))
    options: dict[str, Any] = {"loc": "lower left", "ncols": 3, "fontsize": 7.5, "frameon": False, "labelcolor": INK}
    figure.legend([handles[index] for index in order], [labels[index] for index in order], **options)


def _mark(figure: "Figure", report: StudyReport) -> None:
    """Say in the drawing itself, which may be taken elsewhere, that no person was asked."""
    if report.simulated_votes:
        figure.text(0.975, 0.01, SIMULATED, size=8.5, weight="bold", ha="right", va="bottom", color=WARNING)


def power_figure(plan: Outlook) -> "Figure":
    """Power by true preference: of the planned size, with twice the participants, with twice the questions."""
    people, asked = plan.participants, plan.questions
    styles: dict[tuple[int, int], dict[str, Any]] = {
        (people, asked): {"color": BLUE, "lw": 2},
        (2 * people, asked): {"color": INK, "ls": "--"},
        (people, 2 * asked): {"color": RED_EDGE, "ls": "-."},
    }
    figure = _figure(2.8)
    axes = figure.add_axes((0.12, 0.17, 0.82, 0.72))
    axes.set_title("probability that it is found", loc="left", size=7.5, color=QUIET)
    true = np.linspace(0.5, 0.8, 31)
    for (participants, questions), style in styles.items():
        found = [
            crossed_power(
                share=share, participants=participants, questions=questions, shares=plan.shares, alpha=plan.alpha
            )
            for share in true
        ]
        axes.plot(true, found, label=f"{participants} × {questions}", **style)
    axes.axhline(TARGET, color=RULE, lw=0.8)
    axes.plot([plan.share], [plan.power], "o", color=BLUE, ms=5)
    axes.set(xlim=(0.5, 0.8), ylim=(0, 1.02), xticks=[0.5, 0.6, 0.7, 0.8], xticklabels=["50 %", "60", "70", "80 %"])
    axes.set(yticks=[0, 0.5, 0.8, 1], yticklabels=["0", "50", "80", "100 %"])
    axes.set_xlabel("true preference", size=7.5, color=QUIET)
    axes.tick_params(length=0, labelsize=7.5, labelcolor=QUIET)
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(fontsize=7.5, frameon=False, loc="lower right", title="participants × questions", title_fontsize=7.5)
    return figure


def data_address(figure: "Figure") -> str:
    """The drawing as an address that carries it, for pages and files that need nothing else."""
    return f"data:image/svg+xml;base64,{base64.b64encode(to_svg(figure)).decode()}"


def _figure(height_inches: float) -> "Figure":
    from matplotlib.figure import Figure  # Loads NumPy's and its own fonts, which pages without figures do without.

    return Figure(figsize=(WIDTH_INCHES, height_inches), facecolor="white")


def _text(axes: "Axes", x: float, y: float, words: str, **style: object) -> None:
    axes.text(x, y, words, **{"color": INK, "va": "center"} | style)  # type: ignore[arg-type]  # matplotlib's Text


def to_png(figure: "Figure") -> bytes:
    """For print, at PRINT_DPI."""
    return _saved(figure, "png", dpi=PRINT_DPI)


def to_svg(figure: "Figure") -> bytes:
    """For screens; the same report gives the same bytes."""
    import matplotlib

    with matplotlib.rc_context({"svg.hashsalt": "perceptionist", "svg.fonttype": "path"}):
        return _saved(figure, "svg", metadata={"Date": None})


def _saved(figure: "Figure", format: str, **options: object) -> bytes:
    file = io.BytesIO()
    figure.savefig(file, format=format, **options)  # type: ignore[arg-type]  # keywords of the format
    return file.getvalue()


def drawings(report: StudyReport) -> Iterator[tuple[str, "Figure"]]:
    """The report's figures by the names that files give them."""
    yield "votes", votes_figure(report)
    yield "questions", questions_figure(report)
    yield "participants", participants_figure(report)
    if report.quality.times:
        yield "times", times_figure(report)
