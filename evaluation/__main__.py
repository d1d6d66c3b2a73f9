"""The statistics of a vote file: ``python -m evaluation VOTES.csv [--format text|json]``."""

import argparse
import csv
import io
import json
import math
import sys
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from evaluation.crossed import CrossedTest, crossed_test
from evaluation.multiplicity import holm
from evaluation.preference import PreferenceTest, preference_test

COLUMNS = {"s": "participant", "q": "question", "y": "chose"}
ANSWERS = {"1": 1, "0": 0, "1.0": 1, "0.0": 0, "ours": 1, "baseline": 0, "true": 1, "false": 0}


@dataclass(frozen=True)
class SectionTests:
    """Both tests of one section; ``crossed`` is None with fewer than two participants or questions."""

    section: str
    independent: PreferenceTest
    crossed: CrossedTest | None
    holm_p_value: float


class VoteFileError(ValueError):
    """The file is not a table of votes; the message names the line or column, and the remedy."""


def read_votes(path: Path) -> pd.DataFrame:
    """Read votes as columns ``section``, ``participant``, ``question`` and ``chose`` (1 for the method under test).

    Parameters
    ----------
    path : Path
        CSV (UTF-8) with columns ``participant, question, section, side, chose`` or ``s, q, side, y``. ``section`` may
        be absent (one section). ``chose`` is 1/0, ``ours``/``baseline``, or ``left``/``right``; the latter needs
        ``side``, the side where the method under test stood: ``left``/``right`` or 1/-1.

    Returns
    -------
    DataFrame
        The index holds the lines of the file.

    Raises
    ------
    VoteFileError
        The file cannot be read or is no CSV, a column is missing, there is no row, or a value is none of these.
    """
    votes = read_table(path).rename(columns=COLUMNS)
    missing = {"participant", "question", "chose"} - set(votes.columns)
    if missing:
        raise VoteFileError(
            f"lacks the column{'s' * (len(missing) > 1)} {', '.join(sorted(missing))} "
            f"(the header names {', '.join(votes.columns)}); name them participant, question, chose (or s, q, y), "
            "separated by commas."
        )
    if votes.columns.has_duplicates:
        raise VoteFileError(f"has two columns {votes.columns[votes.columns.duplicated()][0]}; remove one.")
    if votes.empty:
        raise VoteFileError("holds no votes, only the names of its columns; export the votes again.")
    if "section" not in votes.columns:
        votes["section"] = "1"
    chose = votes["chose"].str.strip().str.lower()
    side = votes.get("side", pd.Series("", index=votes.index)).str.strip().str.lower()
    ours_side = side.replace({"1": "left", "-1": "right", "+1": "left"})
    sided = chose.isin(["left", "right"]) & ours_side.isin(["left", "right"])
    code = chose.map(ANSWERS).where(~sided, (chose == ours_side).astype(int))
    if code.isna().any():
        line = code.index[code.isna()][0]
        raise VoteFileError(
            f"line {line}: cannot read chose={votes['chose'][line]!r} as a vote; "
            "write 1 or 0, ours or baseline, or left or right with the side of the method under test in column side."
        )
    return votes[["section", "participant", "question"]].assign(chose=code.astype(int))


def read_table(path: Path) -> pd.DataFrame:
    """All values of a CSV as text, indexed by line.

    Raises
    ------
    VoteFileError
        The file cannot be read, is empty, is no UTF-8 text, or a line has more or fewer values than columns.
    """
    content = _text_of(path)
    if not content.strip():
        raise VoteFileError("is empty; export the votes again.")
    reader = csv.reader(io.StringIO(content, newline=""), strict=True)
    rows: dict[int, list[str]] = {}
    try:
        filled = (row for row in reader if any(map(str.strip, row)))  # Spreadsheets write an empty row as commas.
        columns = [name.strip() for name in next(filled, [])]
        for row in filled:
            if len(row) != len(columns):
                raise VoteFileError(
                    f"line {reader.line_num}: {len(row)} values for {len(columns)} columns; complete or remove it."
                )
            rows[reader.line_num] = row
    except csv.Error as error:
        raise VoteFileError(f"line {reader.line_num}: no CSV ({error}); save the table as CSV again.") from error
    return pd.DataFrame.from_dict(rows, orient="index", columns=columns, dtype=str)


