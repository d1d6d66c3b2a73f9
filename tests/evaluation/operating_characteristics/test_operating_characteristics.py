"""Operating characteristics: the studies go through the real analyses, and a missed target is said."""

import json
import math
from dataclasses import replace

import numpy as np
import pytest
from pandas.testing import assert_frame_equal

from evaluation.interval import Interval
from evaluation.operating_characteristics import __main__ as command
from evaluation.operating_characteristics import studies
from evaluation.operating_characteristics.experiment import all_studies, simulate_studies
from evaluation.operating_characteristics.findings import (
    AtMost,
    Band,
    Finding,
    Measure,
    OperatingCharacteristics,
    Procedure,
)
from evaluation.operating_characteristics.logit_normal import LogitEffects, draw
from evaluation.operating_characteristics.table import as_text
from evaluation.votes.analysis import analyse, headline
from evaluation.votes.crossed import crossed_test
from evaluation.votes.participants import participant_test, question_test
from evaluation.votes.preference import share_interval
from evaluation.votes.reading import read_votes
from evaluation.votes.sequential import e_process, group_sequential

NOBODY = LogitEffects(0.0, 0.6, 0.6)
NOTHING_DIFFERS = LogitEffects(0.0, 0.0, 0.0)
TESTED = {Procedure.INDEPENDENT, Procedure.PARTICIPANTS, Procedure.QUESTIONS, Procedure.HEADLINE}


def rng(seed=5):
    return np.random.default_rng(seed)


def ignore(_):
    """Nobody watches the progress."""


def finding(count, target=None, *, total=100, level=0.05):
    return Finding(Measure.FALSE_ALARMS, Procedure.HEADLINE, NOBODY, level, count, total, 0.045, target)


def wanted(missed):
    """What the conclusion says was wanted of a missed target."""
    return as_text(OperatingCharacteristics(0, (missed,), (), ())).rpartition(", wanted ")[2]


@pytest.fixture(scope="module")
def small():
    steps = []
    found = simulate_studies(4, seed=2, step=steps.append)
    assert sum(steps) == all_studies(4)
    return found


def test_a_simulated_study_is_the_table_that_a_file_of_its_votes_gives(tmp_path):
    votes = studies.votes_table(draw(NOBODY, 1, 12, 4, rng())[0], rng())
    rows = zip(votes["participant"], votes["question"], votes["chose"], votes["side"], strict=True)
    path = tmp_path / "votes.csv"
    path.write_text("s,q,y,side\n" + "".join(",".join(map(str, row)) + "\n" for row in rows))
    assert_frame_equal(votes, read_votes(path), check_index_type=False)


def test_each_participant_has_the_method_left_on_half_of_the_questions_in_another_order():
    sides = studies.votes_table(np.ones((40, 10), dtype=bool), rng())["side"].to_numpy().reshape(40, 10)
    assert (sides.sum(axis=1) == 0).all()
    assert len({tuple(row) for row in sides}) > 30


def test_the_headline_counted_is_that_of_a_report():
    answers = draw(LogitEffects(0.7, 0.6, 0.3), 1, 20, 6, rng())[0]
    votes = studies.votes_table(answers, rng())
    [section] = analyse(votes).sections
    assert headline(votes) == section.crossed == crossed_test(answers)
    assert section.adjusted_p_value == section.crossed.p_value


def test_one_way_p_values_are_those_of_the_sensitivity_analyses():
    chosen = draw(NOBODY, 3, 25, 8, rng())
    by_participant = studies.one_way_p_values(chosen.mean(axis=2))
    by_question = studies.one_way_p_values(chosen.mean(axis=1))
    assert by_participant == pytest.approx([participant_test(answers).p_value for answers in chosen])
    assert by_question == pytest.approx([question_test(answers).p_value for answers in chosen])


