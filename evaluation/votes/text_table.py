"""A table in a file of text, whichever program wrote it: how it is encoded and separated, and its values as text."""

import codecs
import csv
import re
from array import array
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from io import TextIOWrapper
from pathlib import Path

import numpy as np
import pandas as pd

from evaluation.votes.faults import Faults, VoteFileError

Tell = Callable[[str], object]
"""Given one line about what was recognised or left out."""

BINARY = {b"PAR1": "a Parquet file", b"PK\x03\x04": "a workbook or an archive"}
"""How files begin that are taken for tables of votes."""
MARKS = {
    codecs.BOM_UTF8: ("utf-8-sig", "UTF-8 with a byte order mark"),
    codecs.BOM_UTF16_LE: ("utf-16", "UTF-16"),
    codecs.BOM_UTF16_BE: ("utf-16", "UTF-16"),
}
SEPARATORS = {",": "commas", ";": "semicolons", "\t": "tabs"}
CONTROLS = re.compile(rb"[\x00-\x08\x0e-\x1f]")
"""Bytes that no text of one byte a character has."""
START = 4096
"""Bytes that tell a picture from a text."""


@dataclass(frozen=True)
class Layout:
    """How a file says what it says.

    Attributes
    ----------
    encoding, separator : str
        As the codecs and csv modules name them.
    words : str
        The same for people; empty for what the documentation asks for, UTF-8 and commas.
    """

    encoding: str
    separator: str
    words: str


def read_table(
    path: Path, needed: Iterable[str], other_names: dict[str, str], faults: Faults, tell: Tell
) -> pd.DataFrame:
    """All values of a table as categories of text without spaces around them, indexed by line.

    Each different text is kept once: a file of 118 MB (3 million votes) takes about 12 s and 0.4 GB at its peak.

    Parameters
    ----------
    path : Path
        Values separated by commas, semicolons or tabs, in UTF-8, UTF-16 with a byte order mark, or Windows-1252.
    needed : iterable of str
        Columns that must be there, whatever the case of their names.
    other_names : dict of str to str
        Short names of columns, and what they stand for.
    faults : Faults
        Where lines are noted that have more or fewer values than columns, or a zero byte; the table lacks them.
    tell : callable
        Told what was recognised, and which columns were left out because they have no name.

    Raises
    ------
    VoteFileError
        The file cannot be read, is empty, is no text, or lacks a column.
    """
    try:
        layout = _layout(path, set(needed), other_names)
        with path.open("rb") as file, TextIOWrapper(file, encoding=layout.encoding, newline="") as text:
            reader = csv.reader(text, delimiter=layout.separator, strict=True)
            table = _columns_of(reader, set(needed), other_names, faults, tell)
    except FileNotFoundError:
        raise VoteFileError("no such file; name a CSV of votes.") from None
    except IsADirectoryError:
        raise VoteFileError("is a folder; name a CSV of votes in it.") from None
    except UnicodeDecodeError:
        raise VoteFileError(
            f"line {_undecodable_line(path)}: not UTF-8 text; save the table as CSV in UTF-8."
        ) from None
    except OSError as error:
        raise VoteFileError(f"cannot be read ({error.strerror}); correct its permissions or name another.") from error
    if layout.words:
        tell(f"read as {layout.words}.")
    return table


def _layout(path: Path, needed: set[str], other_names: dict[str, str]) -> Layout:
    encoding, encoded = _encoding(path)
    with path.open(encoding=encoding, newline="") as text:
        first = next((line for line in text if line.strip()), "").rstrip("\r\n")
    declared = _declared_separator(first)
    fitting = (each for each in SEPARATORS if needed <= set(_names(_separated(first, each), other_names)))
    separator = declared or next(fitting, ",")
    usual = encoding == "utf-8" and separator == ","
    words = "" if usual else f"{encoded}, separated by {SEPARATORS.get(separator, repr(separator))}"
    return Layout(encoding, separator, words)


def _separated(line: str, separator: str) -> list[str]:
    """Values of a line; none where one is longer than the csv module takes, as of a long line without the separator."""
    try:
        return next(csv.reader([line], delimiter=separator))
    except csv.Error:
        return []


def _declared_separator(line: str) -> str | None:
    """The separator that a spreadsheet wrote into the first line, such as ``sep=;``."""
    found = re.fullmatch(r'"?sep=(.)"?', line, re.IGNORECASE)
    return found[1] if found else None


def _encoding(path: Path) -> tuple[str, str]:
    """Encoding of a text, for the codecs and for people."""
    with path.open("rb") as file:
        start = file.read(START)
    _refuse_other_kinds(start)
    for mark, found in MARKS.items():
        if start.startswith(mark):
            return found
    if _is_utf8(path) or CONTROLS.search(start):
        return "utf-8", "UTF-8"
    return "cp1252", "Windows-1252"


def _refuse_other_kinds(start: bytes) -> None:
    """Refuse what people take for a table of text, by its first bytes."""
    kind = next((kind for magic, kind in BINARY.items() if start.startswith(magic)), None)
    if kind:
        raise VoteFileError(
            f"is {kind}, not text; save the table as CSV in UTF-8 (votes of a study: "
            "manage.py export_votes STUDY --out votes.csv)."
        )


def _is_utf8(path: Path) -> bool:
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        with path.open("rb") as file:
            for part in iter(lambda: file.read(1 << 20), b""):
                decoder.decode(part)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def _undecodable_line(path: Path) -> int:
    with path.open("rb") as file:
        for number, line in enumerate(file, start=1):
            try:
                line.decode()
            except UnicodeDecodeError:
                return number
    return number


