"""The metrics of a run as a terminal shows them."""

import pytest

from studyserver.generation.face_table import all_tables, ratio_table

METRICS = ("ER", "FR", "MR", "CR", "mean", "keypoint", "point", "point of nose", "coherence", "coherence sd")

MEAN_ALL = 0.05  # error of the oracle


def row(value, gained=None):
    """Every metric equal to ``value``, its interval from half to twice of it."""
    interval = {"low": value / 2, "high": 2 * value}
    return dict.fromkeys(METRICS, value) | {
        "intervals": dict.fromkeys(METRICS, interval),
        "gain": {} if gained is None else {"mean": gain_of(gained)},
        "gain_over_mean_all": {} if value == MEAN_ALL else {"mean": gain_of(value / MEAN_ALL - 1)},
    }


def gain_of(relative):
    return {"relative": relative, "interval": {"low": relative - 0.1, "high": relative + 0.1}}


@pytest.fixture
def table():
    means = {"base-2": 0.0302, "cmp-supervised": 0.0241}
    paper = {name: dict.fromkeys(METRICS[:5], mean) for name, mean in means.items()}
    return {
        "run": "demo-1",
        "topology": "analytic-head-medium",
        "identities": 32,
        "simulated_data": True,
        "conditions": {"base-2": row(0.04), "cmp-supervised": row(0.03, -0.25)},
        "oracles": {"mean-all": row(MEAN_ALL, 0.25)},
        "oracles_missing": "",
        "baseline": "base-2",
        "paper": paper,
    }


def line_of(lines, start, nth=0):
    return [line for line in lines if line.startswith(start)][nth].split()


def test_table_says_of_whom_and_what_it_is(table):
    text = "\n".join(all_tables(table))
    assert "Run demo-1: simulated voices and faces, 32 test people, topology analytic-head-medium." in text
    assert "95 % bootstrap interval (BCa)" in text
    assert "In the paper (real voices, BFM meshes: other people and another topology)" in text
    assert "too narrow" not in text
    real = "\n".join(all_tables(table | {"simulated_data": False, "identities": 9}))
    assert "simulated" not in real
    assert "Intervals of fewer than 10 people are too narrow" in real


def test_conditions_oracles_and_paper_stand_in_the_same_columns(table):
    lines = all_tables(table)
    assert lines.index("In the paper (real voices, BFM meshes: other people and another topology)") > 0
    assert line_of(lines, "base-2") == ["base-2", *["0.0400"] * 5]
    assert line_of(lines, "mean-all") == ["mean-all", *["0.0500"] * 5]
    assert line_of(lines, "base-2", nth=1) == ["base-2", *["0.0302"] * 5]
    block = lines[lines.index("Absolute ratio errors (ARE, no unit)") + 1 :][:7]
    assert {len(line) for line in block} == {len(block[0])}
    assert block[2].split() == ["0.0200-0.0800"] * 5


def test_gains_stand_beside_the_papers(table):
    lines = all_tables(table)
    start = next(index for index, line in enumerate(lines) if line.startswith("Change of the mean ARE"))
    assert lines[start + 2].split() == ["cmp-supervised", "-25.0", "-35.0", "to", "-15.0", "-20.2"]
    assert lines[start + 3].split() == ["mean-all", "25.0", "15.0", "to", "35.0", "-"]


def test_gains_over_one_face_for_everybody_have_intervals(table):
    lines = all_tables(table)
    start = next(index for index, line in enumerate(lines) if line.startswith("Change against mean-all"))
    assert lines[start + 2].split() == ["base-2", "-20.0", "-30.0", "to", "-10.0"]
    assert lines[start + 3].split() == ["cmp-supervised", "-40.0", "-50.0", "to", "-30.0"]
    assert lines[start + 4] == ""


def test_surface_errors_are_per_cent_of_the_eyes(table):
    lines = all_tables(table)
    start = next(index for index, line in enumerate(lines) if line.startswith("Surface by part"))
    assert lines[start + 1].split() == ["nose"]
    assert lines[start + 2].split() == ["base-2", "4.00"]


def test_what_cannot_be_estimated_is_a_dash(table):
    alone = row(0.04)
    alone["intervals"] = dict.fromkeys(METRICS)
    alone["gain_over_mean_all"]["mean"]["interval"] = None
    del alone["coherence"], alone["coherence sd"]
    lines = all_tables(table | {"conditions": {"base-2": alone}, "oracles": {}})
    assert line_of(lines, " ", nth=1) == ["-"] * 5
    assert line_of(lines, "base-2", nth=2) == ["base-2", "-20.0", "-"]
    assert line_of(lines, "base-2", nth=3) == ["base-2", "0.0400", "4.00", "-", "-"]


def test_model_without_regions_has_no_parts(table):
    for rows in (table["conditions"], table["oracles"]):
        for each in rows.values():
            del each["point of nose"]
    assert "Surface by part" not in "\n".join(all_tables(table))


def test_missing_baseline_and_oracles_are_said(table):
    for each in table["conditions"].values():
        each["gain_over_mean_all"] = {}
    text = "\n".join(
        all_tables(table | {"baseline": None, "oracles": {}, "oracles_missing": "F2Z is empty. Complete it."})
    )
    assert "No gains over base-2: the run lacks it." in text
    assert "against" not in text
    assert "There are no oracles: F2Z is empty. Complete it." in text


def test_ratio_table_alone_is_the_first_block(table):
    assert ratio_table(table["conditions"]) == all_tables(table)[4:9]