def test_looks_are_those_of_a_running_study():
    shares = draw(LogitEffects(0.3, 0.6, 0.3), 40, 150, 10, rng(), fixed_questions=True).mean(axis=2)
    expected = [
        [group_sequential(values, studies.LOOKS, level).rejected_at is not None for level in studies.LEVELS]
        for values in shares
    ]
    assert studies.looks_rejecting(shares).tolist() == expected
    assert 0 < np.sum(expected) < np.size(expected)


def test_the_e_process_counted_is_that_of_a_running_study(monkeypatch):
    monkeypatch.setattr(studies, "LEVELS", (0.4, 0.2))
    found = [each for each in studies.sequential(NOBODY, 30, rng(), ignore) if each.procedure == Procedure.E_PROCESS]
    shares = draw(NOBODY, 30, 150, 10, rng(), fixed_questions=True).mean(axis=2)
    expected = [sum(e_process(values, level).rejected_at is not None for values in shares) for level in (0.4, 0.2)]
    assert [each.count for each in found] == expected
    assert expected[0] > 0


def test_coverage_is_of_the_average_probability_of_the_population(monkeypatch):
    effects = LogitEffects(0.7, 0.6, 0.6)
    test = crossed_test(draw(effects, 1, 20, 6, rng())[0])

    def covered(low, high):
        monkeypatch.setattr(studies, "headline", lambda votes: replace(test, interval=Interval(low, high, 0.95)))
        found = list(studies.finished(effects, 3, rng(), ignore))
        return next(each.count for each in found if each.procedure == Procedure.HEADLINE)

    assert covered(effects.mean - 1e-9, effects.mean + 1e-9) == 3
    assert covered(effects.mean + 1e-9, 1.0) == 0
    assert covered(0.0, effects.mean - 1e-9) == 0


def test_a_preference_that_is_found_is_no_false_alarm():
    measures = {each.measure for each in studies.finished(LogitEffects(0.7, 0, 0), 2, rng(), ignore)}
    assert measures == {Measure.COVERAGE}


def test_an_analysis_that_always_rejects_misses_its_target(monkeypatch):
    test = crossed_test(draw(NOBODY, 1, 20, 6, rng())[0])
    rigged = replace(test, p_value=0.0, interval=Interval(0.6, 0.7, 0.95))
    monkeypatch.setattr(studies, "headline", lambda votes: rigged)
    found = tuple(studies.finished(NOBODY, 5, rng(), ignore))
    assert {(each.measure, each.level) for each in found if each.missed} == {("false alarms", 0.05), ("coverage", 0.95)}
    text = as_text(OperatingCharacteristics(0, found, (), ()))
    assert (
        "- false alarms of headline (A2) at 5 % in population 0, 0.6, 0.6: 100.0 [47.8, 100.0] (4.5), wanted 2 to 6.5 %"
    ) in text
    assert "- coverage of headline (A2) at 95 % in population 0, 0.6, 0.6: 0.0 [0.0, 52.2], wanted 93 to 97 %" in text


def missed_with(monkeypatch, effects, **rigged):
    """Missed targets of studies whose headline always says the same."""
    test = replace(crossed_test(draw(NOBODY, 1, 20, 6, rng())[0]), **rigged)
    monkeypatch.setattr(studies, "headline", lambda votes: test)
    found = studies.finished(effects, 5, rng(), ignore)
    return [(str(each.measure), str(each.target)) for each in found if each.missed]


def test_too_much_care_is_a_miss_only_where_people_or_questions_differ(monkeypatch):
    careful = {"p_value": 1.0, "interval": Interval(0.0, 1.0, 0.95)}
    missed = [("false alarms", "2 to 6.5 %"), ("coverage", "93 to 97 %")]
    assert missed_with(monkeypatch, NOTHING_DIFFERS, **careful) == []
    assert missed_with(monkeypatch, LogitEffects(0.7, 0.0, 0.0), **careful) == []
    for differ in (NOBODY, LogitEffects(0.0, 0.6, 0.0), LogitEffects(0.0, 0.0, 0.3)):
        assert missed_with(monkeypatch, differ, **careful) == missed


