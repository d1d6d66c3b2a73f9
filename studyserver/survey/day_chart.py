"""Geometry of the progress chart, which ``templates/survey/panels/_days.svg`` draws."""

from dataclasses import dataclass
from datetime import datetime

# All lengths in units of the drawing, which scales as a whole.
WIDTH = 560
DAY_HEIGHT = 90  # Of the tallest column.
FEWEST_PITCHES = 14  # A single day does not fill the whole width.


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
