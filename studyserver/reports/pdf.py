"""The report for print: A4, the answer and its chart on the first page, the tables after it."""

import io
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import matplotlib
from django.template.loader import render_to_string
from fpdf import FPDF
from fpdf.enums import Align, TableBordersLayout
from fpdf.fonts import FontFace, TextStyle

from studyserver.generation.selectors import SMOKE_WARNING
from studyserver.reports import words
from studyserver.reports.figures import (
    INK,
    QUIET,
    participants_figure,
    questions_figure,
    times_figure,
    to_png,
    votes_figure,
)
from studyserver.reports.other_analyses import other_analyses
from studyserver.reports.quality_words import (
    agreement_rows,
    findings,
    people_rows,
    quality_rows,
    side_rows,
    with_and_without_rows,
)
from studyserver.reports.services import SectionReport, StudyReport
from studyserver.reports.templatetags.report_numbers import decimals, p_value, percent, points

if TYPE_CHECKING:
    from matplotlib.figure import Figure

MARGIN_MM = 18
FIGURE_MM = 120
TOGETHER_MM = 50  # A heading takes at least so much of its matter along.
LINE_MM, PADDING_MM = 4.2, 0.8  # Of the rows of tables.
FONTS = Path(matplotlib.get_data_path()) / "fonts" / "ttf"  # Covers every sign of the report, and comes along.


class ReportPdf(FPDF):
    """Pages with the study's name above and their number below."""

    def __init__(self, report: StudyReport) -> None:
        super().__init__(format="A4")
        self.report = report
        self.set_margin(MARGIN_MM)
        self.set_auto_page_break(True, margin=MARGIN_MM)
        for style, file in (("", "DejaVuSans.ttf"), ("B", "DejaVuSans-Bold.ttf")):
            self.add_font("DejaVu", style, FONTS / file)
        self.set_title(f"{report.title}: significance report")
        self.set_author(report.organizer)
        # The date of the report, not of the file: the same report gives the same bytes.
        self.set_creation_date(report.made_at)
        self.add_page()

    def footer(self) -> None:
        self.set_y(-12)
        self.set_font("DejaVu", size=7)
        self.set_text_color(QUIET)
        rehearsal = "rehearsal with simulated votes · " if self.report.simulated_votes else ""
        self.cell(0, 5, f"{rehearsal}study {self.report.slug} · page {self.page_no()} of {{nb}}", align="R")

    def words(self, text: str, *, size: float = 9, bold: bool = False, color: str = INK, after: float = 2) -> None:
        """A paragraph over the whole width."""
        self.set_font("DejaVu", "B" if bold else "", size)
        self.set_text_color(color)
        self.multi_cell(0, size * 0.52, text, align="L", new_x="LMARGIN", new_y="NEXT")
        self.ln(after)

    def points(self, template: str, **context: object) -> None:
        """The page's list of points, with its bold words and subscripts."""
        self.set_font("DejaVu", size=9)
        self.set_text_color(INK)
        # Written here, as the page's security policy allows no style in its elements.
        spaced = render_to_string(template, context).replace("<ul>", '<ul style="line-height: 1.45">')
        margins = {"ul": TextStyle(t_margin=0.1), "li": TextStyle(t_margin=0.5, l_margin=4)}
        self.write_html(spaced, li_prefix_color=INK, tag_styles=margins)
        self.ln(2)

    def heading(self, text: str, *, together: float = TOGETHER_MM) -> None:
        if self.will_page_break(together):
            self.add_page()
        self.ln(2)
        self.words(text, size=12, bold=True)

    def figure(self, figure: "Figure") -> None:
        self.image(io.BytesIO(to_png(figure)), x=Align.C, w=FIGURE_MM)
        self.ln(3)

    def chapter(self, title: str, figure: "Figure") -> None:
        """A heading, its figure and the beginning of what follows on one page."""
        self.heading(title, together=TOGETHER_MM + FIGURE_MM * figure.get_figheight() / figure.get_figwidth())
        self.figure(figure)

    def keep_together(self, rows: Sequence[object]) -> None:
        """Begin a new page where a table of such rows of one line each, with its header, does not fit this one."""
        if self.will_page_break((len(rows) + 1) * (LINE_MM + 2 * PADDING_MM)):
            self.add_page()

    def numbers(self, header: Sequence[str], rows: Sequence[Sequence[object]], widths: Sequence[int]) -> None:
        """A table: first column left, numbers right."""
        self.set_font("DejaVu", size=7.5)
        self.set_text_color(INK)
        options: dict[str, Any] = {
            "col_widths": widths,
            "text_align": ["LEFT", *["RIGHT"] * (len(header) - 1)],
            "borders_layout": TableBordersLayout.HORIZONTAL_LINES,
            "headings_style": FontFace(emphasis="BOLD", fill_color=(238, 241, 245)),
            "line_height": LINE_MM,
            "padding": PADDING_MM,
        }
        with self.table(**options) as table:
            for row in (header, *rows):
                table.row([str(value) for value in row])
        self.ln(3)


