from itertools import product
from math import isnan, log, sqrt
from time import process_time

import numpy as np
import pytest
from scipy import optimize, stats
from scipy.special import expit, log_expit

from evaluation.votes import mixed
from evaluation.votes.mixed import mixed_logit
from tests.reference.d1 import d1_columns


@pytest.fixture(scope="module")
def d1():
    participant, question, _, chose = d1_columns()
    return mixed_logit(participant, question, chose)


@pytest.fixture(scope="module")
def d1_with_side():
    participant, question, side, chose = d1_columns()
    return mixed_logit(participant, question, chose, side=side)


def fit_table(table, **options):
    table = np.asarray(table)
    participant, question = np.indices(table.shape)
    return mixed_logit(participant.ravel(), question.ravel(), table.ravel(), **options)


class DenseLaplace:
    """The model as a formula sheet has it: all columns at once, general optimisers, no structure used."""

    def __init__(self, participant, question, chose, side=None):
        self.people = np.equal.outer(participant, np.unique(participant)).astype(float)
        self.items = np.equal.outer(question, np.unique(question)).astype(float)
        ones = np.ones(len(chose))
        self.fixed = ones[:, None] if side is None else np.column_stack([ones, side])
        self.signs = 2 * np.asarray(chose) - 1

    def log_likelihood(self, parameters):
        sds, coefficients = parameters[:2], parameters[2:]
        random = np.hstack([sds[0] * self.people, sds[1] * self.items])

        def negative(u):
            return -log_expit(self.signs * (self.fixed @ coefficients + random @ u)).sum() + u @ u / 2

        def gradient(u):
            return u - random.T @ (self.signs * expit(-self.signs * (self.fixed @ coefficients + random @ u)))

        def hessian(u):
            chance = expit(self.fixed @ coefficients + random @ u)
            return np.eye(len(u)) + random.T @ np.diag(chance * (1 - chance)) @ random

        start = np.zeros(random.shape[1])
        mode = optimize.minimize(negative, start, jac=gradient, hess=hessian, method="trust-exact", tol=1e-9).x
        return -negative(mode) - np.linalg.slogdet(hessian(mode))[1] / 2

    def maximum(self, *, intercept=None):
        """The largest log-likelihood and where it is; over all other parameters where the intercept is given."""

        def negative(free):
            place = free if intercept is None else np.insert(free, 2, intercept)
            return -self.log_likelihood(place)

        start = np.concatenate([[1.0, 1.0], np.zeros(self.fixed.shape[1] - (intercept is not None))])
        # The mode is known to 1e-9, so differences over less than 1e-4 would be noise.
        found = optimize.minimize(negative, start, method="BFGS", options={"gtol": 1e-5, "eps": 1e-4})
        return -found.fun, found.x

    def standard_error(self, intercept, largest):
        """From the curvature of the profile likelihood."""
        step = 0.05
        drop = 2 * largest - sum(self.maximum(intercept=intercept + each)[0] for each in (step, -step))
        return step / sqrt(drop)


def tiny(seed, people, items, *, kept=1.0, spread=1.2):
    rng = np.random.default_rng(seed)
    participant, question = (axis.ravel() for axis in np.indices((people, items)))
    side = rng.choice([-1, 1], len(participant))
    eta = 0.4 + 0.5 * side + rng.normal(0, spread, people)[participant] + rng.normal(0, spread, items)[question]
    chose = (rng.random(len(eta)) < expit(eta)).astype(int)
    rows = rng.random(len(eta)) < kept
    return participant[rows], question[rows], chose[rows], side[rows]


def test_d1_equals_lme4(d1):
    assert d1.intercept.estimate == pytest.approx(0.55422524, abs=1e-3)
    assert d1.intercept.se == pytest.approx(0.13978835, abs=1e-3)
    assert d1.sd_participant == pytest.approx(0.68378, abs=1e-3)
    assert d1.sd_question == pytest.approx(0.36441, abs=1e-3)
    assert d1.log_likelihood == pytest.approx(-991.231644, abs=1e-3)
    assert (d1.participants, d1.questions, d1.answers, d1.converged, d1.side) == (154, 10, 1540, True, None)


def test_d1_with_side_equals_lme4(d1_with_side):
    assert d1_with_side.side.estimate == pytest.approx(0.04020928, abs=1e-3)
    assert d1_with_side.side.se == pytest.approx(0.05577218, abs=1e-3)
    assert d1_with_side.log_likelihood == pytest.approx(-990.974023, abs=1e-3)
    assert d1_with_side.side.p_value_two_sided == pytest.approx(2 * stats.t.sf(0.04020928 / 0.05577218, 9), abs=0.005)


