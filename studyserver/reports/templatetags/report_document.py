"""How a document's words become HTML, and which template draws a part of it."""

from collections.abc import Mapping

from django import template
from django.utils.html import escape, format_html
from django.utils.safestring import SafeString, mark_safe

from evaluation.output.document import Block, Column, Row, Span, Style, Table, Words, legible, lines_of, pieces

register = template.Library()
ELEMENTS = {Style.BOLD: "b", Style.ITALIC: "i", Style.CODE: "code", Style.LOWERED: "sub"}


@register.filter
def marked(words: Words) -> SafeString:
    """Text with its styles."""
    return mark_safe("".join(map(_piece, pieces(words))))  # Every piece of it is escaped.


@register.filter
def in_lines(heading: Words) -> SafeString:
    """A column's heading with its line breaks."""
    return mark_safe("<br>".join(map(marked, lines_of(heading))))  # As above.


def _piece(piece: str | Span) -> str:
    if not isinstance(piece, Span):
        return escape(legible(piece))
    if piece.style == Style.LINK:
        return format_html('<a href="#{}">{}</a>', piece.target, legible(piece.words))
    return format_html("<{0}>{1}</{0}>", ELEMENTS[piece.style], legible(piece.words))


@register.filter
def template_of(block: Block) -> str:
    """A part's template has the name of its kind."""
    return f"reports/blocks/{type(block).__name__.lower()}.html"


@register.filter
def of(drawings: Mapping[str, str], name: str) -> str:
    """The drawing of that name."""
    return drawings[name]


@register.filter
def in_columns(row: Row, table: Table) -> list[tuple[Column, str]]:
    """Each cell with its column."""
    return list(zip(table.columns, row.cells, strict=True))
