"""Each table, each sentence and the headline are written once, and every format has them."""

import html
import io
import re
from dataclasses import replace

import numpy as np
import pytest
from pypdf import PdfReader
from rich.console import Console

from evaluation.output.document import Span, legible, pieces, plain
from evaluation.output.terminal import show
from studyserver.reports.contents.document import report_document
from studyserver.reports.deviations import AsRegistered
from studyserver.reports.face_errors import FaceErrors, MethodErrors
from studyserver.reports.formats.latex import draw_latex, latex
from studyserver.reports.formats.page import draw_file
from studyserver.reports.formats.pdf import draw_pdf
from tests.studyserver.reports.votes import CLEAR

pytestmark = pytest.mark.django_db  # So that the database is there when this file runs alone.

ERRORS = (0.0211, 0.0173, 0.0174, 0.0551, 0.0302)
PAPER = (0.0311, 0.0173, 0.0173, 0.0551, 0.0302)


@pytest.fixture(scope="module")
def reports(report_of, report_with_excluded, d1_report):
    """Reports that together have every part there is: name -> report."""
    errors = FaceErrors("bfm-53215", 8, True, (MethodErrors("base-2", ERRORS, PAPER), MethodErrors("own", PAPER, None)))
    said = "The study was closed after 70 of 154 planned participants had completed it."
    ones = np.ones((5, 10), dtype=bool)
    return {
        "excluded": replace(report_with_excluded, registered=AsRegistered("ab12" * 16, (said,), said)),
        "as registered": replace(
            d1_report, face_errors=errors, simulated_data=True, registered=AsRegistered("f" * 64, ())
        ),
        "rehearsal": replace(report_of(*[CLEAR] * 3, simulated=True), smoke_profile=True),
        "untested": report_of(ones, ones, ones, response_ms=None),
    }


@pytest.fixture(params=["excluded", "as registered", "rehearsal", "untested"])
def report(request, reports):
    return reports[request.param]


def bare(text: str) -> str:
    """Without spaces: lines break at other places in each format."""
    return re.sub(r"\s", "", text.replace("\N{NO-BREAK SPACE}", ""))


def pdf_text(report) -> str:
    """In reading order; what stands at the foot of every page is no part of it."""
    pages = PdfReader(io.BytesIO(draw_pdf(report))).pages
    foot = re.compile(rf"(rehearsal with simulated votes · )?study {report.slug} · page \d+ of \d+")
    return "".join(bare(foot.sub("", page.extract_text())) for page in pages)


def terminal_text(report) -> str:
    file = io.StringIO()
    show(report_document(report), Console(file=file, width=250, highlight=False))
    return bare(file.getvalue())


def page_parts(report) -> list[str]:
    """Every piece of text of the page, between two tags of blocks or cells."""
    article = re.search(r"<article.*</article>", draw_file(report), re.DOTALL)[0]
    inline = re.compile(r"</?(?:b|i|code|sub|a|strong|br|span)\b[^>]*>")
    parts = re.split(r"<[^>]*>", inline.sub("", article))
    return [bare(html.unescape(part)) for part in parts if part.strip()]


def rows_of(table) -> list[tuple[str, ...]]:
    headings = tuple(plain(column.heading) for column in table.columns)
    return [headings, *(row.cells for row in table.rows)]


