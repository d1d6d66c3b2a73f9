"""A table of votes, one line per vote: the data format of every analysis here, and how it is read from a CSV."""

import csv
from array import array
from collections.abc import Iterable, Iterator
from io import TextIOWrapper
from pathlib import Path

import numpy as np
import pandas as pd

OTHER_NAMES = {"s": "participant", "q": "question", "y": "chose"}
NEEDED = ("participant", "question", "chose")
ANSWERS = {"1": 1, "0": 0, "1.0": 1, "0.0": 0, "ours": 1, "baseline": 0, "true": 1, "false": 0}
SIDES = {"left": 1, "right": -1, "1": 1, "+1": 1, "-1": -1, "1.0": 1, "-1.0": -1, "": 0}
FLAGS = {"1": True, "0": False, "true": True, "false": False, "": False}
BINARY = {b"PAR1": "a Parquet file", b"PK\x03\x04": "a workbook or an archive"}
"""How files begin that are taken for tables of votes."""
CHOICES = "write 1 or 0, ours or baseline, or left or right with the side of the method under test in column side"


class VoteFileError(ValueError):
    """The file is not a table of votes; the message names the line or column, and the remedy."""


def read_votes(path: Path) -> pd.DataFrame:
    """Read a table of votes.

    Parameters
    ----------
    path : Path
        CSV (UTF-8) with columns ``participant, question, chose`` or ``s, q, y``, and where known ``section`` (else all
        votes are of one section), ``position``, ``side``, ``response_ms``, ``excluded`` and ``simulated``. ``chose`` is
        1/0, ``ours``/``baseline``, or ``left``/``right``, which needs ``side``: where the method under test stood,
        ``left``/``right`` or 1/-1. ``position`` is the place of the vote in its participant's order, such as 1 to 30.
        ``excluded`` is 1 for all votes of participants that a rule declared beforehand leaves out, ``simulated`` for
        votes that no person gave. Further columns are ignored.

    Returns
    -------
    DataFrame
        A row per vote, indexed by its line in the file: ``section``, ``participant``, ``question`` (categories in
        order of appearance), ``chose`` (1 for the method under test, else 0), ``side`` (1 where it stood left, -1
        right, 0 unknown), ``position`` and ``response_ms`` (not-a-number where unknown), ``excluded`` and
        ``simulated``.

    Raises
    ------
    VoteFileError
        The file cannot be read or is no CSV, a column is missing, there is no row, a value is none of these or
        missing, a participant has two votes on one question of a section, or is excluded for some votes only.
    """
    table = read_table(path)
    if table.columns.has_duplicates:
        raise VoteFileError(f"has two columns {table.columns[table.columns.duplicated()][0]}; remove one.")
    if table.empty:
        raise VoteFileError("holds no votes, only the names of its columns; export the votes again.")
    side = _coded(table, "side", SIDES, "write left or right (or 1 and -1): where the method under test stood")
    votes = pd.DataFrame(
        {
            "section": table["section"] if "section" in table else _constant("1", table.index),
            "participant": table["participant"],
            "question": table["question"],
            "chose": _chosen(table["chose"], side),
            "side": side.astype(np.int8),
            "position": _numbers(table, "position", "write the vote's place in its participant's order, or nothing"),
            "response_ms": _numbers(table, "response_ms", "write milliseconds, or nothing"),
            "excluded": _coded(table, "excluded", FLAGS, "write 1 or 0").astype(bool),
            "simulated": _coded(table, "simulated", FLAGS, "write 1 or 0").astype(bool),
        }
    )
    _refuse_nobodys_votes(votes)
    _refuse_second_votes(votes)
    _refuse_changed_flags(votes)
    return votes


def read_table(path: Path) -> pd.DataFrame:
    """All values of a CSV as categories of text without spaces around them, indexed by line.

    Each different text is kept once: a file of 118 MB (3 million votes) takes about 12 s and 0.4 GB at its peak.

    Raises
    ------
    VoteFileError
        The file cannot be read, is empty, is no UTF-8 text, lacks a column, or a line has a zero byte, or more or
        fewer values than columns.
    """
    try:
        # Spreadsheets put a mark before UTF-8, which is no part of the first column's name.
        with path.open("rb") as file, TextIOWrapper(file, encoding="utf-8-sig", newline="") as text:
            _refuse_other_kinds(file.peek())
            return _columns_of(csv.reader(text, strict=True))
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


def _refuse_other_kinds(start: bytes) -> None:
    """Refuse what people take for a table of text, by its first bytes."""
    kind = next((kind for magic, kind in BINARY.items() if start.startswith(magic)), None)
    if kind:
        raise VoteFileError(
            f"is {kind}, not text; save the table as CSV in UTF-8 (votes of a study: "
            "manage.py export_votes STUDY --out votes.csv)."
        )


def _columns_of(reader: Iterator[list[str]]) -> pd.DataFrame:
    lines = array("q")
    rows = _numbered_rows(reader)
    _, header = next(rows, (0, []))
    if not header:
        raise VoteFileError("is empty; export the votes again.")
    names = _names_of(header)
    codes = [array("i") for _ in header]
    texts: list[dict[str, int]] = [{} for _ in header]
    for line, row in rows:
        if len(row) != len(header):
            raise VoteFileError(f"line {line}: {len(row)} values for {len(header)} columns; complete or remove it.")
        lines.append(line)
        for code, known, text in zip(codes, texts, row, strict=True):
            code.append(known.setdefault(text, len(known)))
    index = pd.Index(np.asarray(lines))
    series = [pd.Series(_categories(*column), index=index) for column in zip(codes, texts, strict=True)]
    return pd.concat(series, axis=1).set_axis(names, axis=1)


