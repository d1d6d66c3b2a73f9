"""A report in the terminal: every table as it fits the width, verdicts in colour."""

import io
import re
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from rich import box
from rich.console import Console, ConsoleOptions, JustifyMethod, RenderableType, RenderResult
from rich.measure import Measurement
from rich.padding import Padding
from rich.table import Table as Grid
from rich.text import Text

from evaluation.output.document import (
    Beside,
    Block,
    Card,
    Cards,
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
)
from evaluation.output.numbers import RAISED
from evaluation.votes.analysis import Verdict

VERDICTS = {
    Verdict.PREFERRED: "bold green",
    Verdict.NOT_ESTABLISHED: "bold yellow",
    Verdict.NOT_PREFERRED: "bold yellow",
    Verdict.BASELINE_AHEAD: "bold red",
    Verdict.NOT_ESTIMABLE: "bold magenta",
}
STYLES = {Style.BOLD: "bold", Style.ITALIC: "italic", Style.CODE: "", Style.LOWERED: "", Style.LINK: ""}
TONES = {Tone.TEXT: "", Tone.NOTE: "dim", Tone.QUOTE: "", Tone.REMARK: "bold", Tone.WARNING: "bold yellow"}
MOST_TURNED = 6
"""Rows that stand beside each other as columns."""

# What an old terminal or a file in an old encoding cannot hold, in letters that all have.
LETTERS = str.maketrans(
    {
        "\N{NO-BREAK SPACE}": " ",
        "–": "-",
        "−": "-",
        "×": "x",
        "…": "..",
        "’": "'",
        "“": '"',
        "”": '"',
        "∼": "~",
        "κ": "kappa",
        "α": "alpha",
        "•": "*",
        **dict(zip(RAISED, "-0123456789", strict=True)),
    }
)


def standard_output() -> Console:
    """The terminal, or what stands in its place: a pipe gets no colour, and no letter that it cannot write ends it."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")
    return Console(highlight=False)


def show(document: Document, console: Console) -> None:
    """Print the whole document but its figures."""
    drawing = _Drawing(all_letters=console.encoding.lower().startswith("utf"))
    for drawn in drawing.document(document):
        console.print(drawn)


class _Drawing:
    """Parts of a document as what Rich prints."""

    def __init__(self, *, all_letters: bool) -> None:
        self.all_letters = all_letters

    def text(self, words: Words, style: str = "") -> Text:
        parts = [(self._letters(_words(piece)), _style(piece)) for piece in pieces(words)]
        return Text.assemble(*parts, style=style)

    def heading(self, words: Words) -> Text:
        """Of a column, with its line breaks."""
        lines = [self.text(line) for line in lines_of(words)]
        return Text("\n").join(lines)

    def _letters(self, said: str) -> str:
        text = legible(said)
        if self.all_letters:
            return text
        return re.sub(f"[{RAISED}]+", lambda power: f"^{power[0]}", text).translate(LETTERS)

    def document(self, document: Document) -> Iterator[RenderableType]:
        top: tuple[Words, ...] = (document.kind, document.title, document.about)
        yield from (self.text(words) for words in top if words)
        for paragraph in document.opening:
            yield from self.block(paragraph, document.answer)
        for section in (document.answer, *document.sections):
            yield self.text(section.title, "bold underline")
            if section == document.answer:
                yield ""
            for block in section.blocks:
                yield from self.block(block, section)

    def block(self, block: Block, section: Section) -> Iterator[RenderableType]:
        match block:
            case Paragraph():
                yield self.text(block.words, TONES[block.tone])
                yield ""
            case Points():
                yield from (self._point(item) for item in block.items)
                yield ""
            case Facts():
                yield self._pairs((self.text(name), self.text(number)) for name, number in block.pairs)
            case Cards():
                for card in block.cards:
                    yield from self._card(card)
            case Beside():
                for table in block.tables:
                    yield from self._table(table, section)
            case Table():
                yield from self._table(block, section)
            case Figure():
                pass  # Numbers that a figure draws stand in tables, too.

    def _point(self, words: Words) -> RenderableType:
        point = Grid.grid(padding=(0, 1, 0, 0))
        point.add_row(self.text("•"), self.text(words))
        return point

    def _pairs(self, pairs: Iterable[tuple[Text, Text]]) -> Padding:
        entry = Grid.grid(padding=(0, 2))
        for name, value in pairs:
            entry.add_row(name, value)
        return Padding(entry, (0, 0, 1, 2))

    def _card(self, card: Card) -> Iterator[RenderableType]:
        yield Text.assemble(self.text(card.title), ": ", (card.verdict, VERDICTS[Verdict(card.verdict)]))
        share = self.text(f"{card.number} ({card.beside})" if card.beside else card.number)
        yield Padding(Text(" ").join([share + Text("."), self.text(card.words)]), (0, 0, 1, 2))

    def _table(self, table: Table, section: Section) -> Iterator[RenderableType]:
        if table.title != section.title:
            yield self.text(table.title, "bold")
        yield _Fitting(self, table)
        for note in table.notes:
            yield self.text(note, TONES[Tone.NOTE])
        yield ""

    def side_by_side(self, table: Table) -> Grid:
        """A column per column."""
        drawn = _grid()
        for column in table.columns:
            side: JustifyMethod = "left" if column.left else "right"
            drawn.add_column(self.heading(column.heading), justify=side, vertical="bottom")
        for number, group in enumerate(table.groups):
            if group.heading:
                if number:
                    drawn.add_row()
                drawn.add_row(self.text(group.heading, "bold"))
            for row in group.rows:
                drawn.add_row(*map(self.text, row.cells), style="dim" if row.quiet else "")
        return drawn

    def turned(self, table: Table) -> Grid | None:
        """A column per row; None for tables of several groups or many rows."""
        if len(table.groups) > 1 or len(table.rows) > MOST_TURNED:
            return None
        drawn = _grid()
        first, *others = table.columns
        drawn.add_column(self.text(table.groups[0].heading or first.heading))
        for row in table.rows:
            drawn.add_column(self.text(row.cells[0]), justify="right")
        for number, column in enumerate(others, start=1):
            drawn.add_row(self.text(column.heading), *(self.text(row.cells[number]) for row in table.rows))
        return drawn

    def below_each_other(self, table: Table) -> Iterator[RenderableType]:
        """A block per row."""
        for group in table.groups:
            if group.heading:
                yield self.text(group.heading, "bold")
            for row in group.rows:
                headings = (self.text(column.heading) for column in table.columns)
                yield self._pairs(zip(headings, map(self.text, row.cells), strict=True))


@dataclass(frozen=True)
class _Fitting:
    """A table as it fits the terminal: as it is, else turned, else one row below the other."""

    drawing: _Drawing
    table: Table

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        for drawn in (self.drawing.side_by_side(self.table), self.drawing.turned(self.table)):
            if drawn and Measurement.get(console, options.update(width=1000), drawn).maximum <= options.max_width:
                yield drawn
                return
        yield from self.drawing.below_each_other(self.table)


def _words(piece: str | Span) -> str:
    return piece.words if isinstance(piece, Span) else piece


def _style(piece: str | Span) -> str:
    return STYLES[piece.style] if isinstance(piece, Span) else ""


def _grid() -> Grid:
    return Grid(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, padding=(0, 1, 0, 0))
