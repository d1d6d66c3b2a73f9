"""What must not matter does not matter, and what must go together does: names, order, sides, test and interval."""

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from evaluation.votes.agreement import method_agreement
from evaluation.votes.analysis import Claim, Verdict, adjusted, analyse, headline
from evaluation.votes.answers import answer_rows
from evaluation.votes.bootstrap import pigeonhole_bootstrap
from evaluation.votes.clustered import clustered_logit
from evaluation.votes.crossed import crossed_or_none, crossed_test
from evaluation.votes.mixed import mixed_logit
from evaluation.votes.multiplicity import fixed_order, holm
from evaluation.votes.participant_shares import participant_shares
from evaluation.votes.participants import participant_test, question_test
from evaluation.votes.preference import critical_count, preference_test, share_interval
from evaluation.votes.response_quality import longest_runs, one_sided_participants, order_effect, run_chance, side_bias
from evaluation.votes.sequential import e_process, group_sequential, log_e_process, obrien_fleming_bounds
from evaluation.votes.wald import as_probability, wald_test

SIZES = st.tuples(st.integers(2, 9), st.integers(2, 7))
TABLES = arrays(bool, SIZES).filter(lambda table: 0 < table.sum() < table.size)
few = settings(max_examples=12, deadline=None)
many = settings(max_examples=25, deadline=None)


def close(one, other):
    return one == pytest.approx(other, rel=1e-8, abs=1e-10, nan_ok=True)


def numbers(result):
    """Of a test: everything but the sizes of the two samples."""
    return (result.mean, result.se, result.df, result.t, result.p_value, result.interval.low, result.interval.high)


@few
@given(table=TABLES, seed=st.integers(0, 99))
def test_the_order_of_participants_and_questions_does_not_matter(table, seed):
    rng = np.random.default_rng(seed)
    mixed = rng.permutation(rng.permutation(table, axis=0), axis=1)
    assert close(numbers(crossed_test(mixed)), numbers(crossed_test(table)))
    for test in (participant_test, question_test):
        assert close(numbers(test(mixed)), numbers(test(table)))
        assert close(test(mixed).permutation_p_value, test(table).permutation_p_value)
    for measure in ("raw", "fleiss_kappa", "krippendorff_alpha"):
        one, other = (getattr(method_agreement(each), measure) for each in (mixed, table))
        assert close((one.value, one.se), (other.value, other.se))
    one, other = participant_shares(mixed), participant_shares(table)
    assert close((one.sd, one.sd_if_alike, one.p_value_alike), (other.sd, other.sd_if_alike, other.p_value_alike))
    assert [each.participants for each in one.counts] == [each.participants for each in other.counts]


@few
@given(TABLES)
def test_participants_and_questions_exchanged_give_the_same_headline(table):
    one, other = crossed_test(table), crossed_test(table.T)
    assert close(numbers(one), numbers(other))
    assert (one.participants, one.questions) == (other.questions, other.participants)
    assert close((one.ms_participant, one.ms_question), (other.ms_question, other.ms_participant))
    assert close(numbers(participant_test(table)), numbers(question_test(table.T)))


@few
@given(TABLES)
def test_the_other_methods_votes_mirror_everything(table):
    for test in (crossed_test, participant_test, question_test):
        ours, theirs = test(table), test(~table)
        assert close(theirs.mean, 1 - ours.mean)
        assert close((theirs.t, theirs.p_value), (-ours.t, 1 - ours.p_value))
        assert close((theirs.interval.low, theirs.interval.high), (1 - ours.interval.high, 1 - ours.interval.low))
        assert close(theirs.se, ours.se)
    one, other = method_agreement(table), method_agreement(~table)
    assert close((one.raw.value, one.krippendorff_alpha.value), (other.raw.value, other.krippendorff_alpha.value))
    ours, theirs = participant_shares(table), participant_shares(~table)
    assert close((theirs.lowest, theirs.median, theirs.highest), (1 - ours.highest, 1 - ours.median, 1 - ours.lowest))
    assert close((theirs.lower_quartile, theirs.upper_quartile), (1 - ours.upper_quartile, 1 - ours.lower_quartile))
    assert (theirs.at_half, theirs.above_half) == (ours.at_half, len(table) - ours.above_half - ours.at_half)