def _names(header: list[str], other_names: dict[str, str]) -> list[str]:
    """Columns' names without case; short ones in full."""
    plain = [name.strip().casefold() for name in header]
    return [other_names.get(name, name) for name in plain]


def _columns_of(
    reader: Iterator[list[str]], needed: set[str], other_names: dict[str, str], faults: Faults, tell: Tell
) -> pd.DataFrame:
    rows = _numbered_rows(reader, faults)
    header = next((row for _, row in rows if not (len(row) <= 2 and row[0].lower().startswith("sep="))), [])
    faults.refuse()  # A damaged header names no column.
    if not header:
        raise VoteFileError("is empty; export the votes again.")
    names = _names(header, other_names)
    _refuse_missing(names, needed, header)
    named_columns = len("".join("x" if name else " " for name in names).rstrip())
    table, narrow = _categories_by_column(rows, named_columns, len(header), faults)
    named = _with_names(table, names, narrow, faults, tell)
    if named.empty:
        faults.refuse()
        raise VoteFileError("holds no votes, only the names of its columns; export the votes again.")
    return named


def _refuse_missing(names: list[str], needed: set[str], header: list[str]) -> None:
    """Asked for before any row: of a file of another kind, a row that does not fit says nothing."""
    missing = sorted(needed - set(names))
    if missing:
        raise VoteFileError(
            f"lacks the column{'s' * (len(missing) > 1)} {', '.join(missing)} (the header names "
            f"{', '.join(name.strip() for name in header)}); name them participant, question, chose (or s, q, y), "
            "separated by commas."
        )


def _categories_by_column(
    rows: Iterator[tuple[int, list[str]]], columns: int, width: int, faults: Faults
) -> tuple[pd.DataFrame, "array[int]"]:
    """The table, as wide as its first row, and the lines that are not as wide; empty values may be missing."""
    lines, narrow = array("q"), array("q")
    codes: list[array[int]] = []
    texts: list[dict[str, int]] = []
    for line, row in rows:
        if not codes:
            width = max(len(row), width)
            codes, texts = [array("i") for _ in range(width)], [{} for _ in range(width)]
        if len(row) < columns or any(text.strip() for text in row[width:]):
            faults.add([line], _wrong_length(len(row), columns))
            continue
        lines.append(line)
        if len(row) < width:
            narrow.append(line)
        for code, known, text in zip(codes, texts, _fitted(row, width), strict=True):
            code.append(known.setdefault(text, len(known)))
    index = pd.Index(np.asarray(lines))
    series = {place: pd.Series(_categories(*each), index) for place, each in enumerate(zip(codes, texts, strict=True))}
    return pd.DataFrame(series, index=index), narrow


def _wrong_length(values: int, columns: int) -> Callable[[int], str]:
    return lambda _: f"{values} values for {columns} columns; complete or remove it."


def _fitted(row: list[str], width: int) -> list[str]:
    return row if len(row) == width else [*row, *[""] * (width - len(row))][:width]


def _with_names(
    table: pd.DataFrame, names: list[str], narrow: "array[int]", faults: Faults, tell: Tell
) -> pd.DataFrame:
    """The table under its names, without columns that have none."""
    surplus = table.columns[len(names) :]
    filled = [place for place in surplus if (table[place] != "").any()]
    if filled and len(surplus) == 1:
        # R writes the names of its rows into a first column that the header does not name.
        faults.add(narrow, _wrong_length(len(names), len(names) + 1))
        tell("left out the first column, which the header does not name (R's names of rows).")
        return _named(table.drop(index=list(narrow)), ["", *names], lambda _: None)
    for place in filled:
        faults.add(table.index[table[place] != ""], _wrong_length(len(table.columns), len(names)))
    return _named(table, [*names, *[""] * len(surplus)], tell)


def _named(table: pd.DataFrame, names: list[str], tell: Tell) -> pd.DataFrame:
    places = pd.RangeIndex(len(names))
    if len(table.columns) < len(names):  # No row: the names alone.
        table = pd.DataFrame(index=table.index, columns=places)
    for place, name in enumerate(names):
        if not name and (table[place] != "").any():
            tell(f"left out column {place + 1}, which has no name.")
    kept = [place for place, name in enumerate(names) if name]
    return table[kept].set_axis([names[place] for place in kept], axis=1)


def _categories(codes: "array[int]", texts: Iterable[str]) -> "pd.Categorical[str]":
    """Categories of texts without the spaces around them."""
    stripped: dict[str, int] = {}
    merged = np.array([stripped.setdefault(text.strip(" \t\r\n"), len(stripped)) for text in texts], dtype=np.int64)
    return pd.Categorical.from_codes(merged[np.asarray(codes)], pd.Index(list(stripped), dtype="str"))


def _numbered_rows(reader: Iterator[list[str]], faults: Faults) -> Iterator[tuple[int, list[str]]]:
    """Rows with their lines, without empty ones, which spreadsheets write as commas."""
    try:
        for row in reader:
            line, text = reader.line_num, "".join(row)  # type: ignore[attr-defined]  # of the csv module's readers
            # Damaged text has them, and binary files of a kind that has no name here.
            if "\0" in text:
                faults.add(
                    [line],
                    lambda _: "has a zero byte, which no text has; remove it, or save the table as CSV in UTF-8.",
                )
            elif text.strip():
                yield line, row
    except csv.Error as error:
        found = str(error)
        faults.add([reader.line_num], lambda _: f"no CSV ({found}); save the table as CSV again.")  # type: ignore[attr-defined]
