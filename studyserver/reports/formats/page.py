"""The report for screens: an article inside a page of ours, or as one file that needs nothing else."""

from pathlib import Path
from typing import Any

from django.contrib.staticfiles import finders
from django.template.loader import render_to_string
from django.utils.safestring import mark_safe

from studyserver.reports.contents.document import report_document
from studyserver.reports.figures import data_address, drawings
from studyserver.reports.services import StudyReport


def draw_file(report: StudyReport) -> str:
    """The page's article with its style sheet inside."""
    style = Path(finders.find("css/report.css") or "").read_text(encoding="utf-8")
    # Our own file, free of "</style>"; escaping would break its selectors.
    return render_to_string("reports/file.html", page_context(report) | {"style": mark_safe(style)})


def page_context(report: StudyReport) -> dict[str, Any]:
    """What the report's templates need."""
    return {
        "report": report,
        "document": report_document(report),
        "drawings": {name: data_address(figure) for name, figure in drawings(report)},
    }
