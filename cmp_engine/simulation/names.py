"""Invented names: nobody's, pronounceable, valid as folder names."""

import numpy as np

from cmp_engine.data.layout import TEST_INITIALS

_INITIALS = {
    True: tuple("ABCDE"),
    False: tuple("FGHJKLMNOPRSTVWZ"),
}
_VOWELS = ("a", "e", "i", "o", "u")
_MIDDLES = ("b", "d", "g", "k", "l", "m", "n", "r", "s", "t", "v", "z", "lv", "nd", "rn", "st")
_ENDS = ("l", "m", "n", "r", "s", "th", "x", "")


def invent_names(count: int, rng: np.random.Generator) -> list[str]:
    """Invent ``count`` different names such as ``Bavo_Tirenth``, sorted; a quarter (rounded) starts with A to E."""
    tests = round(count / 4)
    names: set[str] = set()
    for wanted, test in ((tests, True), (count, False)):
        while len(names) < wanted:
            names.add(f"{_word(_INITIALS[test], rng)}_{_word(_INITIALS[False], rng)}")
    assert sum(name[0] in TEST_INITIALS for name in names) == tests
    return sorted(names)


def _word(initials: tuple[str, ...], rng: np.random.Generator) -> str:
    initial = str(rng.choice(initials))
    start = initial if initial in "AEO" else initial + str(rng.choice(_VOWELS))
    return start + str(rng.choice(_MIDDLES)) + str(rng.choice(_VOWELS)) + str(rng.choice(_ENDS))