def test_likelihood_is_at_least_that_which_lme4_reached(d1):
    # Both maximise the same function; lme4 stops its inner loop at 1e-7.
    assert d1.log_likelihood >= -991.231644


def test_tests_and_intervals_use_t_with_few_degrees_of_freedom(d1):
    estimate, se = d1.intercept.estimate, d1.intercept.se
    reach = stats.t.ppf(0.975, 9) * se
    assert (d1.intercept.df, d1.intercept.t) == (9, pytest.approx(estimate / se))
    assert d1.intercept.p_value == pytest.approx(stats.t.sf(estimate / se, 9))
    interval = d1.intercept.interval
    assert (interval.low, interval.high) == pytest.approx((estimate - reach, estimate + reach))
    probabilities = (d1.probability_interval.low, d1.probability, d1.probability_interval.high)
    assert probabilities == pytest.approx(tuple(expit([estimate - reach, estimate, estimate + reach])))


@pytest.mark.parametrize(
    ("data", "sided"),
    [(tiny(0, 8, 5), False), (tiny(1, 6, 9), True), (tiny(2, 10, 6, kept=0.7), True)],
    ids=["complete", "more questions than participants", "incomplete"],
)
def test_agrees_with_a_dense_laplace_approximation(data, sided):
    participant, question, chose, side = data
    result = mixed_logit(participant, question, chose, side=side if sided else None)
    dense = DenseLaplace(participant, question, chose, side if sided else None)
    largest, place = dense.maximum()
    coefficients = [result.intercept.estimate, *([result.side.estimate] if sided else [])]
    # The sign of a standard deviation means nothing to the likelihood.
    assert [result.sd_participant, result.sd_question, *coefficients] == pytest.approx(
        [abs(place[0]), abs(place[1]), *place[2:]], abs=1e-3
    )
    assert min(result.sd_participant, result.sd_question) > 0.1
    assert result.log_likelihood == pytest.approx(largest, abs=1e-6)
    assert result.intercept.se == pytest.approx(dense.standard_error(result.intercept.estimate, largest), rel=2e-3)


def test_variances_that_are_not_there_are_zero_and_leave_a_plain_logit():
    # 3 of 4 for everybody, on every question: less spread than chance.
    result = fit_table(1 - np.eye(4))
    assert (result.sd_participant, result.sd_question) == (0, 0)
    assert result.intercept.estimate == pytest.approx(log(3), abs=1e-5)
    assert result.intercept.se == pytest.approx(1 / sqrt(16 * 3 / 16), rel=1e-5)
    assert result.log_likelihood == pytest.approx(12 * log(3 / 4) + 4 * log(1 / 4))
    assert result.converged


def test_a_variance_at_zero_leaves_the_other_one_alone():
    # The same 6 of 10 on every question, but participants who differ.
    table = np.zeros((10, 4))
    table[:6] = 1
    for question in range(4):
        table[question, question], table[6 + question, question] = 0, 1
    result = fit_table(table)
    dense = DenseLaplace(*(axis.ravel() for axis in np.indices(table.shape)), table.ravel())
    assert result.sd_question == 0
    assert result.sd_participant > 0.5
    assert result.log_likelihood == pytest.approx(dense.maximum()[0], abs=1e-6)


def test_the_search_does_not_stop_at_a_variance_of_zero_where_the_likelihood_rises_from_there():
    for seed in range(5):
        participant, question, chose, _ = tiny(seed, 12, 9, spread=0.5)
        result = mixed_logit(participant, question, chose)
        dense = DenseLaplace(participant, question, chose)
        for sds in [(0.1, 0.1), (0.4, 0.1), (0.1, 0.4), (0.4, 0.4)]:
            assert result.log_likelihood > dense.log_likelihood(np.array([*sds, result.intercept.estimate])) - 1e-9


def test_participants_and_questions_may_change_places(d1):
    participant, question, _, chose = d1_columns()
    swapped = mixed_logit(question, participant, chose)
    assert (swapped.sd_participant, swapped.sd_question) == pytest.approx((d1.sd_question, d1.sd_participant), abs=1e-4)
    assert swapped.log_likelihood == pytest.approx(d1.log_likelihood, abs=1e-6)
    assert (swapped.participants, swapped.questions) == (10, 154)


