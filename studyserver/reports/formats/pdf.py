"""The report for print: an accessible (tagged) PDF on A4, set by Typst from the same document as the page."""

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import fields, is_dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import matplotlib
import typst

from evaluation.output.document import Column, legible, lines_of
from studyserver.reports.contents.document import report_document
from studyserver.reports.figures import drawings, to_svg
from studyserver.reports.services import StudyReport

TEMPLATE = Path(__file__).with_name("report.typ")
FONTS = ("DejaVuSans", "DejaVuSans-Bold", "DejaVuSans-Oblique", "DejaVuSans-BoldOblique", "DejaVuSansMono")
"""They cover every sign of the report, and come along with Matplotlib."""


def draw_pdf(report: StudyReport) -> bytes:
    """The whole report; the same one gives the same bytes. Titles in other scripts need a font of the system."""
    rehearsal = "rehearsal with simulated votes · " if report.simulated_votes else ""
    said = {
        "document": as_data(report_document(report)),
        "author": legible(report.organizer),
        "print-title": legible(f"{report.title}: significance report"),
        "every-page": f"{rehearsal}study {report.slug}",
    }
    drawn = {name: to_svg(figure).decode() for name, figure in drawings(report)}
    with _fonts() as fonts:
        inputs = {"report": json.dumps(said), "figures": json.dumps(drawn)}
        compiler = typst.Compiler(TEMPLATE, font_paths=fonts, sys_inputs=inputs)
        pdf = compiler.compile(format="pdf", pdf_standards=["ua-1"], timestamp=report.made_at.replace(microsecond=0))
    assert isinstance(pdf, bytes), "without a path Typst gives the file's content"
    return pdf


def as_data(value: Any) -> Any:
    """A document, or a part of it, as JSON holds it; ``kind`` of a part is what it is, a column's heading its lines."""
    if isinstance(value, Column):
        return {"heading": as_data(tuple(lines_of(value.heading))), "left": value.left, "code": value.code}
    if is_dataclass(value):
        parts = {field.name: as_data(getattr(value, field.name)) for field in fields(value)}
        return {"kind": type(value).__name__.lower()} | parts
    if isinstance(value, tuple):
        return [as_data(each) for each in value]
    return legible(value) if isinstance(value, str) else value


@contextmanager
def _fonts() -> Iterator[typst.Fonts]:
    """Our fonts, and those of the system for what they lack; a folder with only ours, as Typst takes all of one."""
    with TemporaryDirectory() as folder:
        for name in FONTS:
            shutil.copy(Path(matplotlib.get_data_path()) / "fonts" / "ttf" / f"{name}.ttf", folder)
        yield typst.Fonts(include_embedded_fonts=False, font_paths=[folder])