@few
@given(TABLES)
def test_an_interval_leaves_one_half_out_exactly_where_its_two_sided_test_rejects(table):
    result = crossed_test(table)
    assume(abs(result.p_value_two_sided - 0.05) > 1e-9)
    assert (result.p_value_two_sided < 0.05) is not (result.interval.low <= 0.5 <= result.interval.high)
    for one_way in (participant_test(table), question_test(table)):
        if one_way.estimable:
            two_sided = 2 * min(one_way.p_value, 1 - one_way.p_value)
            assert (two_sided < 0.05) is not (one_way.interval.low <= 0.5 <= one_way.interval.high)


@many
@given(votes=st.integers(1, 400), data=st.data())
def test_the_exact_interval_leaves_one_half_out_where_a_one_sided_test_rejects_at_half_the_level(votes, data):
    votes_for = data.draw(st.integers(0, votes))
    found = share_interval(votes_for, votes)
    assert (found.low > 0.5) is (preference_test(votes_for, votes).p_value < 0.025)
    assert (found.high < 0.5) is (preference_test(votes - votes_for, votes).p_value < 0.025)


@many
@given(votes=st.integers(1, 300), data=st.data())
def test_one_more_vote_for_the_method_lowers_p_and_raises_the_interval(votes, data):
    votes_for = data.draw(st.integers(0, votes - 1))
    fewer, more = preference_test(votes_for, votes), preference_test(votes_for + 1, votes)
    assert more.p_value <= fewer.p_value  # Equal where both are 1 but for rounding.
    assert more.interval.low > fewer.interval.low
    assert more.interval.high > fewer.interval.high
    assert (fewer.critical_count, fewer.paper_bound) == (more.critical_count, more.paper_bound)


@many
@given(votes=st.integers(1, 500), data=st.data())
def test_votes_for_the_other_method_mirror_interval_and_two_sided_p(votes, data):
    votes_for = data.draw(st.integers(0, votes))
    ours, theirs = preference_test(votes_for, votes), preference_test(votes - votes_for, votes)
    assert close((theirs.interval.low, theirs.interval.high), (1 - ours.interval.high, 1 - ours.interval.low))
    assert close(theirs.p_value_two_sided, ours.p_value_two_sided)
    own = math.comb(votes, votes_for) / 2**votes
    assert close(ours.p_value + theirs.p_value, 1 + own)
    for method in ("exact", "wilson"):
        narrow, wide = (share_interval(votes_for, votes, confidence=level, method=method) for level in (0.8, 0.99))
        assert wide.low <= narrow.low <= narrow.high <= wide.high


@many
@given(votes=st.integers(1, 2000), alpha=st.sampled_from([0.2, 0.05, 0.01, 0.001, 1e-6]))
def test_a_stricter_level_and_more_votes_never_need_fewer_for_the_method(votes, alpha):
    count = critical_count(votes, alpha=alpha)
    stricter, more = critical_count(votes, alpha=alpha / 2), critical_count(votes + 1, alpha=alpha)
    assert count is None or count > votes / 2
    assert stricter is None or stricter >= count
    if count is not None:
        assert more in (count, count + 1)


@many
@given(st.lists(st.floats(0, 1), min_size=1, max_size=8))
def test_adjusted_p_values_keep_their_order_and_lie_between_the_raw_and_bonferronis(p_values):
    found = holm(p_values)
    for raw, each in zip(p_values, found, strict=True):
        assert raw <= each <= min(1.0, len(p_values) * raw) + 1e-15
    by_raw = [each for _, each in sorted(zip(p_values, found, strict=True))]
    assert by_raw == sorted(by_raw)
    assert holm(p_values[::-1]) == found[::-1]
    in_order = fixed_order(p_values)
    assert in_order == sorted(in_order)
    assert in_order[-1] == max(p_values)
    assert in_order[0] == p_values[0]


@many
@given(st.lists(st.floats(0, 1), min_size=1, max_size=5))
def test_claims_about_sections_differ_only_where_there_are_several(p_values):
    for claim in Claim:
        found = adjusted(p_values, claim)
        assert len(found) == len(p_values)
        if len(p_values) == 1:
            assert found == p_values
    assert adjusted(p_values, Claim.ALL) == [max(p_values)] * len(p_values)
    assert adjusted(p_values, Claim.ORDERED)[-1] == p_values[-1]


