import pytest

from cmp_engine.data import Identity
from cmp_engine.inference.sheet import women_and_men


def identity(name: str) -> Identity:
    """``f1`` is a woman, ``m1`` a man, ``x1`` somebody of whom the meta file says nothing."""
    return Identity(name, name, name[0].strip("x"), 0, (), (), (), None)


@pytest.mark.parametrize(
    ("people", "count", "shown"),
    [
        ("m1 m2 f1 m3 f2 f3", 4, "f1 f2 m1 m2"),
        ("m1 m2 f1 m3 f2", 3, "f1 f2 m1"),
        ("m1 m2 m3 f1", 4, "f1 m1 m2 m3"),
        ("m1 f1 f2 f3", 4, "f1 f2 f3 m1"),
        ("x1 x2 x3", 2, "x1 x2"),
        ("m1", 8, "m1"),
    ],
)
def test_rows_are_women_and_men_in_equal_numbers_where_there_are(people, count, shown):
    assert [each.name for each in women_and_men([identity(name) for name in people.split()], count)] == shown.split()