def test_the_page_has_the_headline_and_every_table_cell_by_cell(report):
    document = report_document(report)
    article = " ".join(draw_file(report).split("<article")[1].split())
    [headline] = re.findall(r'<h2 id="answer">(.*?)</h2>', article)
    assert html.unescape(headline) == document.headline
    found = []
    for table in re.findall(r"<table.*?</table>", article):
        lines = re.findall(r"<tr(?! class=\"group\")[^>]*>(.*?)</tr>", table)
        cells = [re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", line) for line in lines]
        found.append([tuple(html.unescape(re.sub("<[^>]*>", " ", cell)) for cell in line) for line in cells])
    written = [[tuple(map(bare, row)) for row in rows_of(table)] for table in document.tables]
    assert [[tuple(map(bare, row)) for row in rows] for rows in found] == written


def test_the_print_has_the_headline_and_every_table_row_by_row(report):
    document, text = report_document(report), pdf_text(report)
    assert bare(document.headline) in text
    for table in document.tables:
        for row in rows_of(table):
            assert bare("".join(row)) in text, (table.title, row)


def test_the_terminal_has_the_headline_and_every_table_row_by_row(report):
    document, text = report_document(report), terminal_text(report)
    assert text.count(bare(document.headline)) == 1
    for table in document.tables:
        for row in table.rows:
            assert bare("".join(row.cells)) in text, (table.title, row)


def test_latex_has_the_headline_and_every_table_row_by_row(report):
    document, text = report_document(report), draw_latex(report)
    assert rf"\section*{{{latex(document.headline)}}}" in text
    for table in document.tables:
        for row in table.rows:
            pairs = zip(table.columns, row.cells, strict=True)
            cells = [rf"\texttt{{{latex(cell)}}}" if column.code else latex(cell) for column, cell in pairs]
            assert " & ".join(cells) + r" \\" in text.splitlines(), (table.title, row)


def test_the_print_says_all_that_the_page_says(report):
    text = pdf_text(report)
    missing = [part for part in page_parts(report) if part not in text]
    assert missing == []


def test_the_page_says_all_that_the_document_says(report):
    """So the test before cannot pass for a page that lost its words."""
    document, parts = report_document(report), set(page_parts(report))
    said = [paragraph.words for paragraph in document.opening]
    for section in (document.answer, *document.sections):
        said.append(section.title)
        for block in section.blocks:
            said += [getattr(block, name) for name in ("words", "caption") if getattr(block, name, "")]
            said += [*getattr(block, "items", ()), *getattr(block, "notes", ())]
            said += [card.words for card in getattr(block, "cards", ())]
    assert [plain(words) for words in said if bare(plain(words)) not in parts] == []


def test_the_headline_is_the_same_sentence_everywhere(reports):
    said = "The votes do not show that cmp-unsupervised is preferred over base-2 in any section."
    report = reports["as registered"]
    assert report_document(report).headline == said
    assert said in " ".join(draw_file(report).split())
    assert said in " ".join(PdfReader(io.BytesIO(draw_pdf(report))).pages[0].extract_text().split())
    assert said in draw_latex(report)
    assert bare(said) in terminal_text(report)


TYPED = r'[A] *x* _y_ <b>&amp; $z$ #let \input{w} %50 "q" ~ ^ `code` == @me // {k} --'


def test_what_users_type_is_read_as_it_was_typed_everywhere(reports):
    report = reports["rehearsal"]
    sections = tuple(replace(section, title=TYPED, prompt=TYPED) for section in report.sections)
    typed = replace(report, title=TYPED, organizer=TYPED, sections=sections)
    page = draw_file(typed)
    assert page.count("<b>&amp; $z$") == 0
    assert page.count(html.escape(TYPED)) > 20
    assert pdf_text(typed).count(bare(TYPED)) > 20
    assert terminal_text(typed).count(bare(TYPED)) > 20
    assert rf"\title{{{latex(TYPED)}}}" in draw_latex(typed)
    assert r"\input{w}" not in draw_latex(typed).split(r"\begin{document}")[1]
    reader = PdfReader(io.BytesIO(draw_pdf(typed)))
    assert reader.metadata.title == f"{TYPED}: significance report"
    assert reader.metadata.author == TYPED


def test_control_letters_in_a_title_break_no_format(reports):
    report = replace(reports["rehearsal"], title="red\x1b[31m\nface\x00")
    assert "<h1>red [31m face </h1>" in draw_file(report)
    assert bare("red[31mface") in pdf_text(report)
    assert "\x1b" not in draw_latex(report)
    assert r"\title{red {[}31m face }" in draw_latex(report)
    assert bare("red[31mface") in terminal_text(report)


def test_every_sign_of_a_report_has_a_spelling_in_latex(reports):
    """LaTeX refuses what its encoding lacks; letters of Latin scripts it knows."""
    for report in reports.values():
        assert {sign for sign in draw_latex(report) if ord(sign) > 0x17F} == set()


def spans(words) -> list[Span]:
    return [piece for piece in pieces(words) if isinstance(piece, Span)]


def test_links_lead_to_a_part_that_is_there(reports):
    document = report_document(reports["excluded"])
    targets = {span.target for paragraph in document.opening for span in spans(paragraph.words) if span.target}
    assert targets == {"registered"}
    assert targets <= {section.key for section in document.sections}
    assert legible(document.title) == document.title
