from math import isnan

import numpy as np
import pytest
from scipy import stats
from scipy.special import expit

from evaluation.votes.clustered import clustered_logit
from tests.reference.d1 import d1_columns


@pytest.fixture(scope="module")
def d1():
    return d1_columns()


@pytest.fixture(scope="module")
def incomplete():
    """Columns participant, question, side and chose of 9 participants who answered some of 6 questions."""
    rng = np.random.default_rng(0)
    participant, question = (axis.ravel() for axis in np.indices((9, 6)))
    eta = 0.5 + rng.normal(0, 1, 9)[participant] + rng.normal(0, 1, 6)[question]
    columns = np.array([participant, question, rng.choice([-1, 1], 54), rng.random(54) < expit(eta)]).astype(int)
    return columns[:, rng.random(54) < 0.8]


def cluster_variances(columns, coefficients, groups):
    """The sandwich with explicit sums: (X'WX)^-1 (sum of outer products of the clusters' scores) (X'WX)^-1."""
    _, _, side, chose = columns
    design = np.column_stack([np.ones(len(side)), side])
    mean = expit(design @ coefficients)
    bread = np.linalg.inv(design.T @ (design * (mean * (1 - mean))[:, None]))
    names = sorted(set(groups))
    meat = np.zeros((2, 2))
    for name in names:
        rows = [row for row, group in enumerate(groups) if group == name]
        score = design[rows].T @ (chose[rows] - mean[rows])
        meat += np.outer(score, score)
    correction = len(names) / (len(names) - 1) * (len(side) - 1) / (len(side) - 2)
    return correction * np.diag(bread @ meat @ bread)


def test_d1_equals_r(d1):
    participant, question, _, chose = d1
    result = clustered_logit(participant, question, chose)
    assert (result.participants, result.questions, result.answers) == (154, 10, 1540)
    assert result.intercept.estimate == pytest.approx(0.49009949, abs=5e-9)
    assert result.se_independent == pytest.approx(0.05250259, abs=5e-9)
    assert result.by_participant.se == pytest.approx(0.07065661, abs=5e-9)
    assert result.by_question.se == pytest.approx(0.12156856, abs=5e-9)
    assert result.intercept.se == pytest.approx(0.13043374, abs=5e-9)
    assert result.side is None


def test_t_has_one_degree_of_freedom_less_than_the_fewer_clusters(d1):
    participant, question, _, chose = d1
    result = clustered_logit(participant, question, chose)
    assert (result.intercept.df, result.by_participant.df, result.by_question.df) == (9, 153, 9)
    reach = stats.t.ppf(0.975, 9) * 0.13043374
    interval = result.intercept.interval
    assert (interval.low, interval.high) == pytest.approx((0.49009949 - reach, 0.49009949 + reach))
    assert result.intercept.p_value == pytest.approx(stats.t.sf(0.49009949 / 0.13043374, 9), rel=1e-6)


def test_probability_without_sides_is_the_share_of_answers(d1):
    participant, question, _, chose = d1
    result = clustered_logit(participant, question, chose)
    assert result.probability == pytest.approx(955 / 1540)
    logits = (result.intercept.interval.low, result.intercept.interval.high)
    assert (result.probability_interval.low, result.probability_interval.high) == pytest.approx(tuple(expit(logits)))


def test_variances_of_an_incomplete_design_with_sides_are_explicit_sums(incomplete):
    participant, question, side, chose = incomplete
    result = clustered_logit(participant, question, chose, side=side)
    coefficients = [result.intercept.estimate, result.side.estimate]
    by_person, by_item, by_answer = (
        cluster_variances(incomplete, coefficients, groups)
        for groups in (participant, question, list(zip(participant, question, strict=True)))
    )
    both = by_person + by_item - by_answer
    assert result.by_participant.se == pytest.approx(np.sqrt(by_person[0]))
    assert result.by_question.se == pytest.approx(np.sqrt(by_item[0]))
    # The case was chosen so: no part exceeds the whole.
    assert both[0] > max(by_person[0], by_item[0], result.se_independent**2)
    assert result.intercept.se == pytest.approx(np.sqrt(both[0]))
    assert (result.answers, result.intercept.df, result.side.df) == (len(side), 5, 5)


def test_coefficients_fulfil_the_likelihood_equations(incomplete):
    participant, question, side, chose = incomplete
    result = clustered_logit(participant, question, chose, side=side)
    missed = chose - expit(result.intercept.estimate + result.side.estimate * side)
    assert (missed.sum(), (missed * side).sum()) == pytest.approx((0, 0), abs=1e-7)


def test_variance_never_falls_below_any_of_its_parts(d1):
    participant, question, side, chose = d1
    result = clustered_logit(participant, question, chose, side=side)
    coefficients = [result.intercept.estimate, result.side.estimate]
    by_person, by_item, by_answer = (
        cluster_variances(d1, coefficients, groups.tolist())[1]
        for groups in (participant, question, 10 * participant + question)
    )
    assert by_person + by_item - by_answer < 0
    mean = expit(coefficients[0] + coefficients[1] * side)
    information = np.cov(side, aweights=mean * (1 - mean), ddof=0) * (mean * (1 - mean)).sum()
    assert result.side.se**2 == pytest.approx(max(by_person, by_item, 1 / information))


def test_variance_is_that_between_questions_where_participants_make_it_smaller():
    # Everybody is for the method on two of five questions, mostly the same ones.
    table = np.array([[1, 1, 0, 0, 0], [1, 1, 0, 0, 0], [1, 0, 1, 0, 0], [1, 1, 0, 1, 0]])
    participant, question = (axis.ravel() for axis in np.indices(table.shape))
    result = clustered_logit(participant, question, table.ravel())
    assert result.by_question.se > max(result.by_participant.se, result.se_independent)
    assert result.intercept.se == result.by_question.se


def test_questions_that_do_not_differ_leave_the_variance_of_independent_answers():
    participant, question = np.indices((6, 6))
    chose = (participant + question) % 2
    result = clustered_logit(participant.ravel(), question.ravel(), chose.ravel())
    assert result.intercept.se == result.se_independent == pytest.approx(1 / 3)
    assert not result.by_question.estimable


@pytest.mark.parametrize(
    ("chose", "side"), [([1] * 6, None), ([0] * 6, None), ([1, 0, 1, 0, 1, 1], [1, -1, 1, -1, 1, -1])]
)
def test_separated_answers_prove_nothing(chose, side):
    result = clustered_logit([1, 1, 1, 2, 2, 2], [1, 2, 3, 1, 2, 3], chose, side=side)
    assert not result.estimable
    coefficients = [result.intercept, result.by_participant, result.by_question, *([result.side] if side else [])]
    assert all(isnan(each.estimate) and isnan(each.se) and isnan(each.p_value) for each in coefficients)
    assert all(map(isnan, (result.se_independent, result.probability, result.probability_interval.low)))
    assert (result.participants, result.questions, result.answers) == (2, 3, 6)


def test_one_question_is_refused():
    with pytest.raises(ValueError, match="at least 2 participants and 2 questions, got 3 x 1"):
        clustered_logit([1, 2, 3], [1, 1, 1], [0, 1, 1])
