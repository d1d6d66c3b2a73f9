"""The report for programs: JSON with everything, CSV with a row per section (keys: ``docs/reference/report.md``)."""

import csv
import io
import json
from dataclasses import asdict
from datetime import datetime
from typing import Any

from evaluation.output.plain import finite_or_none, sections_as_data
from evaluation.votes.crossed import CrossedTest
from evaluation.votes.response_quality import ResponseQuality
from studyserver.reports.services import SectionReport, StudyReport

SCHEMA = "perceptionist-report"
SCHEMA_VERSION = 3


def to_json(report: StudyReport) -> str:
    """Everything in the report; numbers that cannot be estimated are null."""
    content: dict[str, Any] = {"schema": SCHEMA, "schema_version": SCHEMA_VERSION, **asdict(report)}
    content["people"] |= {"counted": report.people.counted, "unfinished": report.people.unfinished}
    content["sections"] = sections_as_data(report.sections)
    if report.everybody:
        content["everybody"]["sections"] = sections_as_data(report.everybody.sections)
    content = finite_or_none(content)
    return json.dumps(content, indent=2, ensure_ascii=False, allow_nan=False, default=datetime.isoformat) + "\n"


def to_csv(report: StudyReport) -> str:
    """One row per section; empty where a number cannot be estimated."""
    file = io.StringIO()
    everybody = report.everybody.sections if report.everybody else [None] * len(report.sections)
    rows = [_csv_row(report, *each) for each in zip(report.sections, everybody, strict=True)]
    writer = csv.DictWriter(file, fieldnames=list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return file.getvalue()


def _csv_row(report: StudyReport, section: SectionReport, with_excluded: SectionReport | None) -> dict[str, Any]:
    independent, side = section.independent, section.side
    assert side is not None, "the survey stores the sides of every trial"
    row = {
        "study": report.slug,
        "smoke_profile": int(report.smoke_profile),
        "simulated_votes": int(report.simulated_votes),
        "simulated_data": "" if report.simulated_data is None else int(report.simulated_data),
        "section": section.position,
        "title": section.title,
        "medium": section.medium,
        "ours": report.ours,
        "baseline": report.baseline,
        "participants": section.participants,
        "questions": section.questions,
        "votes": section.votes,
        "votes_for": section.votes_for,
        "share": section.share,
        "alpha": report.alpha,
        "verdict": section.verdict.value,
        **_crossed_columns("crossed", section.crossed),
        "crossed_p_one_sided": section.crossed.p_value if section.crossed else None,
        "crossed_p_adjusted": section.adjusted_p_value,
        "independent_p_one_sided": independent.p_value,
        "independent_low": independent.interval.low,
        "independent_high": independent.interval.high,
        "critical_count": independent.critical_count,
        "paper_bound": independent.paper_bound,
        "paper_size": independent.paper_size,
        "chose_left": side.chose_left,
        "chose_left_share": side.share,
        "side_p_two_sided": side.independent.p_value_two_sided,
        **_crossed_columns("side_crossed", side.crossed),
        "side_crossed_p_two_sided": side.crossed.p_value_two_sided if side.crossed else None,
        **_quality_columns(section, report.quality),
        "excluded": report.people.excluded,
        **_everybody_columns(with_excluded),
    }
    return {key: finite_or_none(value) for key, value in row.items()}


def _crossed_columns(prefix: str, test: CrossedTest | None) -> dict[str, float | None]:
    return {
        f"{prefix}_se": test.se if test else None,
        f"{prefix}_t": test.t if test else None,
        f"{prefix}_df": test.df if test else None,
        f"{prefix}_low": test.interval.low if test else None,
        f"{prefix}_high": test.interval.high if test else None,
        f"{prefix}_design_effect": test.design_effect if test else None,
    }


def _quality_columns(section: SectionReport, quality: ResponseQuality) -> dict[str, float | None]:
    """Of the section, then of all sections together, which is the same in every row."""
    people, agreement, times, order = section.per_participant, section.agreement, quality.times, quality.order
    return {
        "agreement_raw": agreement.raw.value if agreement else None,
        "agreement_fleiss_kappa": agreement.fleiss_kappa.value if agreement else None,
        "agreement_krippendorff_alpha": agreement.krippendorff_alpha.value if agreement else None,
        "participants_above_half": people.above_half,
        "participants_median": people.median,
        "participants_sd": people.sd,
        "participants_sd_if_alike": people.sd_if_alike,
        "one_sided": len(quality.one_sided.flagged) if quality.one_sided else None,
        "one_sided_expected": quality.one_sided.expected if quality.one_sided else None,
        "longest_run": quality.runs.longest if quality.runs else None,
        "order_slope": order.slope if order else None,
        "order_p_two_sided": order.p_value if order else None,
        "response_lower_quartile_ms": times.lower_quartile_ms if times else None,
        "response_median_ms": times.median_ms if times else None,
        "response_upper_quartile_ms": times.upper_quartile_ms if times else None,
        "response_too_fast": times.too_fast if times else None,
    }


def _everybody_columns(section: SectionReport | None) -> dict[str, float | str | None]:
    """Empty where nobody is excluded."""
    test = section.crossed if section else None
    return {
        "everybody_participants": section.participants if section else None,
        "everybody_votes": section.votes if section else None,
        "everybody_votes_for": section.votes_for if section else None,
        "everybody_share": section.share if section else None,
        "everybody_low": test.interval.low if test else None,
        "everybody_high": test.interval.high if test else None,
        "everybody_p_adjusted": section.adjusted_p_value if section else None,
        "everybody_verdict": section.verdict.value if section else None,
    }
