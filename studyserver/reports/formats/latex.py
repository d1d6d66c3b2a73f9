"""The report in LaTeX: its tables (booktabs) and sentences, as a document that compiles alone."""

import re
from collections.abc import Iterator

from evaluation.output.document import (
    Beside,
    Block,
    Card,
    Cards,
    Column,
    Document,
    Facts,
    Figure,
    Paragraph,
    Points,
    Section,
    Span,
    Style,
    Table,
    Tone,
    Words,
    legible,
    lines_of,
    pieces,
    rows,
)
from evaluation.output.numbers import RAISED
from studyserver.reports.contents.document import report_document
from studyserver.reports.services import StudyReport

SIGNS = {
    "\\": r"\textbackslash{}",
    "{": r"\{",
    "}": r"\}",
    "$": r"\$",
    "&": r"\&",
    "#": r"\#",
    "_": r"\_",
    "%": r"\%",
    "^": r"\textasciicircum{}",
    "~": r"\textasciitilde{}",
    "<": r"$<$",
    ">": r"$>$",
    # The end of a row and a rule read an option in brackets or a star from what comes next, in the next line, too.
    "[": "{[}",
    "]": "{]}",
    "*": "{*}",
    "\N{NO-BREAK SPACE}": "~",
    "×": r"$\times$",
    "–": "--",
    "−": "$-$",
    "∼": r"$\sim$",
    "√": r"$\surd$",
    "½": r"$\frac12$",
    "κ": r"$\kappa$",
    "α": r"$\alpha$",
    "…": r"\dots{}",
    "’": "'",
    "“": "``",
    "”": "''",
}
LOWERED = str.maketrans(RAISED, "-0123456789")
COMMANDS = {Style.BOLD: "textbf", Style.ITALIC: "textit", Style.CODE: "texttt", Style.LOWERED: "textsubscript"}
MOST_ROWS = 40
"""A longer table runs over pages."""
PREAMBLE = r"""\documentclass[a4paper]{article}
\usepackage[margin=2cm]{geometry}
\usepackage[T1]{fontenc}
\usepackage[utf8]{inputenc}
\usepackage{textcomp}
\usepackage{booktabs}
\usepackage{longtable}
\tabcolsep=4pt
\raggedbottom
\begin{document}
"""


def latex(text: str) -> str:
    """``p < 10⁻³⁰⁰ & 5 %`` → ``p $<$ 10$^{-300}$ \\& 5 \\%``; other letters stay, as LaTeX reads UTF-8."""
    read = legible(text)
    # Two dashes or quotation marks side by side would become one sign.
    parted = zip(read, f"{read} "[1:], strict=True)
    escaped = "".join(
        SIGNS.get(letter, letter) + "{}" * (letter == following and letter in "-'`") for letter, following in parted
    )
    return re.sub(f"[{RAISED}]+", lambda power: f"$^{{{power[0].translate(LOWERED)}}}$", escaped)


def draw_latex(report: StudyReport) -> str:
    """The whole report but its figures, which the replication bundle has."""
    document = report_document(report)
    return "\n".join([*_comments(report), PREAMBLE, *_parts(document), r"\end{document}", ""])


def _comments(report: StudyReport) -> Iterator[str]:
    title = " ".join(legible(report.title).split())
    yield f"% {title}: significance report of {report.made_at:%Y-%m-%d %H:%M} UTC."
    if report.simulated_votes:
        yield "% SIMULATED VOTES: no person was asked."
    yield r"% Stands alone; for a paper, take the tables and the paragraph, and \usepackage{booktabs}."


def _parts(document: Document) -> Iterator[str]:
    yield rf"\title{{{latex(document.title)}}}"
    # An author's line does not wrap by itself.
    yield rf"\author{{\parbox{{.9\textwidth}}{{\centering {words(document.about)}}}}}"
    yield r"\date{}"
    yield r"\maketitle"
    for paragraph in document.opening:
        yield from _paragraph(paragraph)
    for section in (document.answer, *document.sections):
        yield rf"\section*{{{latex(section.title)}}}"
        for block in section.blocks:
            yield from _block(block, section)