@many
@given(estimate=st.floats(-5, 5), se=st.floats(0.01, 3), df=st.integers(1, 200))
def test_walds_interval_leaves_zero_out_where_its_two_sided_test_rejects(estimate, se, df):
    result = wald_test(estimate, se, df)
    assume(abs(result.p_value_two_sided - 0.05) > 1e-9 and abs(estimate) > 1e-6)
    assert (result.p_value_two_sided < 0.05) is not (result.interval.low <= 0 <= result.interval.high)
    assert (result.p_value < 0.5) is (estimate > 0)
    share, interval = as_probability(result)
    assert interval.low <= share <= interval.high
    assert (share > 0.5) is (estimate > 0)


@settings(max_examples=15, deadline=None)
@given(table=arrays(bool, (8, 5)), seed=st.integers(0, 99))
def test_models_of_rows_know_neither_their_order_nor_the_names(table, seed):
    people, items = (axis.ravel() for axis in np.indices(table.shape))
    chose = table.ravel()
    order = np.random.default_rng(seed).permutation(len(chose))
    names = np.array([f"{'zyxwvuts'[number]}-{number}" for number in range(8)])
    one = clustered_logit(people, items, chose)
    other = clustered_logit(names[people][order], items[order] * -7, chose[order])
    assert close((one.intercept.estimate, one.intercept.se), (other.intercept.estimate, other.intercept.se))
    assert close((one.by_participant.se, one.by_question.se), (other.by_participant.se, other.by_question.se))
    if one.estimable:
        assert one.probability == pytest.approx(table.mean())
        assert one.intercept.se >= max(one.by_participant.se, one.by_question.se, one.se_independent) - 1e-12


def test_the_mixed_model_knows_neither_the_order_of_rows_nor_the_names():
    rng = np.random.default_rng(11)
    people, items = (axis.ravel() for axis in np.indices((14, 6)))
    chose = rng.random(84) < 0.4 + 0.02 * people + 0.03 * items
    order = rng.permutation(84)
    one = mixed_logit(people, items, chose)
    other = mixed_logit([f"p{99 - each}" for each in people[order]], items[order] + 100, chose[order])
    swapped = mixed_logit(items, people, chose)
    mirrored = mixed_logit(people, items, ~chose)
    for found in (other, swapped):
        assert found.intercept.estimate == pytest.approx(one.intercept.estimate, abs=2e-5)
        assert found.log_likelihood == pytest.approx(one.log_likelihood, abs=1e-6)
    assert (swapped.sd_participant, swapped.sd_question) == pytest.approx(
        (one.sd_question, one.sd_participant), abs=2e-4
    )
    assert mirrored.intercept.estimate == pytest.approx(-one.intercept.estimate, abs=2e-5)
    assert mirrored.intercept.se == pytest.approx(one.intercept.se, rel=1e-3)
    assert mirrored.probability == pytest.approx(1 - one.probability, abs=1e-5)


@few
@given(arrays(bool, st.tuples(st.integers(3, 8), st.integers(3, 6))))
def test_every_answer_twice_by_two_people_halves_no_variance_between_questions(table):
    """Twins bring no new question: the standard error over questions stays, that over people falls."""
    assume(question_test(table).estimable)
    twins = np.repeat(table, 2, axis=0)
    assert question_test(twins).se == pytest.approx(question_test(table).se)
    assert participant_test(twins).se < participant_test(table).se or participant_test(table).se == 0
    assert question_test(twins).mean == pytest.approx(question_test(table).mean)


@few
@given(table=TABLES, seed=st.integers(0, 5))
def test_the_bootstrap_stays_between_none_and_all_and_around_the_share(table, seed):
    found = pigeonhole_bootstrap(table, draws=200, seed=seed)
    assert 0 <= found.interval.low <= found.interval.high <= 1
    assert found.mean == table.mean()
    assert found.interval.low <= found.mean <= found.interval.high or found.se == 0
    assert found.se > 0 or crossed_test(table).se == 0


