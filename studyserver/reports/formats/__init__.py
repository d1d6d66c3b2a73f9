"""A report as a file: one module per format, all of the same document or the same numbers."""

from collections.abc import Callable
from dataclasses import dataclass

from studyserver.reports.formats.data import to_csv, to_json
from studyserver.reports.formats.latex import draw_latex
from studyserver.reports.formats.page import draw_file
from studyserver.reports.services import StudyReport


def _pdf(report: StudyReport) -> bytes:
    from studyserver.reports.formats.pdf import draw_pdf  # Its library is large, and pages do without.

    return draw_pdf(report)


def _bundle(report: StudyReport) -> bytes:
    from studyserver.reports.bundle import draw_bundle  # As above.

    return draw_bundle(report)


def _encoded(render: Callable[[StudyReport], str]) -> Callable[[StudyReport], bytes]:
    return lambda report: render(report).encode()


@dataclass(frozen=True)
class Format:
    """How a report is written: its name for people, its renderer, and the media type and ending of the file."""

    name: str
    render: Callable[[StudyReport], bytes]
    media_type: str
    ending: str


FORMATS = {
    "html": Format("HTML", _encoded(draw_file), "text/html; charset=utf-8", "html"),
    "pdf": Format("PDF", _pdf, "application/pdf", "pdf"),
    "latex": Format("LaTeX", _encoded(draw_latex), "application/x-tex; charset=utf-8", "tex"),
    "csv": Format("CSV", _encoded(to_csv), "text/csv; charset=utf-8", "csv"),
    "json": Format("JSON", _encoded(to_json), "application/json", "json"),
    "bundle": Format("Replication bundle (zip)", _bundle, "application/zip", "zip"),
}