def words(text: Words) -> str:
    """A text with its styles."""
    return "".join(_piece(piece) for piece in pieces(text))


def _piece(piece: str | Span) -> str:
    if isinstance(piece, str):
        return latex(piece)
    said, command = latex(piece.words), COMMANDS.get(piece.style)
    return rf"\{command}{{{said}}}" if command else said


def _block(block: Block, section: Section) -> Iterator[str]:
    match block:
        case Paragraph():
            yield from _paragraph(block)
        case Points():
            yield from _list(map(words, block.items))
        case Facts():
            columns = tuple(Column(name, left=not number) for number, (name, _) in enumerate(block.pairs))
            yield from _table(Table(section.title, columns, rows([[value for _, value in block.pairs]])))
        case Cards():
            yield from _list(map(_card, block.cards))
        case Beside():
            for table in block.tables:
                yield from _table(table, f"{section.title}: {table.title}")
        case Table():
            yield from _table(block)
        case Figure():
            pass  # Numbers that a figure draws stand in tables, too.


def _card(card: Card) -> str:
    beside = f" ({card.beside})" if card.beside else ""
    return rf"\textbf{{{latex(card.title)}:}} {latex(card.number + beside)}. {words(card.words)}"


def _paragraph(paragraph: Paragraph) -> Iterator[str]:
    said = words(paragraph.words)
    if paragraph.tone == Tone.NOTE:
        yield rf"{{\small {said}\par}}"
    elif paragraph.tone == Tone.QUOTE:
        yield from (r"\begin{quote}", said, r"\end{quote}")
    elif paragraph.tone in {Tone.WARNING, Tone.REMARK}:
        yield rf"\noindent\fbox{{\parbox{{.97\linewidth}}{{{said}}}}}"
    else:
        yield said
    yield ""


def _list(items: Iterator[str]) -> Iterator[str]:
    yield r"\begin{itemize}"
    for item in items:
        yield rf"\item {item}"
    yield r"\end{itemize}"


def _table(table: Table, title: str = "") -> Iterator[str]:
    columns = "".join("l" if column.left else "r" for column in table.columns)
    caption = rf"\caption{{{latex(title or table.title)}}}"
    head = " & ".join(map(_heading, table.columns)) + r" \\"
    if len(table.rows) > MOST_ROWS:
        yield rf"{{\footnotesize\begin{{longtable}}{{{columns}}}"
        yield from (caption + r" \\", r"\toprule", head, r"\midrule", r"\endhead")
        yield from _rows(table)
        yield from (r"\bottomrule", r"\end{longtable}}")
    else:
        yield from (r"\begin{table}[!ht]", r"\centering\footnotesize", caption, rf"\begin{{tabular}}{{{columns}}}")
        yield from (r"\toprule", head, r"\midrule")
        yield from _rows(table)
        yield from (r"\bottomrule", r"\end{tabular}", r"\end{table}")
    for note in table.notes:
        yield from _paragraph(Paragraph(note, Tone.NOTE))
    yield ""


def _heading(column: Column) -> str:
    """Lines above each other, where a break is wanted."""
    lines = list(map(words, lines_of(column.heading)))
    if len(lines) == 1:
        return lines[0]
    stacked = r"\\".join(lines)
    return rf"\shortstack[{'l' if column.left else 'r'}]{{{stacked}}}"


def _rows(table: Table) -> Iterator[str]:
    for group in table.groups:
        if group.heading:
            yield r"\addlinespace"
            yield rf"\multicolumn{{{len(table.columns)}}}{{l}}{{\textit{{{latex(group.heading)}}}}} \\"
        for row in group.rows:
            yield " & ".join(map(_cell, table.columns, row.cells)) + r" \\"


def _cell(column: Column, cell: str) -> str:
    return rf"\texttt{{{latex(cell)}}}" if column.code else latex(cell)