def _names_of(header: list[str]) -> list[str]:
    """The columns' names. Asked for before any row: of a file of another kind, a row that does not fit says nothing."""
    names = [OTHER_NAMES.get(name.strip(), name.strip()) for name in header]
    missing = sorted(set(NEEDED) - set(names))
    if missing:
        raise VoteFileError(
            f"lacks the column{'s' * (len(missing) > 1)} {', '.join(missing)} (the header names {', '.join(names)}); "
            "name them participant, question, chose (or s, q, y), separated by commas."
        )
    return names


def _categories(codes: "array[int]", texts: Iterable[str]) -> "pd.Categorical[str]":
    """Categories of texts without the spaces around them."""
    stripped: dict[str, int] = {}
    merged = np.array([stripped.setdefault(text.strip(), len(stripped)) for text in texts], dtype=np.int64)
    return pd.Categorical.from_codes(merged[np.asarray(codes)], pd.Index(list(stripped)))


def _numbered_rows(reader: Iterator[list[str]]) -> Iterator[tuple[int, list[str]]]:
    """Rows with their lines, without empty ones, which spreadsheets write as commas."""
    try:
        for row in reader:
            line, text = reader.line_num, "".join(row)  # type: ignore[attr-defined]  # of the csv module's readers
            # Damaged text has them, and binary files of a kind that has no name here.
            if "\0" in text:
                raise VoteFileError(
                    f"line {line}: has a zero byte, which no text has; remove it, or save the table as CSV in UTF-8."
                )
            if text.strip():
                yield line, row
    except csv.Error as error:
        line = reader.line_num  # type: ignore[attr-defined]
        raise VoteFileError(f"line {line}: no CSV ({error}); save the table as CSV again.") from error


def _undecodable_line(path: Path) -> int:
    with path.open("rb") as file:
        for number, line in enumerate(file, start=1):
            try:
                line.decode()
            except UnicodeDecodeError:
                return number
    return number


def _constant(text: str, index: "pd.Index[int]") -> "pd.Series[str]":
    return pd.Series(pd.Categorical.from_codes(np.zeros(len(index), dtype=np.int8), pd.Index([text])), index=index)


def _coded(
    table: pd.DataFrame, column: str, meaning: dict[str, int] | dict[str, bool], remedy: str
) -> "pd.Series[int]":
    """The column's texts as numbers; 0 throughout where the table lacks it."""
    if column not in table:
        return pd.Series(0, index=table.index)
    texts = table[column]
    codes = np.array([meaning.get(text.lower(), np.nan) for text in texts.cat.categories])
    values = codes[texts.cat.codes]
    if np.isnan(values).any():
        line = table.index[np.isnan(values)][0]
        raise VoteFileError(f"line {line}: cannot read {column}={texts[line]!r}; {remedy}.")
    return pd.Series(values.astype(int), index=table.index)


def _chosen(chose: "pd.Series[str]", side: "pd.Series[int]") -> "pd.Series[int]":
    """1 for the method under test, 0 for the other."""
    texts = [text.lower() for text in chose.cat.categories]
    answers = np.array([ANSWERS.get(text, np.nan) for text in texts])[chose.cat.codes]
    picked = np.array([{"left": 1, "right": -1}.get(text, 0) for text in texts])[chose.cat.codes]
    values = np.where((picked != 0) & (side != 0), picked == side, answers)
    if np.isnan(values).any():
        line = chose.index[np.isnan(values)][0]
        raise VoteFileError(f"line {line}: cannot read chose={chose[line]!r} as a vote; {CHOICES}.")
    return pd.Series(values.astype(int), index=chose.index)


def _numbers(table: pd.DataFrame, column: str, remedy: str) -> "pd.Series[float]":
    """The column's numbers from 0 on; not-a-number where it is empty, and throughout where the table lacks it."""
    if column not in table:
        return pd.Series(np.nan, index=table.index)
    texts = table[column]
    known = pd.to_numeric(pd.Series(texts.cat.categories), errors="coerce").to_numpy(dtype=float)
    wrong = (np.isnan(known) & (texts.cat.categories != "")) | (known < 0) | np.isinf(known)
    if wrong.any():
        line = texts.index[wrong[texts.cat.codes]][0]
        raise VoteFileError(f"line {line}: cannot read {column}={texts[line]!r}; {remedy}.")
    return pd.Series(known[texts.cat.codes], index=table.index, dtype=float)


def _refuse_nobodys_votes(votes: pd.DataFrame) -> None:
    for column in ("section", "participant", "question"):
        blank = votes.index[votes[column] == ""]
        if len(blank):
            raise VoteFileError(f"line {blank[0]}: names no {column}; complete or remove it.")


def _refuse_second_votes(votes: pd.DataFrame) -> None:
    twice = votes.index[votes.duplicated(["section", "participant", "question"])]
    if len(twice):
        vote = votes.loc[twice[0]]
        raise VoteFileError(
            f"line {twice[0]}: participant {vote['participant']} has a second vote on question {vote['question']} of "
            f"section {vote['section']}; keep the first."
        )


def _refuse_changed_flags(votes: pd.DataFrame) -> None:
    """A participant is left out with all votes or with none."""
    flag = votes.groupby("participant", sort=False, observed=True)["excluded"].transform("first")
    changed = votes.index[votes["excluded"] != flag]
    if len(changed):
        name, excluded = votes.loc[changed[0], ["participant", "excluded"]]
        raise VoteFileError(
            f"line {changed[0]}: participant {name} is {'' if excluded else 'not '}excluded, other than in line "
            f"{votes.index[votes['participant'] == name][0]}; write the same in all lines of a participant."
        )
