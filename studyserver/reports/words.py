"""The report's sentences as plain text, for formats that are not HTML. The templates are their one home."""

import html
import re

from django.template.loader import render_to_string
from django.utils.html import strip_tags

from studyserver.reports.services import SectionReport, StudyReport
from studyserver.reports.templatetags.report_numbers import duration

FEW_QUESTIONS = 20
"""Below it the spread between questions is estimated so badly that degrees of freedom stay small."""


def headline(report: StudyReport) -> str:
    """Who was preferred, in one sentence or two."""
    return _plain("reports/_headline.html", report=report)


def verdict(report: StudyReport, section: SectionReport) -> str:
    """What one section shows."""
    return _plain("reports/_verdict.html", report=report, section=section)


def paragraph(report: StudyReport) -> str:
    """The paragraph for a paper."""
    return _plain("reports/_paragraph.html", report=report)


def changed(report: StudyReport) -> str:
    """Which verdicts would be others with the excluded."""
    return _plain("reports/_changed.html", report=report)


def closed_early(report: StudyReport) -> str:
    """That fewer participants than planned completed it, where so."""
    return _plain("reports/_closed_early.html", report=report) if report.registered.closed_early else ""


def superseded(report: StudyReport) -> str:
    """That there were earlier registrations, where so."""
    return _plain("reports/_superseded.html", report=report) if report.registered.superseded else ""


def ratio_errors(report: StudyReport) -> str:
    """What the run's absolute ratio errors are, or that there are none."""
    return _plain("reports/_ratio_errors.html", report=report)


def people(report: StudyReport) -> list[tuple[str, str]]:
    """Who took part: names of numbers, and the numbers."""
    took_part = report.people
    counts = [
        ("Started", took_part.started),
        ("Completed", took_part.completed),
        ("Excluded as declared", took_part.excluded),
        ("Counted in this report", took_part.counted),
        ("Unfinished", took_part.unfinished),
    ]
    # Programs do not take their time.
    times = [] if report.simulated_votes else [("Median duration", duration(took_part.median_minutes))]
    return [(name, str(count)) for name, count in counts] + times


def completed(report: StudyReport) -> str:
    """When they completed the study, and who of them counts."""
    return _plain("reports/_completed.html", report=report)


def limits(report: StudyReport) -> list[str]:
    """What the result does not say, each in a sentence."""
    said = [
        "The result holds for people and questions like those of this study, which is all that a sample can carry.",
        f"Only {report.baseline} was compared with {report.ours}; nothing follows about other methods.",
        "Nobody could answer “no difference”; a weak preference and a coin flip look alike in a single answer.",
    ]
    fewest = min(section.questions for section in report.sections)
    if fewest < FEW_QUESTIONS:
        said.append(
            f"A section has only {fewest} question{'s' * (fewest != 1)}: other questions could move its share more "
            "than other people could, and more participants would not help."
        )
    if report.simulated_votes:
        said.append("No person was asked: the votes are simulated.")
    if report.simulated_data:
        said.append("Voices and faces are simulated; the result says nothing about real ones.")
    if report.smoke_profile:
        said.append("The faces come from a run that learned nothing (profile smoke).")
    return said


def _plain(template: str, **context: object) -> str:
    """In one line; spaces that do not break stay."""
    text = html.unescape(strip_tags(render_to_string(template, context)))
    return re.sub(r"[ \n]+", " ", text).strip()