def test_false_claims_are_a_miss_where_nothing_differs_too(monkeypatch):
    found = missed_with(monkeypatch, NOTHING_DIFFERS, p_value=0.0, interval=Interval(0.6, 0.7, 0.95))
    assert found == [("false alarms", "at most 6.5 %"), ("coverage", "at least 93 %")]


def test_sequential_tests_that_always_reject_miss_their_targets(monkeypatch):
    monkeypatch.setattr(studies, "log_e_process", lambda shares: np.full(np.shape(shares), 99.0))
    monkeypatch.setattr(studies, "z_at_looks", lambda shares, looks: np.full((len(shares), len(looks)), 99.0))
    found = list(studies.sequential(NOBODY, 20, rng(), ignore))
    assert [each.count for each in found] == [20] * 4
    assert all(each.missed for each in found)


def test_a_band_is_for_the_measured_share():
    assert [finding(count, Band(0.02, 0.065)).missed for count in (1, 2, 6, 7)] == [True, False, False, True]


def test_a_bound_allows_for_the_accidents_of_the_simulation():
    # Clopper-Pearson of 10 of 100 starts at .049, of 11 of 100 at .056.
    assert [finding(count, AtMost(0.05)).missed for count in (10, 11)] == [False, True]
    assert not finding(0, AtMost(0.05)).missed


def test_a_miss_whose_interval_reaches_the_target_is_perhaps_by_chance():
    band = Band(0.02, 0.065)
    # Clopper-Pearson of 11 of 100 is .056 to .188, of 12 .064 to .200, of 13 .071 to .212, of 0 of 40 .000 to .088.
    for perhaps in (finding(11, band), finding(12, band), finding(0, band, total=40)):
        assert wanted(perhaps) == "2 to 6.5 %; perhaps by chance: its interval reaches the target"
    for clearly in (finding(13, band), finding(1000, band, total=10_000), finding(0, band, total=10_000)):
        assert wanted(clearly) == "2 to 6.5 %"
    assert wanted(finding(11, AtMost(0.05))) == "at most 5 %"


def test_without_a_target_nothing_is_missed():
    assert not finding(100).missed


def test_a_rate_has_its_monte_carlo_interval():
    assert (finding(7).share, finding(7).interval) == (0.07, share_interval(7, 100))


def test_every_population_analysis_and_level_is_counted(small):
    alarms = [each for each in small.finished if each.measure == Measure.FALSE_ALARMS]
    assert {(each.procedure, each.level) for each in alarms} == {(a, level) for a in TESTED for level in (0.05, 0.001)}
    assert len(alarms) == 4 * 2 * 5
    coverages = [each for each in small.finished if each.measure == Measure.COVERAGE]
    assert len({(each.procedure, each.effects) for each in coverages}) == len(coverages) == 2 * 15
    assert [each.studies for each in (small.finished[0], small.sequential[0], small.complete[0])] == [4, 20, 1]
    assert len(small.sequential) == 2 * 2 * 5
    assert len(small.complete) == 6 * 5


def test_counts_of_a_small_seed(small):
    def counts(procedure, level):
        return [each.count for each in small.finished if (each.procedure, each.level) == (procedure, level)]

    assert counts(Procedure.INDEPENDENT, 0.05) == [0, 0, 0, 1, 1]
    assert counts(Procedure.PARTICIPANTS, 0.05) == [0, 0, 0, 1, 1]
    assert counts(Procedure.QUESTIONS, 0.05) == counts(Procedure.HEADLINE, 0.05) == [0, 0, 0, 0, 1]
    assert counts(Procedure.INDEPENDENT, 0.95) == [4, 4, 3, 3, 3, 4, 4, 3, 1, 1, 4, 4, 2, 4, 0]
    assert counts(Procedure.HEADLINE, 0.95) == [4, 4, 3, 4, 3, 4, 4, 4, 4, 4, 4, 4, 4, 4, 3]
    assert [each.count for each in small.sequential] == [1, 0, 0, 0, 1, 1, 0, 0, 3, 0, 0, 0, 1, 1, 0, 0, 1, 0, 0, 0]
    verdicts = [each for each in small.complete if each.procedure == Procedure.VERDICT]
    assert [each.count for each in verdicts] == [0, 0, 1, 0, 0]


