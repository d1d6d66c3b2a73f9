"""Findings of simulated studies: when a target is missed, when perhaps by chance, and how both are written."""

import json

import pytest

from evaluation.operating_characteristics.findings import (
    AtMost,
    Band,
    Finding,
    Measure,
    OperatingCharacteristics,
    Procedure,
)
from evaluation.operating_characteristics.logit_normal import LogitEffects
from evaluation.operating_characteristics.table import as_text, cell, conclusion, population, table, tables_of
from evaluation.votes.preference import share_interval

NOBODY = LogitEffects(0.0, 0.6, 0.3)


def finding(count, studies=1000, **changes):
    known = {
        "measure": Measure.FALSE_ALARMS,
        "procedure": Procedure.HEADLINE,
        "effects": NOBODY,
        "level": 0.05,
        "count": count,
        "studies": studies,
    }
    return Finding(**(known | changes))


def test_a_share_has_the_interval_of_its_count():
    found = finding(52)
    assert found.share == 0.052
    assert found.interval == share_interval(52, 1000)
    assert not found.missed
    assert not found.missed_by_chance


@pytest.mark.parametrize(
    ("count", "missed"), [(19, True), (20, False), (43, False), (65, False), (66, True), (0, True), (1000, True)]
)
def test_a_band_is_missed_outside_its_ends(count, missed):
    assert finding(count, target=Band(0.02, 0.065)).missed is missed


@pytest.mark.parametrize(("count", "by_chance"), [(18, True), (5, False), (66, True), (100, False), (50, False)])
def test_a_missed_band_that_the_interval_reaches_may_be_chance(count, by_chance):
    assert finding(count, target=Band(0.02, 0.065)).missed_by_chance is by_chance


@pytest.mark.parametrize("count", range(0, 120, 3))
def test_a_rate_is_missed_only_where_its_whole_interval_lies_above(count):
    found = finding(count, target=AtMost(0.05))
    assert found.missed is (found.interval.low > 0.05)
    assert not found.missed_by_chance
    assert found.missed is (count >= 66)


@pytest.mark.parametrize(
    ("target", "words"),
    [
        (Band(0.02, 0.065), "2 to 6.5 %"),
        (Band(0, 0.065), "at most 6.5 %"),
        (Band(0.93, 1), "at least 93 %"),
        (AtMost(0.001), "at most 0.1 %"),
    ],
)
def test_targets_are_written_as_shares_in_percent(target, words):
    assert str(target) == words


@pytest.mark.parametrize(
    ("found", "text"),
    [
        (finding(52), "5.2 [3.9, 6.8]"),
        (finding(52, reference=0.051), "5.2 [3.9, 6.8] (5.1)"),
        (finding(1, level=0.001), "0.10 [0.00, 0.56]"),
        (finding(950, measure=Measure.COVERAGE, level=0.95), "95.0 [93.5, 96.3]"),
        (finding(300, target=AtMost(0.05)), "30.0 [27.2, 32.9] missed"),
        (finding(0), "0.0 [0.0, 0.4]"),
    ],
)
def test_a_cell_has_share_interval_reference_and_whether_it_missed(found, text):
    assert cell(found) == text


def test_a_population_is_named_by_its_logits_and_its_share_where_there_is_a_preference():
    assert population(finding(1)) == "0, 0.6, 0.3"
    preferring = LogitEffects(0.7, 0.6, 0.6)
    assert population(finding(1, effects=preferring)) == f"0.7, 0.6, 0.6 (share {preferring.mean:.4f})"


def test_rows_are_populations_and_columns_procedures():
    others = {"effects": LogitEffects(0.0, 0.0, 0.0)}
    found = [
        finding(10, procedure=Procedure.INDEPENDENT),
        finding(20),
        finding(30, procedure=Procedure.INDEPENDENT, **others),
        finding(40, **others),
    ]
    lines = table(found).splitlines()
    assert [cell.strip() for cell in lines[0].strip("|").split("|")] == [
        "logit, SD person, SD question",
        "votes independent (A0)",
        "headline (A2)",
    ]
    assert [line.strip("|").split("|")[0].strip() for line in lines[2:]] == ["0, 0.6, 0.3", "0, 0, 0"]
    assert "1.0 [" in lines[2].split("|")[2]
    assert "4.0 [" in lines[3].split("|")[3]


def test_there_is_a_table_per_measure_and_level():
    found = [
        finding(50),
        finding(1, level=0.001),
        finding(950, measure=Measure.COVERAGE, level=0.95),
        finding(40, effects=LogitEffects(0.0, 0.0, 0.0)),
    ]
    heads = [each.splitlines()[0] for each in tables_of("Studies", found)]
    assert heads == [
        "Studies: false alarms at 5 %, 1000 per row",
        "Studies: false alarms at 0.1 %, 1000 per row",
        "Studies: coverage at 95 %, 1000 per row",
    ]


def test_the_conclusion_names_every_missed_target_and_what_may_be_chance():
    assert conclusion([]) == "All targets are met."
    near, far = finding(66, target=Band(0.02, 0.065)), finding(300, target=AtMost(0.05), procedure=Procedure.E_PROCESS)
    lines = conclusion([near, far]).splitlines()
    assert lines[0] == "Missed targets:"
    assert lines[1] == (
        "- false alarms of headline (A2) at 5 % in population 0, 0.6, 0.3: 6.6 [5.1, 8.3], wanted 2 to 6.5 %; "
        "perhaps by chance: its interval reaches the target"
    )
    assert lines[2] == (
        "- false alarms of e-process at 5 % in population 0, 0.6, 0.3: 30.0 [27.2, 32.9], wanted at most 5 %"
    )


def test_all_parts_are_searched_for_missed_targets_and_written():
    missed = [finding(300 + place, target=AtMost(0.05)) for place in range(3)]
    met = finding(10, target=AtMost(0.05), procedure=Procedure.QUESTIONS)
    found = OperatingCharacteristics(4, (met, missed[0]), (missed[1],), (missed[2], met))
    assert found.missed == missed
    text = as_text(found)
    assert text.index("Finished studies:") < text.index("Studies looked at before all have answered")
    assert text.index("Studies looked at") < text.index("Studies with every analysis of a report:")
    assert text.endswith("\n".join(conclusion(missed).splitlines()))


def test_findings_become_json_with_what_follows_from_them():
    found = OperatingCharacteristics(9, (finding(300, target=AtMost(0.05)),), (), (finding(1),))
    data = json.loads(json.dumps(found.as_dict()))
    assert (data["seed"], len(data["finished"]), data["sequential"], len(data["complete"])) == (9, 1, [], 1)
    [first] = data["finished"]
    assert (first["share"], first["missed"], first["target"]) == (0.3, True, {"high": 0.05})
    assert first["interval"]["low"] == share_interval(300, 1000).low
    assert data["complete"][0]["target"] is None
