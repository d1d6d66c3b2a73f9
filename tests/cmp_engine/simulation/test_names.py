"""Invented names."""

import re

import numpy as np
import pytest

from cmp_engine.data.layout import is_test_name
from cmp_engine.simulation.names import invent_names


@pytest.mark.parametrize(("count", "tested"), [(8, 2), (9, 2), (10, 2), (11, 3), (100, 25)])
def test_a_quarter_rounded_is_for_testing(count, tested):
    names = invent_names(count, np.random.default_rng(count))
    assert len(set(names)) == len(names) == count
    assert names == sorted(names)
    assert sum(map(is_test_name, names)) == tested


def test_names_are_two_words_that_can_be_folders():
    names = invent_names(300, np.random.default_rng(1))
    assert all(re.fullmatch(r"[A-Z][a-z]+_[A-Z][a-z]+", name) for name in names)
    assert not [name for name in names if name.split("_")[1][0] in "ABCDE"]


def test_names_follow_the_generator():
    one, same, other = (invent_names(20, np.random.default_rng(seed)) for seed in (3, 3, 4))
    assert one == same
    assert one != other
