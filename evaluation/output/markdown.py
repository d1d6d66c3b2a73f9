"""Tables in Markdown, for a terminal and for the documentation."""

from collections.abc import Iterable, Mapping


def rows(corner: str, columns: Iterable[str], body: Mapping[str, Iterable[str]]) -> list[str]:
    """Lines of a table with aligned columns, a row per entry of `body`.

    Examples
    --------
    >>> print(*rows("method", ["votes"], {"ours": ["955"], "baseline": ["585"]}), sep="\\n")
    | method   | votes |
    |----------|-------|
    | ours     | 955   |
    | baseline | 585   |
    """
    cells = [[corner, *columns], *([name, *values] for name, values in body.items())]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    lines = ["| " + " | ".join(map(str.ljust, row, widths)) + " |" for row in cells]
    return [lines[0], "|" + "|".join("-" * (width + 2) for width in widths) + "|", *lines[1:]]
