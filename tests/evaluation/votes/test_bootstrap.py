import tracemalloc
from itertools import product

import numpy as np
import pytest

from evaluation.votes import blocks
from evaluation.votes.bootstrap import pigeonhole_bootstrap
from tests.reference.d1 import d1_tables

TABLE = np.array([[1, 0], [1, 1], [0, 0], [1, 0]])


@pytest.fixture(scope="module")
def d1():
    return d1_tables()[0]


def all_draws(table):
    """The mean of every possible draw, each as likely as any other."""
    people = product(range(len(table)), repeat=len(table))
    columns = list(product(range(table.shape[1]), repeat=table.shape[1]))
    return np.array([table[np.ix_(rows, chosen)].mean() for rows in people for chosen in columns])


def test_standard_error_and_interval_are_those_of_all_possible_draws():
    result = pigeonhole_bootstrap(TABLE, draws=40_000)
    means = all_draws(TABLE)
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


def test_same_seed_same_draws_and_another_seed_others():
    assert pigeonhole_bootstrap(TABLE, draws=50, seed=1) == pigeonhole_bootstrap(TABLE, draws=50, seed=1)
    assert pigeonhole_bootstrap(TABLE, draws=50, seed=1) != pigeonhole_bootstrap(TABLE, draws=50, seed=2)


def test_participants_and_questions_are_drawn_independently():
    square = np.eye(6)  # drawn together, rows and columns would always meet on the diagonal
    means = all_draws(np.eye(2))
    assert pigeonhole_bootstrap(np.eye(2), draws=40_000).se == pytest.approx(means.std(), rel=0.02)
    assert pigeonhole_bootstrap(square).interval.low < 1 / 6


@pytest.mark.parametrize("answer", [0, 1])
def test_equal_answers_have_no_spread(answer):
    result = pigeonhole_bootstrap(np.full((3, 4), answer), draws=20)
    assert (result.se, result.interval.low, result.interval.high) == (0, answer, answer)


def test_what_cannot_be_drawn_is_refused():
    with pytest.raises(ValueError, match="at least 2 draws, got 1"):
        pigeonhole_bootstrap(TABLE, draws=1)
    with pytest.raises(ValueError, match="at least 2 participants and 2 questions, got 1 x 2"):
        pigeonhole_bootstrap([[0, 1]])


def drawn_at_once(table, draws, seed):
    """Shares of all draws, each kind of unit drawn in one piece."""
    rng = np.random.default_rng(seed)
    people, items = (rng.multinomial(count, np.full(count, 1 / count), size=draws) for count in table.shape)
    return np.array([p @ table @ i for p, i in zip(people, items, strict=True)]) / table.size


@pytest.mark.parametrize("shape", [(4000, 3), (3, 4000), (60, 60)])
@pytest.mark.parametrize("at_once", [2**22, 9_000, 1])
def test_blocks_of_any_size_give_the_shares_of_all_draws_at_once(monkeypatch, shape, at_once):
    monkeypatch.setattr(blocks, "NUMBERS_AT_ONCE", at_once)
    table = (np.random.default_rng(8).random(shape) < 0.6).astype(int)
    means = drawn_at_once(table, draws=41, seed=5)
    result = pigeonhole_bootstrap(table, draws=41, seed=5)
    assert (result.se, result.mean) == (means.std(ddof=1), table.mean())
    assert (result.interval.low, result.interval.high) == tuple(np.quantile(means, [0.025, 0.975]))


@pytest.mark.parametrize("shape", [(40_000, 2), (2, 40_000)])
def test_the_memory_of_a_long_table_is_that_of_a_block(monkeypatch, shape):
    monkeypatch.setattr(blocks, "NUMBERS_AT_ONCE", 80_000)
    table = np.random.default_rng(8).random(shape) < 0.6
    tracemalloc.start()
    pigeonhole_bootstrap(table, draws=200)
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    # All at once: 200 draws of 40,000 units in 8 bytes are 64 MB, and as much again as floating point numbers.
    assert most < 10e6
