"""Geometry of the charts; ``templates/reports/_chart.svg`` and ``templates/studies/_days.svg`` draw them."""

from dataclasses import dataclass
from datetime import datetime

from studyserver.reports.services import SectionReport, StudyReport

# All lengths in units of the drawing, which scales as a whole.
WIDTH = 560
LEFT, RIGHT = 12, 548
TOP = 84
ROW_HEIGHT = 122
BOTTOM = 34
# Room that "62.0 % (955)" takes in the larger type of phones; a narrower part carries its label above the bar.
LABEL_WIDTH = 134
# The progress chart: height of its tallest column; a single day does not fill the whole width.
DAY_HEIGHT = 90
FEWEST_PITCHES = 14


@dataclass(frozen=True)
class Bar:
    """One section: blue from LEFT to ``split`` for the method under test, red from there to RIGHT."""

    section: SectionReport
    top: int
    split: float
    whisker: tuple[float, float] | None

    @property
    def blue_width(self) -> float:
        return self.split - LEFT

    @property
    def red_width(self) -> float:
        return RIGHT - self.split

    @property
    def blue_label_fits(self) -> bool:
        return self.blue_width >= LABEL_WIDTH

    @property
    def red_label_fits(self) -> bool:
        return self.red_width >= LABEL_WIDTH


@dataclass(frozen=True)
class Tick:
    """A grid line; ``responses`` is None where the sections differ in their number of votes."""

    x: float
    percent: int
    responses: int | None


@dataclass(frozen=True)
class Chart:
    height: int
    bars: tuple[Bar, ...]
    ticks: tuple[Tick, ...]


def lay_out(report: StudyReport) -> Chart:
    """Place one bar per section and the two axes: share above, number of responses below."""
    bars = tuple(
        Bar(
            section,
            top=TOP + row * ROW_HEIGHT + 22,
            split=_x(section.share),
            whisker=_whisker(section),
        )
        for row, section in enumerate(report.sections)
    )
    totals = {section.votes for section in report.sections}
    total = totals.pop() if len(totals) == 1 else None
    ticks = tuple(
        Tick(_x(percent / 100), percent, None if total is None else round(total * percent / 100))
        for percent in (0, 25, 50, 75, 100)
    )
    return Chart(height=TOP + len(bars) * ROW_HEIGHT + BOTTOM, bars=bars, ticks=ticks)


def _x(share: float) -> float:
    return round(LEFT + min(1.0, max(0.0, share)) * (RIGHT - LEFT), 1)


def _whisker(section: SectionReport) -> tuple[float, float] | None:
    if section.crossed is None or not section.crossed.estimable:
        return None
    interval = section.crossed.interval
    return _x(interval.low), _x(interval.high)


@dataclass(frozen=True)
class Day:
    """A column of the progress chart."""

    date: datetime
    votes: int
    x: float
    width: float
    height: float

    @property
    def y(self) -> float:
        return DAY_HEIGHT - self.height


@dataclass(frozen=True)
class DayChart:
    """Votes per day as columns of at most DAY_HEIGHT; ``most`` is the value of the tallest."""

    columns: tuple[Day, ...]
    most: int
    total: int


def lay_out_days(days: list[tuple[datetime, int]]) -> DayChart:
    """Place one column per day over the whole width."""
    most = max((votes for _, votes in days), default=0)
    pitch = WIDTH / max(len(days), FEWEST_PITCHES)
    columns = tuple(
        Day(date, votes, round(index * pitch, 1), round(pitch * 0.8, 1), round(DAY_HEIGHT * votes / most, 1))
        for index, (date, votes) in enumerate(days)
    )
    return DayChart(columns, most, sum(votes for _, votes in days))
