import io
from datetime import UTC, datetime

import numpy as np
import pytest
from pypdf import PdfReader

from studyserver.reports.formats.pdf import FONTS, draw_pdf

pytestmark = pytest.mark.django_db  # So that the database is there when this file runs alone.


def read(report) -> PdfReader:
    return PdfReader(io.BytesIO(draw_pdf(report)))


@pytest.fixture(scope="module")
def d1_pdf(d1_report):
    return read(d1_report)


def tagged(tree) -> list[tuple[str, str]]:
    """Kind and description of every part of a tagged document."""
    parts = [(str(tree.get("/S", "")), str(tree.get("/Alt", "")))]
    below = tree.get("/K", [])
    for part in below if isinstance(below, list) else [below]:
        found = part.get_object()
        parts += tagged(found) if isinstance(found, dict) else []
    return parts


def test_a_screen_reader_finds_title_language_headings_tables_and_descriptions_of_figures(d1_pdf, d1_report):
    root = d1_pdf.trailer["/Root"]
    assert (root["/MarkInfo"]["/Marked"], root["/Lang"]) == (True, "en")
    assert root["/ViewerPreferences"]["/DisplayDocTitle"]
    assert d1_pdf.metadata.title == "Faces: significance report"
    parts = tagged(root["/StructTreeRoot"])
    kinds = [kind for kind, _ in parts]
    assert (
        kinds.count("/Table") == 12
    )  # Eleven of the page's, as there are no errors of a run, and one more question table
    assert kinds.count("/TH") >= 60
    drawn = [words for kind, words in parts if kind == "/Figure"]
    assert [words.split(".")[0][:24] for words in drawn] == [
        "Stacked bars",
        "Share of each question w",
        "Number of participants b",
        "Histogram of the respons",
    ]


def test_the_file_claims_to_be_accessible(d1_pdf):
    assert b"<pdfuaid:part>1</pdfuaid:part>" in d1_pdf.trailer["/Root"]["/Metadata"].get_data()


def test_headings_are_bookmarks(d1_pdf):
    titles = [entry.title for entry in d1_pdf.outline]
    assert titles[0] == "The votes do not show that cmp-unsupervised is preferred over base-2 in any section."
    assert titles[1:3] == ["Votes", "Headline test: participants crossed with questions"]
    assert titles[-1] == "Where the stimuli come from"


def test_the_answer_and_its_chart_are_the_first_page(d1_pdf):
    first, second = (page.extract_text() for page in d1_pdf.pages[:2])
    assert "Share of votes per section. Blue: cmp-unsupervised" in " ".join(first.split())
    assert second.startswith("Votes\n")


def test_every_page_names_the_study_and_its_number_and_a_rehearsal_says_so(report_of, d1_pdf):
    chosen = np.random.default_rng(3).random((12, 10)) < 0.7
    rehearsal = read(report_of(chosen, chosen, chosen, simulated=True))
    for pdf, begins in ((d1_pdf, ""), (rehearsal, "rehearsal with simulated votes · ")):
        last = len(pdf.pages)
        for number, page in enumerate(pdf.pages, start=1):
            assert f"{begins}study faces · page {number} of {last}" in page.extract_text()
    assert "rehearsal" not in "".join(page.extract_text() for page in d1_pdf.pages)


def test_its_fonts_are_inside_and_are_ours(d1_pdf):
    fonts = [font.get_object() for page in d1_pdf.pages for font in page["/Resources"]["/Font"].values()]
    names = {font["/BaseFont"].split("+")[1] for font in fonts}
    assert names == set(FONTS)


def test_only_the_list_of_stimuli_goes_over_a_page(report_with_excluded):
    heads = [" ".join(page.extract_text().split())[:60] for page in read(report_with_excluded).pages]
    # A table that goes on repeats its heading on the next page.
    assert [
        head for head in heads[:-1] if head.startswith(("Section Question", "Section and analysis", "Measure"))
    ] == []


def test_the_same_report_gives_the_same_pdf_of_its_own_date(clear_report):
    assert draw_pdf(clear_report) == draw_pdf(clear_report)
    made = clear_report.made_at.replace(microsecond=0)
    assert read(clear_report).metadata.creation_date == made
    assert made < datetime.now(UTC)


def test_pdf_of_votes_that_cannot_be_tested(report_of):
    ones = np.ones((5, 10), dtype=bool)
    assert len(read(report_of(ones, ones, ones)).pages) >= 3


def test_print_needs_no_folder_to_write_into_but_the_temporary_one(clear_report, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    assert draw_pdf(clear_report).startswith(b"%PDF-")
    assert list(tmp_path.iterdir()) == []