@few
@given(arrays(bool, SIZES), st.data())
def test_one_missing_answer_leaves_no_headline_and_the_other_descriptions(table, data):
    gaps = table.astype(float)
    gaps[data.draw(st.integers(0, len(table) - 1)), data.draw(st.integers(0, table.shape[1] - 1))] = math.nan
    assert crossed_or_none(gaps) is None
    found = side_bias(gaps)
    assert found.crossed is None
    assert found.votes == table.size - 1
    assert found.share == np.nansum(gaps) / found.votes


@many
@given(st.lists(st.tuples(st.integers(0, 12), st.integers(0, 12)), min_size=1, max_size=9))
def test_who_is_flagged_for_the_left_side_would_be_for_the_right_one(counts):
    answers = [left + right for left, right in counts if left + right]
    left = [left for left, right in counts if left + right]
    names = [str(place) for place in range(len(answers))]
    assume(names)
    one = one_sided_participants(names, left, answers)
    other = one_sided_participants(names, [total - each for each, total in zip(left, answers, strict=True)], answers)
    assert one.flagged == other.flagged
    assert close(one.expected, other.expected)
    assert 0 <= one.expected <= len(names)


@many
@given(st.lists(st.booleans(), min_size=1, max_size=20))
def test_the_longest_run_is_the_same_from_behind_and_of_the_other_side(left):
    places = list(range(len(left)))
    found = longest_runs(["a"] * len(left), places, left)
    assert found.longest == longest_runs(["a"] * len(left), places[::-1], left).longest
    assert found == longest_runs(["a"] * len(left), places, [not each for each in left])
    assert 1 <= found.longest <= len(left)
    assert found.chance == pytest.approx(run_chance(found.longest, len(left)))


@many
@given(tosses=st.integers(1, 50), length=st.integers(1, 60))
def test_longer_runs_are_rarer_and_more_tosses_make_them_likelier(tosses, length):
    chance = run_chance(length, tosses)
    assert run_chance(length + 1, tosses) <= chance <= run_chance(length, tosses + 1)
    assert (chance == 0) is (length > tosses)
    assert (chance == 1) is (length == 1)


@few
@given(seed=st.integers(0, 999))
def test_an_order_effect_knows_neither_names_nor_where_counting_began(seed):
    rng = np.random.default_rng(seed)
    people, items = (axis.ravel() for axis in np.indices((7, 5)))
    places = np.concatenate([rng.permutation(5) for _ in range(7)])
    chose = rng.random(35) < 0.5
    one = order_effect(people, items, places, chose)
    order = rng.permutation(35)
    other = order_effect(people[order] + 40, items[order] * 3, places[order] + 100, chose[order])
    mirrored = order_effect(people, items, places, ~chose)
    twice = order_effect(people, items, 2 * places, chose)
    assert one is not None
    assert close((one.slope, one.se, one.p_value), (other.slope, other.se, other.p_value))
    assert close((mirrored.slope, mirrored.se, mirrored.p_value), (-one.slope, one.se, one.p_value))
    assert close((2 * twice.slope, 2 * twice.se), (one.slope, one.se))


@many
@given(st.lists(st.floats(0, 1), min_size=1, max_size=30))
def test_an_e_process_ends_where_it_ends_in_any_order_and_depends_on_nobody_to_come(shares):
    found = log_e_process(shares)
    assert found[-1] == pytest.approx(log_e_process(shares[::-1])[-1], abs=1e-9)
    for count in range(1, len(shares)):
        assert log_e_process(shares[:count])[-1] == pytest.approx(found[count - 1])
    assert e_process(shares).p_value <= 1


@many
@given(st.lists(st.floats(0.5, 1), min_size=1, max_size=30))
def test_people_who_never_prefer_the_other_method_never_lower_the_e_value(shares):
    assert (np.diff(log_e_process(shares), prepend=0.0) >= -1e-12).all()


@settings(max_examples=20, deadline=None)
@given(st.lists(st.floats(0.05, 1), min_size=1, max_size=6), st.sampled_from([0.2, 0.025, 0.001]))
def test_boundaries_are_higher_for_half_the_level_and_do_not_know_the_looks_to_come(steps, alpha):
    information = np.cumsum(steps) / sum(steps)
    bounds = obrien_fleming_bounds(information, alpha)
    assert (bounds < obrien_fleming_bounds(information, alpha / 2)).all()
    assert (
        obrien_fleming_bounds(information[:-1], alpha).tolist() == pytest.approx(bounds[:-1].tolist(), rel=1e-7)
        if len(steps) > 1
        else len(bounds) == 1
    )


