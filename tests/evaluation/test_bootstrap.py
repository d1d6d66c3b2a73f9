from itertools import product

import numpy as np
import pytest

from evaluation.bootstrap import participant_bootstrap, pigeonhole_bootstrap
from tests.reference.d1 import d1_tables

TABLE = np.array([[1, 0], [1, 1], [0, 0], [1, 0]])


@pytest.fixture(scope="module")
def d1():
    return d1_tables()[0]


def all_draws(table, *, items):
    """The mean of every possible draw, each as likely as any other."""
    people = product(range(len(table)), repeat=len(table))
    columns = list(product(range(table.shape[1]), repeat=table.shape[1])) if items else [range(table.shape[1])]
    return np.array([table[np.ix_(rows, chosen)].mean() for rows in people for chosen in columns])


@pytest.mark.parametrize(("bootstrap", "items"), [(pigeonhole_bootstrap, True), (participant_bootstrap, False)])
def test_standard_error_and_interval_are_those_of_all_possible_draws(bootstrap, items):
    result = bootstrap(TABLE, draws=40_000)
    means = all_draws(TABLE, items=items)
    # The standard error of a standard deviation from 40,000 draws is 0.4 % of it; bounds are eighths.
    assert result.se == pytest.approx(means.std(), rel=0.015)
    assert (result.interval.low, result.interval.high) == tuple(np.quantile(means, [0.025, 0.975]))
    assert (result.mean, result.participants, result.questions, result.draws) == (0.5, 4, 2, 40_000)


def test_participants_and_questions_of_d1(d1):
    result = pigeonhole_bootstrap(d1)
    assert result.se == pytest.approx(0.0340, rel=0.02)
    assert result.draws == 10_000
    assert result.mean == 955 / 1540
    # The distribution is nearly normal, so the percentile interval is too.
    assert result.interval.low == pytest.approx(result.mean - 1.96 * 0.0340, abs=0.004)
    assert result.interval.high == pytest.approx(result.mean + 1.96 * 0.0340, abs=0.004)


def test_participants_of_d1(d1):
    result = participant_bootstrap(d1)
    assert result.se == pytest.approx(0.0168, rel=0.02)
    # Plug-in variance of a mean: the bootstrap needs no simulation to know it.
    assert result.se == pytest.approx(d1.mean(axis=1).std() / np.sqrt(154), rel=0.02)


@pytest.mark.parametrize("bootstrap", [pigeonhole_bootstrap, participant_bootstrap])
def test_same_seed_same_draws_and_another_seed_others(bootstrap):
    assert bootstrap(TABLE, draws=50, seed=1) == bootstrap(TABLE, draws=50, seed=1)
    assert bootstrap(TABLE, draws=50, seed=1) != bootstrap(TABLE, draws=50, seed=2)


def test_participants_and_questions_are_drawn_independently():
    square = np.eye(6)  # drawn together, rows and columns would always meet on the diagonal
    means = all_draws(np.eye(2), items=True)
    assert pigeonhole_bootstrap(np.eye(2), draws=40_000).se == pytest.approx(means.std(), rel=0.02)
    assert pigeonhole_bootstrap(square).interval.low < 1 / 6


@pytest.mark.parametrize("answer", [0, 1])
def test_equal_answers_have_no_spread(answer):
    result = pigeonhole_bootstrap(np.full((3, 4), answer), draws=20)
    assert (result.se, result.interval.low, result.interval.high) == (0, answer, answer)


@pytest.mark.parametrize("bootstrap", [pigeonhole_bootstrap, participant_bootstrap])
def test_what_cannot_be_drawn_is_refused(bootstrap):
    with pytest.raises(ValueError, match="at least 2 draws, got 1"):
        bootstrap(TABLE, draws=1)
    with pytest.raises(ValueError, match="at least 2 participants and 2 questions, got 1 x 2"):
        bootstrap([[0, 1]])
