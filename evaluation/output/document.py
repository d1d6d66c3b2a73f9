"""What a report says, as data: words, tables and places of figures. Page, print, LaTeX and terminal draw it.

Whoever builds a document writes every number and sentence once; a drawing adds layout, no words. Text of users (titles,
names, prompts) stands in it as it was typed, and each drawing writes the signs of its own language harmlessly.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum


class Style(StrEnum):
    """How a few words differ from those around them."""

    BOLD = "bold"
    ITALIC = "italic"
    CODE = "code"
    LOWERED = "lowered"
    LINK = "link"


@dataclass(frozen=True)
class Span:
    """A few words of their own style; ``target`` is the key of the part of the document that a link leads to."""

    words: str
    style: Style
    target: str = ""


Words = str | tuple[str | Span, ...]
"""Text, in pieces where a part of it has a style. A line break is wanted in the heading of a column, else a space."""


def bold(words: str) -> Span:
    """Words that lead a sentence or carry it."""
    return Span(words, Style.BOLD)


def italic(words: str) -> Span:
    """The letter of a statistic."""
    return Span(words, Style.ITALIC)


def code(words: str) -> Span:
    """A name or hash that is read letter by letter."""
    return Span(words, Style.CODE)


def lowered(words: str) -> Span:
    """An index."""
    return Span(words, Style.LOWERED)


def link(words: str, target: str) -> Span:
    """Leads to the section of that key."""
    return Span(words, Style.LINK, target)


def pieces(words: Words) -> Iterator[str | Span]:
    """The parts of a text, in order."""
    yield from (words,) if isinstance(words, str) else words


def lines_of(heading: Words) -> list[Words]:
    """A column's heading in the lines that are wanted.

    Examples
    --------
    >>> [plain(line) for line in lines_of((italic("p"), ", adjusted\\n(Holm)"))]
    ['p, adjusted', '(Holm)']
    """
    lines: list[list[str | Span]] = [[]]
    for piece in pieces(heading):
        if isinstance(piece, Span):
            lines[-1].append(piece)
            continue
        first, *others = piece.split("\n")
        lines[-1].append(first)
        lines += [[line] for line in others]
    return [tuple(line) for line in lines]


def legible(text: str) -> str:
    """A text without letters that steer a terminal or break a file; spaces that do not break stay.

    Examples
    --------
    >>> legible("red\\x1b[31m\\nface")
    'red [31m face'
    """
    return "".join(letter if letter.isprintable() or letter == "\N{NO-BREAK SPACE}" else " " for letter in text)


def plain(words: Words) -> str:
    """The text without its styles; wanted line breaks are spaces.

    Examples
    --------
    >>> plain((italic("p"), ",\\none-sided"))
    'p, one-sided'
    """
    return "".join(piece.words if isinstance(piece, Span) else piece for piece in pieces(words)).replace("\n", " ")


class Tone(StrEnum):
    """What a paragraph is to its reader."""

    TEXT = "text"
    NOTE = "note"
    """Small print."""
    QUOTE = "quote"
    """To be taken elsewhere as it is."""
    REMARK = "remark"
    """Set apart: changes how everything else is read."""
    WARNING = "warning"
    """Set apart before everything else: the report is not what it looks like."""


@dataclass(frozen=True)
class Paragraph:
    """Sentences."""

    words: Words
    tone: Tone = Tone.TEXT


@dataclass(frozen=True)
class Points:
    """A list, one statement each."""

    items: tuple[Words, ...]


@dataclass(frozen=True)
class Facts:
    """Names of single numbers, and the numbers."""

    pairs: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Card:
    """One result at a glance.

    Attributes
    ----------
    title : str
        What it is about.
    verdict : str
        In a word or two, for colours.
    number, beside : str
        The result as a number, and its interval; the latter is empty where there is none.
    words : Words
        What it means.
    """

    title: str
    verdict: str
    number: str
    beside: str
    words: Words


@dataclass(frozen=True)
class Cards:
    """Results side by side."""

    cards: tuple[Card, ...]


@dataclass(frozen=True)
class Column:
    """A column's heading, and how its cells are set: numbers to the right, words to the left, hashes as code."""

    heading: Words
    left: bool = False
    code: bool = False


@dataclass(frozen=True)
class Row:
    """The written cells of a row, one per column; a quiet one is there to compare with."""

    cells: tuple[str, ...]
    quiet: bool = False


@dataclass(frozen=True)
class Group:
    """Rows under a heading of their own; without one where it is empty."""

    heading: str
    rows: tuple[Row, ...]


@dataclass(frozen=True)
class Table:
    """A table.

    Attributes
    ----------
    title : str
        What it shows.
    columns : tuple of Column
        The first names the row.
    groups : tuple of Group
        The rows, in order.
    notes : tuple of Words
        Below it.
    folded : str
        What opens it where many rows can be folded away; empty for a table that always stands open.
    """

    title: str
    columns: tuple[Column, ...]
    groups: tuple[Group, ...]
    notes: tuple[Words, ...] = ()
    folded: str = ""

    def __post_init__(self) -> None:
        for row in self.rows:
            if len(row.cells) != len(self.columns):
                raise ValueError(f"table {self.title!r} has {len(self.columns)} columns, a row of it {row.cells}")

    @property
    def rows(self) -> tuple[Row, ...]:
        """Those of all groups."""
        return tuple(row for group in self.groups for row in group.rows)


def rows(cells: Iterable[Iterable[str]]) -> tuple[Group, ...]:
    """Rows without headings between them, as :class:`Table` takes them."""
    return (Group("", tuple(Row(tuple(row)) for row in cells)),)


@dataclass(frozen=True)
class Beside:
    """Small tables side by side."""

    tables: tuple[Table, ...]


@dataclass(frozen=True)
class Figure:
    """The place of a drawing: its name, what it shows for those who do not see it, and what stands below it."""

    name: str
    instead: str
    caption: str = ""


Block = Paragraph | Points | Facts | Cards | Table | Beside | Figure


@dataclass(frozen=True)
class Section:
    """A part of a document under a heading; ``key`` is its address within it."""

    key: str
    title: str
    blocks: tuple[Block, ...]


@dataclass(frozen=True)
class Document:
    """A report.

    Attributes
    ----------
    kind : str
        What it is.
    title : str
        Of the study.
    about : Words
        Whose, which and of when.
    opening : tuple of Paragraph
        Before everything else: warnings and remarks.
    answer : Section
        Its title is the headline.
    sections : tuple of Section
        All else.
    """

    kind: str
    title: str
    about: Words
    opening: tuple[Paragraph, ...]
    answer: Section
    sections: tuple[Section, ...]

    @property
    def headline(self) -> str:
        """The answer in a sentence or two."""
        return self.answer.title

    @property
    def tables(self) -> tuple[Table, ...]:
        """All of them, in order."""
        found: list[Table] = []
        for section in (self.answer, *self.sections):
            for block in section.blocks:
                found += block.tables if isinstance(block, Beside) else [block] if isinstance(block, Table) else []
        return tuple(found)