def test_equal_seeds_give_equal_studies_and_others_others():
    first, again, other = (list(studies.finished(NOBODY, 8, rng(seed), ignore)) for seed in (1, 1, 3))
    assert first == again
    assert first != other


def test_no_study_is_refused():
    with pytest.raises(ValueError, match="at least 1 study, got studies=0"):
        simulate_studies(0, seed=0)


@pytest.fixture
def ready(monkeypatch, small):
    """The command without the wait."""

    def use(found=small):
        asked = []
        monkeypatch.setattr(command, "simulate_studies", lambda *values: asked.append(values) or found)
        return asked

    return use


def test_the_command_prints_tables_with_reference_and_interval(ready, capsys):
    found = OperatingCharacteristics(
        3, (finding(45, Band(0.02, 0.065), total=1000), finding(2, total=1000, level=0.001)), (), ()
    )
    asked = ready(found)
    assert command.main(["--studies", "1000", "--seed", "3"]) == 0
    assert [values[:2] for values in asked] == [(1000, 3)]
    out, err = capsys.readouterr()
    assert "Finished studies: false alarms at 5 %, 1000 per row" in out
    assert "| 0, 0.6, 0.6                   | 4.5 [3.3, 6.0] (4.5) |" in out
    assert "| 0, 0.6, 0.6                   | 0.20 [0.02, 0.72] (4.5) |" in out
    assert out.endswith("\n\nAll targets are met.\n")
    assert err == ""


def test_the_command_ends_with_1_and_names_a_missed_target(ready, capsys):
    ready(OperatingCharacteristics(0, (), (finding(300, AtMost(0.05), total=1000),), ()))
    assert command.main([]) == 1
    out = capsys.readouterr().out
    assert "30.0 [27.2, 32.9] (4.5) missed |" in out
    assert out.endswith(
        "Missed targets:\n- false alarms of headline (A2) at 5 % in population 0, 0.6, 0.6: 30.0 [27.2, 32.9] (4.5), "
        "wanted at most 5 %\n"
    )


def test_the_command_as_json(ready, small, capsys):
    ready()
    assert command.main(["--format", "json"]) == (1 if small.missed else 0)
    found = json.loads(capsys.readouterr().out)
    assert (found["seed"], [len(found[part]) for part in ("finished", "sequential", "complete")]) == (2, [70, 20, 30])
    first = found["finished"][0]
    assert first["effects"] == {"intercept": 0.0, "participant_sd": 0.0, "question_sd": 0.0}
    assert first["share"] == first["count"] / 4
    assert math.isclose(first["interval"]["low"], share_interval(first["count"], 4).low)
    assert sum(each["missed"] for part in ("finished", "sequential", "complete") for each in found[part]) == len(
        small.missed
    )


@pytest.mark.parametrize(
    ("option", "value", "smallest"),
    [("--studies", "0", 1), ("--studies", "many", 1), ("--studies", "1.5", 1), ("--seed", "x", 0)],
)
def test_wrong_numbers_are_named_with_the_remedy(ready, capsys, option, value, smallest):
    asked = ready()
    with pytest.raises(SystemExit) as ended:
        command.main([option, value])
    assert ended.value.code == 2
    assert f"argument {option}: got '{value}'; give a whole number of at least {smallest}" in capsys.readouterr().err
    assert asked == []
