"""A table of votes, one line per vote: the data format of every analysis here, and how it is read from a CSV."""

from pathlib import Path

import numpy as np
import pandas as pd

from evaluation.votes.faults import Faults, VoteFileError
from evaluation.votes.spellings import skeleton, warned
from evaluation.votes.text_table import Tell, read_table

OTHER_NAMES = {"s": "participant", "q": "question", "y": "chose"}
NEEDED = ("participant", "question", "chose")
LABELS = ("section", "participant", "question")
ANSWERS = {"1": 1, "0": 0, "1.0": 1, "0.0": 0, "ours": 1, "baseline": 0, "true": 1, "false": 0}
SIDES = {"left": 1, "right": -1, "1": 1, "+1": 1, "-1": -1, "1.0": 1, "-1.0": -1, "": 0}
FLAGS = {"1": True, "0": False, "true": True, "false": False, "": False}
CHOICES = "write 1 or 0, ours or baseline, or left or right with the side of the method under test in column side"
LARGEST_NUMBER = 1e12
"""More milliseconds than thirty years have; with much larger numbers sums overflow."""


def read_votes(path: Path, *, same_ids: bool = False, tell: Tell = lambda _: None) -> pd.DataFrame:
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
    same_ids : bool, optional
        Take names that look alike for one: they differ in case, spaces or characters that nobody sees.
    tell : callable, optional
        Told, line by line, how the file was read where it is written otherwise, which columns were left out because
        they have no name, and which names look alike.

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
        The file cannot be read or is no table, a column is missing, there is no row, a value is none of these or
        missing, a participant has two votes on one question of a section, or is excluded for some votes only. Faulty
        lines are named together.
    """
    faults = Faults()
    table = read_table(path, NEEDED, OTHER_NAMES, faults, tell)
    _refuse_columns(table)
    side = _coded(table, "side", SIDES, "write left or right (or 1 and -1): where the method under test stood", faults)
    votes = pd.DataFrame(
        {
            **{name: _names(table, name, same=same_ids, tell=tell) for name in LABELS},
            "chose": _chosen(table["chose"], side, faults),
            "side": side.astype(np.int8),
            "position": _numbers(
                table, "position", "write the vote's place in its participant's order, or nothing", faults
            ),
            "response_ms": _numbers(table, "response_ms", "write milliseconds, or nothing", faults),
            "excluded": _coded(table, "excluded", FLAGS, "write 1 or 0", faults).astype(bool),
            "simulated": _coded(table, "simulated", FLAGS, "write 1 or 0", faults).astype(bool),
        }
    )
    _find_nobodys_votes(votes, faults)
    _find_second_votes(votes, faults)
    _find_changed_flags(votes, faults)
    faults.refuse()
    return votes


def _refuse_columns(table: pd.DataFrame) -> None:
    if table.columns.has_duplicates:
        raise VoteFileError(f"has two columns {table.columns[table.columns.duplicated()][0]}; remove one.")
    if {"left", "right"} <= set(table.columns):
        raise VoteFileError(
            "names the methods that stood left and right in each line; write instead in a column side where the "
            "method under test stood (left or right), and in chose whether it was chosen (1 or 0)."
        )


def _names(table: pd.DataFrame, column: str, *, same: bool, tell: Tell) -> "pd.Series[str]":
    if column not in table:
        ones = pd.Categorical.from_codes(np.zeros(len(table), dtype=np.int8), pd.Index(["1"]))
        return pd.Series(ones, index=table.index)
    return warned(table[column], column, same=same, tell=tell)


def _coded(
    table: pd.DataFrame, column: str, meaning: dict[str, int] | dict[str, bool], remedy: str, faults: Faults
) -> "pd.Series[int]":
    """The column's texts as numbers; 0 throughout where the table lacks it, and where it cannot be read."""
    if column not in table:
        return pd.Series(0, index=table.index)
    texts = table[column]
    codes = np.array([meaning.get(text.strip().lower(), np.nan) for text in texts.cat.categories])
    values = codes[texts.cat.codes]
    faults.add(table.index[np.isnan(values)], lambda line: f"cannot read {column}={texts[line]!r}; {remedy}.")
    return pd.Series(np.nan_to_num(values).astype(int), index=table.index)


def _chosen(chose: "pd.Series[str]", side: "pd.Series[int]", faults: Faults) -> "pd.Series[int]":
    """1 for the method under test, 0 for the other, and where the vote cannot be read."""
    texts = [text.strip().lower() for text in chose.cat.categories]
    answers = np.array([ANSWERS.get(text, np.nan) for text in texts])[chose.cat.codes]
    picked = np.array([{"left": 1, "right": -1}.get(text, 0) for text in texts])[chose.cat.codes]
    values = np.where((picked != 0) & (side != 0), picked == side, answers)
    faults.add(chose.index[np.isnan(values)], lambda line: f"cannot read chose={chose[line]!r} as a vote; {CHOICES}.")
    return pd.Series(np.nan_to_num(values).astype(int), index=chose.index)


def _numbers(table: pd.DataFrame, column: str, remedy: str, faults: Faults) -> "pd.Series[float]":
    """The column's numbers, 0 to `LARGEST_NUMBER`; not-a-number where it is empty, and all where the table lacks it."""
    if column not in table:
        return pd.Series(np.nan, index=table.index)
    texts = table[column]
    known = pd.to_numeric(pd.Series(texts.cat.categories), errors="coerce").to_numpy(dtype=float)
    wrong = (np.isnan(known) & (texts.cat.categories != "")) | (known < 0) | (known > LARGEST_NUMBER)
    faults.add(texts.index[wrong[texts.cat.codes]], lambda line: f"cannot read {column}={texts[line]!r}; {remedy}.")
    return pd.Series(known[texts.cat.codes], index=table.index, dtype=float)


def _find_nobodys_votes(votes: pd.DataFrame, faults: Faults) -> None:
    def words(line: int) -> str:
        column = next(name for name in LABELS if not skeleton(str(votes.loc[line, name])))
        return f"names no {column}; complete or remove it."

    for column in LABELS:
        blank = {name for name in votes[column].cat.categories if not skeleton(name)}
        faults.add(votes.index[votes[column].isin(blank)], words)


def _find_second_votes(votes: pd.DataFrame, faults: Faults) -> None:
    def words(line: int) -> str:
        vote = votes.loc[line]
        return (
            f"participant {vote['participant']} has a second vote on question {vote['question']} of "
            f"section {vote['section']}; keep the first."
        )

    faults.add(votes.index[votes.duplicated([*LABELS])], words)


def _find_changed_flags(votes: pd.DataFrame, faults: Faults) -> None:
    """A participant is left out with all votes or with none."""

    def words(line: int) -> str:
        name, excluded = votes.loc[line, ["participant", "excluded"]]
        return (
            f"participant {name} is {'' if excluded else 'not '}excluded, other than in line "
            f"{votes.index[votes['participant'] == name][0]}; write the same in all lines of a participant."
        )

    flag = votes.groupby("participant", sort=False, observed=True)["excluded"].transform("first")
    faults.add(votes.index[votes["excluded"] != flag], words)