def test_shares_after_the_last_look_change_nothing():
    rng = np.random.default_rng(3)
    shares = rng.integers(0, 11, 40) / 10
    one, other = (group_sequential(each, looks=[10, 20, 30], alpha=0.05) for each in (shares[:30], shares))
    assert one == other
    assert [look.participants for look in one.looks] == [10, 20, 30]


def votes_of(table, *, order=None, sides=True):
    """A table of votes as the reader gives it, in any order of lines."""
    people, items = (axis.ravel() for axis in np.indices(table.shape))
    rows = pd.DataFrame(
        {
            "section": pd.Categorical(["1"] * table.size),
            "participant": pd.Categorical([f"p{each}" for each in people]),
            "question": pd.Categorical([f"q{each}" for each in items]),
            "chose": table.ravel().astype(int),
            "side": np.where((people + items) % 2, 1, -1) if sides else 0,
            "position": (people + items) % table.shape[1] + 1.0,
            "response_ms": 1000.0 + items,
            "excluded": False,
            "simulated": False,
        }
    )
    return rows if order is None else rows.iloc[order]


def test_the_order_of_lines_changes_no_number_of_an_analysis():
    rng = np.random.default_rng(4)
    table = rng.random((9, 5)) < 0.7
    one = analyse(votes_of(table), alpha=0.05).sections[0]
    other = analyse(votes_of(table, order=rng.permutation(45)), alpha=0.05).sections[0]
    assert close(numbers(one.crossed), numbers(other.crossed))
    assert one.verdict == other.verdict
    assert one.independent == other.independent
    assert close(one.side.crossed.p_value, other.side.crossed.p_value)
    assert sorted(each.question for each in one.per_question) == sorted(each.question for each in other.per_question)
    assert {each.question: each.votes_for for each in one.per_question} == {
        each.question: each.votes_for for each in other.per_question
    }


@few
@given(TABLES)
def test_the_headline_of_a_table_of_votes_is_the_test_of_its_answers(table):
    assert close(numbers(headline(votes_of(table))), numbers(crossed_test(table)))


MIRRORED = {
    Verdict.PREFERRED: Verdict.BASELINE_AHEAD,
    Verdict.NOT_ESTABLISHED: Verdict.NOT_PREFERRED,
    Verdict.NOT_PREFERRED: Verdict.NOT_ESTABLISHED,
    Verdict.BASELINE_AHEAD: Verdict.PREFERRED,
}


@pytest.mark.parametrize(
    ("votes_for", "verdict"),
    [
        (110, Verdict.PREFERRED),
        (57, Verdict.NOT_PREFERRED),
    ],
)
def test_verdicts_follow_p_value_share_and_interval(votes_for, verdict):
    """Of 120 votes; what one method gains the other loses, one-sided as the question is."""
    table = np.random.default_rng(2).permutation(np.arange(120) < votes_for).reshape(15, 8)
    assert [analyse(votes_of(each), alpha=0.05).sections[0].verdict for each in (table, ~table)] == [
        verdict, MIRRORED[verdict],
    ]  # fmt: skip


def test_votes_without_sides_lose_the_side_and_nothing_else():
    table = np.random.default_rng(8).random((8, 4)) < 0.6
    with_sides, without = (analyse(votes_of(table, sides=sides)).sections[0] for sides in (True, False))
    assert without.side is None
    assert without.sensitivity.clustered.side is None
    assert with_sides.sensitivity.clustered.side is not None
    assert close(numbers(without.crossed), numbers(with_sides.crossed))


@few
@given(st.permutations(range(12)))
def test_rows_of_answers_are_numbered_by_their_labels_in_any_order(order):
    people, items = (axis.ravel()[list(order)] for axis in np.indices((4, 3)))
    rows = answer_rows([f"p{each}" for each in people], items, [each % 2 for each in order])
    assert rows.participant.tolist() == people.tolist()
    assert rows.question.tolist() == items.tolist()
    assert (rows.participants, rows.questions) == (4, 3)
    assert rows.vary_within(rows.participant).shape == (4,)