def _text_of(path: Path) -> str:
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        raise VoteFileError("no such file; name a CSV of votes.") from None
    except IsADirectoryError:
        raise VoteFileError("is a folder; name a CSV of votes in it.") from None
    except OSError as error:
        raise VoteFileError(f"cannot be read ({error.strerror}); correct its permissions or name another.") from error
    try:
        # Spreadsheets put a mark before UTF-8, which is no part of the first column's name.
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise VoteFileError(f"line {line}: not UTF-8 text; save the table as CSV in UTF-8.") from error


def analyse(votes: pd.DataFrame) -> list[SectionTests]:
    """Both tests of each section, with Holm's adjustment over the sections.

    Raises
    ------
    VoteFileError
        A participant answered a question of a section twice, or not at all.
    """
    results = []
    for section, part in votes.groupby("section", sort=False):
        twice = part.index[part.duplicated(["participant", "question"])]
        if len(twice):
            vote = part.loc[twice[0]]
            raise VoteFileError(
                f"line {twice[0]}: participant {vote['participant']} has a second vote on question "
                f"{vote['question']} of section {section}; keep the first."
            )
        table = part.pivot(index="participant", columns="question", values="chose")
        if table.isna().to_numpy().any():
            person, question = np.argwhere(table.isna().to_numpy())[0]
            raise VoteFileError(
                f"participant {table.index[person]} has no vote on question {table.columns[question]} of section "
                f"{section}, which others have; drop the participants who are incomplete."
            )
        crossed = crossed_test(table.to_numpy()) if min(table.shape) >= 2 else None
        independent = preference_test(int(part["chose"].sum()), len(part))
        results.append(SectionTests(str(section), independent, crossed, math.nan))
    adjusted = holm([result.crossed.p_value if result.crossed else math.nan for result in results])
    return [replace(result, holm_p_value=p) for result, p in zip(results, adjusted, strict=True)]


def as_text(results: list[SectionTests]) -> str:
    """A few lines per section."""
    lines = []
    for result in results:
        test, crossed = result.independent, result.crossed
        lines += [
            f"section {result.section}: {test.votes_for} of {test.votes} votes ({100 * test.share:.1f} %)",
            f"  votes as independent: p = {test.p_value:.4g}, critical count {test.critical_count} "
            f"(paper's bound {test.paper_bound}), 95 % {test.interval.low:.4f}-{test.interval.high:.4f}",
        ]
        if crossed is None or not crossed.estimable:
            lines.append("  participants x questions: not estimable (all answers equal, or fewer than two of either)")
        else:
            lines.append(
                f"  participants x questions ({crossed.participants} x {crossed.questions}): "
                f"t({crossed.df:.2f}) = {crossed.t:.4f}, p = {crossed.p_value:.4g}, Holm p = "
                f"{result.holm_p_value:.4g}, 95 % {crossed.interval.low:.4f}-{crossed.interval.high:.4f}, "
                f"design effect {crossed.design_effect:.3f}"
            )
    return "\n".join(lines)


def as_json(results: list[SectionTests]) -> str:
    """The result objects as they are; null where nothing can be estimated."""

    def plain(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: plain(entry) for key, entry in value.items()}
        return None if isinstance(value, float) and math.isnan(value) else value

    return json.dumps([plain(asdict(result)) for result in results], indent=2)


def main(arguments: list[str] | None = None) -> int:
    """Print the statistics; the exit status is 2 where the file cannot be used."""
    parser = argparse.ArgumentParser(
        prog="python -m evaluation",
        description="Test whether a method is preferred, from a table of votes: one line per vote.",
    )
    parser.add_argument(
        "votes",
        type=Path,
        metavar="VOTES.csv",
        help="With columns participant, question and chose (ours or baseline, 1 or 0, or left or right); optionally "
        "section, and side: where the method under test stood.",
    )
    parser.add_argument("--format", choices=["text", "json"], default="text", help="Of the result (default: text).")
    chosen = parser.parse_args(arguments)
    try:
        results = analyse(read_votes(chosen.votes))
    except VoteFileError as error:
        sys.stderr.write(f"error: {chosen.votes}: {error}\n")
        return 2
    sys.stdout.write((as_json if chosen.format == "json" else as_text)(results) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