def draw_pdf(report: StudyReport) -> bytes:
    """The whole report; figures at print resolution."""
    pdf = ReportPdf(report)
    _answer(pdf, report)
    _tests(pdf, report)
    pdf.chapter("Question by question", questions_figure(report))
    _quality(pdf, report)
    _face_errors(pdf, report)
    _people(pdf, report)
    _registration(pdf, report)
    pdf.heading("How this was computed")
    pdf.points("reports/_method_points.html", report=report)
    pdf.heading("For a paper")
    pdf.words(words.paragraph(report))
    pdf.heading("Limits")
    for limit in words.limits(report):
        pdf.words(f"•  {limit}", after=0.5)
    _provenance(pdf, report)
    return bytes(pdf.output())


def _answer(pdf: ReportPdf, report: StudyReport) -> None:
    for warning in _warnings(report):
        pdf.set_fill_color(255, 244, 219)
        pdf.set_font("DejaVu", size=8)
        pdf.set_text_color("#5c3a00")
        pdf.multi_cell(0, 4.4, warning, fill=True, padding=2, new_x="LMARGIN", new_y="NEXT")
        pdf.ln(1.5)
    pdf.set_fill_color(255, 255, 255)
    pdf.words("Significance report", size=8, bold=True, color=QUIET, after=0)
    pdf.words(report.title, size=17, bold=True, after=0.5)
    made = (
        f"{report.organizer} · study {report.slug} · {report.state} · report of {report.made_at:%-d %B %Y, %H:%M} UTC"
    )
    pdf.words(made, size=8, color=QUIET, after=4)
    if report.registered.closed_early:
        pdf.words(f"Closed early. {words.closed_early(report)}", bold=True, after=3)
    pdf.words(words.headline(report), size=13, bold=True)
    for section in report.sections:
        pdf.words(f"{section.title}: {percent(section.share)}{_interval(section)}", size=9.5, bold=True, after=0)
        pdf.words(words.verdict(report, section))
    if report.changed:
        pdf.words(words.changed(report), bold=True)
    pdf.figure(votes_figure(report))


def _warnings(report: StudyReport) -> list[str]:
    said = []
    if report.smoke_profile:
        said.append(SMOKE_WARNING)
    if report.simulated_votes:
        said.append(
            "Rehearsal with simulated votes. No person was asked; these numbers only show that the study works."
        )
    if report.simulated_data:
        said.append("Simulated voices and faces. The result says nothing about real ones.")
    return said


def _interval(section: SectionReport) -> str:
    crossed = section.crossed
    if crossed is None or not crossed.estimable:
        return ""
    return f" (95 % interval {points(crossed.interval.low)}–{percent(crossed.interval.high)})"


def _tests(pdf: ReportPdf, report: StudyReport) -> None:
    pdf.heading("Headline test: participants crossed with questions")
    header = [
        "Section",
        "Share",
        "SE",
        "95 % interval",
        "t",
        "df",
        "p, one-sided",
        "p, adjusted",
        "Votes",
        "Design effect",
    ]
    rows = []
    for section in report.sections:
        test = section.crossed
        if test is None or not test.estimable:
            rows.append([section.title, percent(section.share), *["–"] * 6, section.votes, "–"])
            continue
        interval = f"{points(test.interval.low)}–{percent(test.interval.high)}"
        estimates = [decimals(test.se, 4), interval, decimals(test.t, 3), decimals(test.df, 2)]
        p_values = [p_value(test.p_value), p_value(section.adjusted_p_value)]
        design = decimals(test.design_effect, 2)
        rows.append([section.title, percent(section.share), *estimates, *p_values, section.votes, design])
    pdf.numbers(header, rows, (26, 14, 13, 24, 12, 12, 20, 20, 13, 14))
    pdf.heading("The paper's test: every vote as independent")
    header = ["Section", "Votes", "95 % interval (exact)", "p, one-sided", "Needed, exact", "Needed, paper's rule"]
    rows = [
        [
            section.title,
            f"{section.votes_for} of {section.votes}",
            f"{points(section.independent.interval.low)}–{percent(section.independent.interval.high)}",
            p_value(section.independent.p_value),
            section.independent.critical_count or "more than all",
            section.independent.paper_bound,
        ]
        for section in report.sections
    ]
    pdf.numbers(header, rows, (40, 28, 32, 26, 24, 24))
    pdf.heading("The same votes, analysed otherwise")
    header = ["Section and analysis", "Share", "95 % interval", "t", "df", "p, one-sided"]
    beside = [(f"{title}: {name}", *cells) for title, rows in other_analyses(report) for name, *cells in rows]
    pdf.numbers(header, beside, (70, 24, 30, 16, 12, 24))


