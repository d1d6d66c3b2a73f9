"""The metrics of a run as tables for the terminal."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Row = Mapping[str, Any]

NAME_WIDTH, COLUMN_WIDTH = 19, 15
FEW_PEOPLE = 10


@dataclass(frozen=True)
class Column:
    """One metric: its key in a row, the heading, and how its numbers are written."""

    key: str
    heading: str
    factor: float = 1.0
    decimals: int = 4

    def write(self, value: float) -> str:
        return f"{self.factor * value:.{self.decimals}f}"


RATIOS = tuple(Column(name, name) for name in ("ER", "FR", "MR", "CR", "mean"))
# Shares of the outer-interocular distance are read more easily in per cent.
OTHERS = (
    Column("keypoint", "keypoint"),
    Column("point", "point, %", 100.0, 2),
    Column("coherence", "coherence, mm", 1.0, 2),
    Column("coherence sd", "its sd, mm", 1.0, 2),
)
PERCENT = Column("mean", "", 100.0, 1)
PART = "point of "


def ratio_table(rows: Mapping[str, Row]) -> list[str]:
    """Absolute ratio errors under the names of the paper's columns, each with its interval below."""
    return _table(RATIOS, rows)


def all_tables(table: Mapping[str, Any]) -> list[str]:
    """The lines that ``evaluate_are`` prints of a run, as ``engine.work.measure_everything`` measured it."""
    rows = table["conditions"] | table["oracles"]
    lines = [
        f"Run {table['run']}: {source(table)}, {table['identities']} test people, topology {table['topology']}.",
        "Smaller errors are better. Below each mean over people: its 95 % bootstrap interval (BCa).",
    ]
    if table["identities"] < FEW_PEOPLE:
        lines.append(f"Intervals of fewer than {FEW_PEOPLE} people are too narrow: take them as a lower bound.")
    lines += ["", "Absolute ratio errors (ARE, no unit)", *ratio_table(rows)]
    lines += ["In the paper (real voices, BFM meshes: other people and another topology)"]
    lines += [_line(name, [column.write(row[column.key]) for column in RATIOS]) for name, row in table["paper"].items()]
    if table["oracles_missing"]:
        lines += ["", f"There are no oracles: {table['oracles_missing']}"]
    lines += ["", *_gains(table, rows)]
    lines += ["", "Landmarks (keypoint, no unit), surface after alignment (point, in % of the outer-eye"]
    lines += [
        "distance) and change between one person's utterances (coherence and its standard deviation)",
        *_table(OTHERS, rows),
    ]
    if parts := _parts(rows):
        lines += ["", "Surface by part of the face, in % of the outer-eye distance", *_table(parts, rows)]
    return [*lines, "", "What each number means and what it cannot tell: docs/reference/metrics.md"]


def source(table: Mapping[str, Any]) -> str:
    """What the faces of a table are: nothing measured on simulated people may pass for more."""
    return "simulated voices and faces" if table["simulated_data"] else "the data set given"


def _table(columns: Sequence[Column], rows: Mapping[str, Row]) -> list[str]:
    lines = [_line("", [column.heading for column in columns])]
    for name, row in rows.items():
        lines.append(_line(name, [column.write(row[column.key]) if column.key in row else "-" for column in columns]))
        lines.append(_line("", [_bounds(column, row["intervals"].get(column.key)) for column in columns]))
    return lines


def _bounds(column: Column, interval: Mapping[str, float] | None) -> str:
    return f"{column.write(interval['low'])}-{column.write(interval['high'])}" if interval else "-"


def _line(name: str, cells: Sequence[str]) -> str:
    return f"{name:<{NAME_WIDTH}}" + "".join(f"{cell:>{COLUMN_WIDTH}}" for cell in cells)


def _parts(rows: Mapping[str, Row]) -> list[Column]:
    first = next(iter(rows.values()))
    return [Column(key, key.removeprefix(PART), 100.0, 2) for key in first if key.startswith(PART)]


def _gains(table: Mapping[str, Any], rows: Mapping[str, Row]) -> list[str]:
    """Change of the mean ARE against the baseline, and the paper's; then against the mean face."""
    baseline, paper = table["baseline"], table["paper"]
    lines = ["No gains over base-2: the run lacks it."]
    if baseline is not None:
        lines = [
            f"Change of the mean ARE against {baseline} (minus is better; intervals from people with both errors)",
            _line("", ["change, %", "95 % interval", "in the paper"]),
        ]
        for name, row in rows.items():
            if row["gain"]:
                published = PERCENT.write(paper[name]["mean"] / paper[baseline]["mean"] - 1) if name in paper else "-"
                lines.append(_line(name, [*_change(row["gain"]["mean"]), published]))
    changes = {name: row["gain_over_mean_all"]["mean"] for name, row in rows.items() if row["gain_over_mean_all"]}
    if changes:
        lines += [
            "",
            "Change against mean-all, one face for everybody (an interval below zero: the voice tells something)",
            _line("", ["change, %", "95 % interval"]),
            *(_line(name, _change(found)) for name, found in changes.items()),
        ]
    return lines


def _change(found: Mapping[str, Any]) -> list[str]:
    interval = found["interval"]
    bounds = f"{PERCENT.write(interval['low'])} to {PERCENT.write(interval['high'])}" if interval else "-"
    return [PERCENT.write(found["relative"]), bounds]