def test_order_and_names_of_rows_mean_nothing():
    participant, question, chose, side = tiny(2, 10, 6, kept=0.7)
    shuffled = np.random.default_rng(0).permutation(len(chose))
    names = np.array([f"person {9 - each}" for each in participant])
    first = mixed_logit(participant, question, chose, side=side)
    second = mixed_logit(names[shuffled], question[shuffled], chose[shuffled], side=side[shuffled])
    assert second.intercept.estimate == pytest.approx(first.intercept.estimate, abs=1e-5)
    assert second.side.estimate == pytest.approx(first.side.estimate, abs=1e-5)


def test_swapping_the_methods_mirrors_the_intercept():
    participant, question, chose, side = tiny(1, 6, 9)
    ours = mixed_logit(participant, question, chose, side=side)
    theirs = mixed_logit(participant, question, 1 - chose, side=-side)
    assert theirs.intercept.estimate == pytest.approx(-ours.intercept.estimate, abs=1e-5)
    assert theirs.side.estimate == pytest.approx(ours.side.estimate, abs=1e-5)
    assert theirs.intercept.p_value == pytest.approx(1 - ours.intercept.p_value, abs=1e-5)


SEPARATED = {
    "all for": (np.ones((5, 4)), None),
    "all against": (np.zeros((5, 4)), None),
    "all for where left": (
        [[1, 1, 1], [1, 0, 1], [0, 1, 1], [1, 1, 0]],
        [[1, 1, -1], [1, -1, 1], [-1, 1, 1], [1, 1, -1]],
    ),
    "by participant alone": (np.repeat([[1], [1], [0]], 4, axis=1), None),
    "by participant alone, of whom there are two": ([[1, 1], [0, 0]], None),
    "by question alone": (np.tile([1, 0, 1, 1], (5, 1)), None),
    "by participant and question": (np.add.outer(np.arange(20), np.arange(10)) > 12, None),
}


@pytest.mark.parametrize(("table", "side"), SEPARATED.values(), ids=SEPARATED)
def test_separated_answers_prove_nothing(table, side):
    result = fit_table(table, side=None if side is None else np.ravel(side))
    assert not result.estimable
    assert not result.converged
    for each in [result.intercept, *([result.side] if side is not None else [])]:
        assert np.isnan([each.estimate, each.se, each.t, each.p_value, each.interval.low, each.interval.high]).all()
    assert np.isnan([result.sd_participant, result.sd_question, result.log_likelihood, result.probability]).all()
    assert np.isnan([result.probability_interval.low, result.probability_interval.high]).all()
    assert (result.participants, result.questions, result.answers) == (*np.shape(table), np.size(table))


def test_a_variance_on_the_verge_of_zero_does_no_harm():
    # 6 of 9 in rows and columns of 2: the likelihood is level in both variances at 0.
    result = fit_table([[1, 1, 0], [0, 1, 1], [1, 0, 1]])
    assert result.intercept.estimate == pytest.approx(log(2), abs=1e-4)
    assert result.intercept.se == pytest.approx(1 / sqrt(9 * 2 / 9), rel=1e-3)


def test_no_small_table_is_too_strange_to_fit():
    for answers in product([0, 1], repeat=4):
        result = fit_table(np.reshape(answers, (2, 2)))
        assert isnan(result.intercept.estimate) == isnan(result.intercept.p_value)


def test_a_flat_likelihood_gives_no_standard_error(monkeypatch):
    monkeypatch.setattr(mixed, "_hessian", lambda function, point: np.zeros((len(point), len(point))))
    assert isnan(fit_table(1 - np.eye(4)).intercept.estimate)


def test_a_search_that_ends_early_says_so(monkeypatch):
    search = optimize.minimize
    monkeypatch.setattr(
        mixed.optimize, "minimize", lambda *args, **kwargs: search(*args, **(kwargs | {"options": {"maxiter": 1}}))
    )
    result = fit_table(tiny(0, 8, 5)[2].reshape(8, 5))
    assert result.estimable
    assert not result.converged


@pytest.mark.parametrize(("participant", "question"), [([1, 1], [1, 2]), ([1, 2], [1, 1])])
def test_one_participant_or_one_question_is_refused(participant, question):
    with pytest.raises(ValueError, match="need at least 2 participants and 2 questions, got"):
        mixed_logit(participant, question, [0, 1])


def test_a_whole_study_is_fitted_within_seconds():
    rng = np.random.default_rng(3)
    eta = 0.4 + rng.normal(0, 0.6, (154, 1)) + rng.normal(0, 0.5, (1, 30))
    table = rng.random((154, 30)) < expit(eta)
    start = process_time()
    assert fit_table(table).converged
    # About 0.2 s on two old cores; 5 s is what a reader of the report may have to wait.
    assert process_time() - start < 5
