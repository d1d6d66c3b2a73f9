"""The analyses beside the headline as rows of a table, the same for page and print."""

import math

from evaluation.interval import Interval
from studyserver.reports.services import SectionReport, StudyReport
from studyserver.reports.templatetags.report_numbers import decimals, p_value, percent, points

Row = tuple[str, ...]


def other_analyses(report: StudyReport) -> list[tuple[str, list[Row]]]:
    """Per section its title, and a row per analysis: name, share, 95 % interval, t, df, one-sided p."""
    return [(section.title, _rows(section)) for section in report.sections]


def _rows(section: SectionReport) -> list[Row]:
    beside = section.sensitivity
    if beside is None:
        return [("at least two participants and two questions are needed", *["–"] * 5)]
    rows = []
    for name, mean in (("participants alone", beside.over_participants), ("questions alone", beside.over_questions)):
        if mean is not None:
            rows.append(_row(name, mean.mean, mean.interval, mean.t, mean.df, mean.p_value))
    for name, model in (("mixed-effects logit", beside.mixed), ("two-way clustered logit", beside.clustered)):
        if model.estimable:
            b = model.intercept
            rows.append(_row(name, model.probability, model.probability_interval, b.t, b.df, b.p_value))
        else:
            rows.append((name, "not estimable", *["–"] * 4))
    if beside.bootstrap is not None:
        rows.append(_row("both resampled (bootstrap)", beside.bootstrap.mean, beside.bootstrap.interval))
    return rows


def _row(name: str, share: float, interval: Interval, t: float = math.nan, df: int = 0, p: float = math.nan) -> Row:
    reach = "–" if math.isnan(interval.low) else f"{points(interval.low)}–{percent(interval.high)}"
    tested = (decimals(t, 2), str(df), p_value(p)) if not math.isnan(t) else ("–", "–", "–")
    return (name, percent(share), reach, *tested)
