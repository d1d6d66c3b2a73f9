"""The names that scripts outside import stay where they are, whichever room their code is in."""

from importlib import import_module

import pytest


@pytest.mark.parametrize(
    ("public", "room", "names"),
    [
        ("preference", "votes", {"PreferenceTest", "preference_test"}),
        ("crossed", "votes", {"CrossedTest", "crossed_test"}),
        ("ratios", "faces", {"RatioErrors", "absolute_ratio_errors"}),
    ],
)
def test_public_names_are_the_objects_of_the_room(public, room, names):
    outside, inside = import_module(f"evaluation.{public}"), import_module(f"evaluation.{room}.{public}")
    assert set(outside.__all__) == names
    assert all(getattr(outside, name) is getattr(inside, name) for name in names)
    assert all(getattr(inside, name).__module__ == inside.__name__ for name in names), "each is written in its room"
