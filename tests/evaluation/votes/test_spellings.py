"""What is left of a name, which names look alike, and what becomes of them."""

import numpy as np
import pandas as pd
import pytest

from evaluation.votes.spellings import SHOWN, look_alikes, skeleton, warned


def column(*names):
    return pd.Series(pd.Categorical(names, categories=list(dict.fromkeys(names))), index=range(2, 2 + len(names)))


@pytest.mark.parametrize(
    ("name", "left"),
    [
        ("P 01", "p01"),
        (" p01\t", "p01"),
        ("P\u00a001", "p01"),  # no-break space
        ("P\u200901", "p01"),  # thin space
        ("p\u200b01", "p01"),  # zero width space
        ("\ufeffp01", "p01"),  # byte order mark
        ("p\u00ad01", "p01"),  # soft hyphen
        ("\u2066p01\u2069", "p01"),  # marks of direction
        ("\uff50\uff10\uff11", "p01"),  # full width
        ("ﬁnn", "finn"),
        ("", ""),
        ("\u200b \u00a0", ""),
    ],
)
def test_case_spaces_and_what_nobody_sees_leave_a_name(name, left):
    assert skeleton(name) == left


@pytest.mark.parametrize(
    ("one", "other"), [("P1", "P-1"), ("P1", "P_1"), ("P1", "Pl"), ("O", "0"), ("e", "é"), ("1", "l")]
)
def test_what_a_reader_tells_apart_stays_apart(one, other):
    assert skeleton(one) != skeleton(other)
    assert look_alikes(pd.Index([one, other])) == []


def test_groups_and_their_names_come_in_order_of_appearance():
    assert look_alikes(pd.Index(["b", "A", "c", "B", "a", "b "])) == [["b", "B", "b "], ["A", "a"]]


def test_names_stay_what_they_are_unless_they_are_said_to_be_the_same():
    told = []
    given = column("b", "A", "B", "a", "b")
    kept = warned(given, "question", same=False, tell=told.append)
    assert kept is given
    assert len(told) == 2
    joined = warned(given, "question", same=True, tell=told.append)
    assert joined.tolist() == ["b", "A", "b", "A", "b"]
    assert joined.cat.categories.tolist() == ["b", "A"]
    assert joined.index.tolist() == [2, 3, 4, 5, 6]
    assert told[2:] == ["questions 'b', 'B' are taken for one.", "questions 'A', 'a' are taken for one."]


def test_names_that_differ_are_not_spoken_of():
    told = []
    given = column("x", "y", "x")
    assert warned(given, "participant", same=True, tell=told.append) is given
    assert told == []


@pytest.mark.parametrize(("groups", "lines"), [(SHOWN, SHOWN), (SHOWN + 1, SHOWN + 1), (SHOWN + 5, SHOWN + 1)])
def test_more_than_ten_groups_are_counted(groups, lines):
    told = []
    names = np.array([[f"p{number}", f"P{number}"] for number in range(groups)]).ravel()
    warned(column(*names), "participant", same=False, tell=told.append)
    assert len(told) == lines
    assert (told[-1] == f"{groups - SHOWN} more groups of participants look alike.") is (groups > SHOWN)