def _quality(pdf: ReportPdf, report: StudyReport) -> None:
    pdf.heading("Quality of the answers")
    for finding in findings(report):
        pdf.words(f"•  {finding}", after=0.5)
    pdf.ln(2)
    columns = ["Without the excluded", "All participants"] if report.everybody else ["All participants"]
    rows = quality_rows(report)
    pdf.keep_together(rows)
    pdf.numbers(["Over all sections", *columns], rows, (70, *[40] * len(columns)))
    if report.everybody:
        pdf.heading("With and without the excluded")
        header = ["Section", "Participants", "Votes", "Share", "95 % interval", "p, adjusted", "Verdict"]
        rows = [(f"{title}: {row[0]}", *row[1:]) for title, both in with_and_without_rows(report) for row in both]
        pdf.numbers(header, rows, (56, 20, 14, 16, 26, 20, 24))
    pdf.chapter("Participant by participant", participants_figure(report))
    header = ["Section", "Over half", "Median", "Quartiles", "Lowest–highest", "SD, points", "SD if alike", "p, alike"]
    pdf.numbers(header, people_rows(report), (36, 23, 16, 26, 26, 18, 18, 18))
    if report.quality.times:
        pdf.chapter("Response times", times_figure(report))
    _sides(pdf, report)
    pdf.heading("Did participants agree?")
    header = [
        "Section",
        "Pairs alike",
        "95 % interval",
        "Fleiss’ κ",
        "95 % interval",
        "Krippendorff’s α",
        "95 % interval",
    ]
    pdf.numbers(header, agreement_rows(report), (30, 18, 28, 20, 28, 30, 28))


def _sides(pdf: ReportPdf, report: StudyReport) -> None:
    pdf.heading("Was one side of the screen favoured?")
    header = ["Section", "Chose left", "Share", "95 % interval (crossed)", "p, two-sided (crossed)", "p (independent)"]
    rows = [row[: len(header)] for row in side_rows(report)]
    pdf.numbers(header, rows, (40, 28, 18, 32, 30, 26))


def _face_errors(pdf: ReportPdf, report: StudyReport) -> None:
    pdf.heading("Absolute ratio errors of the run")
    pdf.words(words.ratio_errors(report))
    if report.face_errors is None:
        return
    rows = []
    for method in report.face_errors.methods:
        rows.append((method.method, method.errors))
        if method.paper:
            rows.append(("in the paper (Table 1)", method.paper))
    header = ["Method", "Ear (ER)", "Forehead (FR)", "Midline (MR)", "Cheek (CR)", "Mean"]
    cells = [[name, *(decimals(error, 4) for error in errors)] for name, errors in rows]
    pdf.numbers(header, cells, (54, 24, 24, 24, 24, 24))


def _people(pdf: ReportPdf, report: StudyReport) -> None:
    pdf.heading("Who took part")
    names, numbers = zip(*words.people(report), strict=True)
    pdf.numbers(names, [numbers], [1] * len(names))
    pdf.words(words.completed(report))


def _registration(pdf: ReportPdf, report: StudyReport) -> None:
    pdf.heading("As registered?")
    registered = report.registered
    if registered.sha256 is None:
        pdf.words("Nothing was registered." if not report.simulated_votes else "A rehearsal is not registered.")
        return
    for deviation in registered.deviations or ("As registered: nothing was changed after the first vote.",):
        pdf.words(deviation, after=1)
    pdf.words(f"Registration SHA-256 {registered.sha256}. {words.superseded(report)}", size=7.5, color=QUIET)


def _provenance(pdf: ReportPdf, report: StudyReport) -> None:
    pdf.heading("Where the stimuli come from")
    header = ["Section/ question", "Method", "Image", "3D model", "Weights", "Seed", "Code"]
    rows = [
        [
            f"{origin.section}/{origin.question}",
            origin.method,
            origin.image_sha256[:12] or "–",
            origin.mesh_sha256[:12] or "–",
            origin.checkpoint_sha256[:12],
            origin.seed,
            origin.code_revision[:12],
        ]
        for origin in report.provenance
    ]
    pdf.numbers(header, rows, (20, 34, 26, 26, 26, 18, 24))
