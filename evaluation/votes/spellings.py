"""Names that look alike and are not the same: one person under two spellings counts as two."""

import unicodedata
from collections import defaultdict

import pandas as pd

from evaluation.votes.text_table import Tell

SHOWN = 10
"""Groups of look-alikes that are written out; the others are counted."""


def skeleton(text: str) -> str:
    r"""What is left of a name without case, spaces and characters that nobody sees.

    Examples
    --------
    >>> skeleton("Zo\u00eb\u00a0 1"), skeleton("ZOE\u0308\u200b1")
    ('zoë1', 'zoë1')
    """
    plain = unicodedata.normalize("NFKC", text).casefold()
    seen = "".join(each for each in plain if not each.isspace() and unicodedata.category(each) != "Cf")
    return unicodedata.normalize("NFKC", seen)


def look_alikes(names: "pd.Index[str]") -> list[list[str]]:
    """Groups of two or more different names that look alike, in order of appearance.

    Examples
    --------
    >>> look_alikes(pd.Index(["P1", "P2", "p1"]))
    [['P1', 'p1']]
    """
    groups = defaultdict(list)
    for name in names:
        groups[skeleton(name)].append(name)
    return [group for group in groups.values() if len(group) > 1]


def warned(column: "pd.Series[str]", word: str, *, same: bool, tell: Tell) -> "pd.Series[str]":
    """Tell which names look alike.

    Parameters
    ----------
    column : Series of categories
        Names.
    word : str
        What they name, in the singular.
    same : bool
        Whether names that look alike are the same: the first spelling stands for all.
    tell : callable
        Told each group.

    Returns
    -------
    Series of categories
        The names, or with `same` the first spelling of each.
    """
    groups = look_alikes(column.cat.categories)
    taken = "are taken for one" if same else "look alike and count as different; write one spelling, or give --same-ids"
    for group in groups[:SHOWN]:
        tell(f"{word}s {', '.join(map(repr, group))} {taken}.")
    if len(groups) > SHOWN:
        tell(f"{len(groups) - SHOWN} more groups of {word}s look alike.")
    if not same or not groups:
        return column
    first = {name: group[0] for group in groups for name in group}
    kept = pd.Index([name for name in column.cat.categories if first.get(name, name) == name])
    places = [kept.get_loc(first.get(name, name)) for name in column.cat.categories]
    codes = pd.Series(places).to_numpy()[column.cat.codes]
    return pd.Series(pd.Categorical.from_codes(codes, kept), index=column.index)
