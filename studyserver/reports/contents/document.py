"""The whole report as a document: its parts, in order."""

from evaluation.output import chapters
from evaluation.output.document import Document, Section
from evaluation.output.findings import findings
from studyserver.reports.contents.headline import about, answer, opening
from studyserver.reports.contents.method import limits, method, paragraph
from studyserver.reports.contents.people import exclusion_sentence, people, registered, times
from studyserver.reports.contents.stimuli import face_errors, provenance
from studyserver.reports.services import StudyReport


def report_document(report: StudyReport) -> Document:
    """Everything a report says, but for the figures that its drawings stand in."""
    return Document(
        kind="Significance report",
        title=report.title,
        about=about(report),
        opening=opening(report),
        answer=answer(report),
        sections=(*_votes(report), face_errors(report), people(report), registered(report), *_closing(report)),
    )


def _votes(report: StudyReport) -> tuple[Section, ...]:
    sections, methods, claim = report.sections, report.methods, report.claim
    said = [exclusion_sentence(report), *findings(report.found, methods)]
    parts = [
        chapters.votes(sections, methods),
        chapters.crossed(sections, claim),
        chapters.independent(sections, methods),
        chapters.otherwise(sections),
        chapters.questions(sections, methods),
        chapters.quality(report.found, report.everybody, methods, said),
    ]
    if report.everybody:
        parts.append(chapters.excluded(report.found, report.everybody, methods, claim))
    parts.append(chapters.participants(sections, methods))
    if report.quality.times:
        parts.append(times(report))
    return (*parts, chapters.sides(sections), chapters.agreement(sections))


def _closing(report: StudyReport) -> tuple[Section, ...]:
    return (method(report), paragraph(report), limits(report), provenance(report))
