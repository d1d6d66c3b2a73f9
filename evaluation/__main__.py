"""The statistics of a vote file: ``python -m evaluation VOTES.csv [--format text|json]``."""

import argparse
import json
import math
import sys
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import pandas as pd

from evaluation.crossed import CrossedTest, crossed_test
from evaluation.preference import PreferenceTest, holm, preference_test

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
    """The file is not a table of votes; the message names the column or row."""


def read_votes(path: Path) -> pd.DataFrame:
    """Read votes as columns ``section``, ``participant``, ``question`` and ``chose`` (1 for the method under test).

    Parameters
    ----------
    path : Path
        CSV with columns ``participant, question, section, side, chose`` or ``s, q, side, y``. ``section`` may be
        absent (one section). ``chose`` is 1/0, ``ours``/``baseline``, or ``left``/``right``; the latter needs
        ``side``, the side where the method under test stood: ``left``/``right`` or 1/-1.

    Raises
    ------
    VoteFileError
        A column is missing, there is no row, or a value is none of these.
    """
    votes = pd.read_csv(path, dtype=str, keep_default_na=False).rename(columns=COLUMNS)
    missing = {"participant", "question", "chose"} - set(votes.columns)
    if missing:
        raise VoteFileError(
            f"{path} lacks the column{'s' * (len(missing) > 1)} {', '.join(sorted(missing))}; "
            "it needs participant, question, chose (or s, q, y)."
        )
    if votes.empty:
        raise VoteFileError(f"{path} holds no votes, only the names of its columns; export the votes again.")
    if "section" not in votes.columns:
        votes["section"] = "1"
    chose = votes["chose"].str.strip().str.lower()
    side = votes.get("side", pd.Series("", index=votes.index)).str.strip().str.lower()
    ours_side = side.replace({"1": "left", "-1": "right", "+1": "left"})
    sided = chose.isin(["left", "right"]) & ours_side.isin(["left", "right"])
    code = chose.map(ANSWERS).where(~sided, (chose == ours_side).astype(int))
    if code.isna().any():
        row = int(code.isna().to_numpy().argmax())
        raise VoteFileError(
            f"{path}, line {row + 2}: cannot read chose={votes['chose'].iloc[row]!r} as a vote; "
            "write 1 or 0, ours or baseline, or left or right with the side of the method under test in column side."
        )
    return votes[["section", "participant", "question"]].assign(chose=code.astype(int))


def analyse(votes: pd.DataFrame) -> list[SectionTests]:
    """Both tests of each section, with Holm's adjustment over the sections.

    Raises
    ------
    VoteFileError
        A participant answered a question of a section twice, or not at all.
    """
    results = []
    for section, part in votes.groupby("section", sort=False):
        if part.duplicated(["participant", "question"]).any():
            raise VoteFileError(f"Section {section}: a participant has two votes on one question; keep the first.")
        table = part.pivot(index="participant", columns="question", values="chose")
        if table.isna().to_numpy().any():
            raise VoteFileError(f"Section {section}: participants answered different questions; drop the incomplete.")
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
    parser = argparse.ArgumentParser(prog="python -m evaluation", description="Test the votes of a preference study.")
    parser.add_argument("votes", type=Path, help="CSV with columns participant, question, section, side, chose.")
    parser.add_argument("--format", choices=["text", "json"], default="text")
    chosen = parser.parse_args(arguments)
    try:
        results = analyse(read_votes(chosen.votes))
    except (OSError, ValueError) as error:
        sys.stderr.write(f"{error}\n")
        return 2
    sys.stdout.write((as_json if chosen.format == "json" else as_text)(results) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
