"""Results as data that every format can hold."""

import math
from collections.abc import Iterable
from dataclasses import asdict
from typing import Any

from evaluation.votes.analysis import SectionAnalysis


def finite_or_none(value: Any) -> Any:
    """Nested dicts and lists (tuples become such) with None for not-a-number and infinity, which JSON lacks.

    Examples
    --------
    >>> finite_or_none({"t": math.nan, "interval": (0.4, math.inf), "votes": 3})
    {'t': None, 'interval': [0.4, None], 'votes': 3}
    """
    if isinstance(value, dict):
        return {key: finite_or_none(entry) for key, entry in value.items()}
    if isinstance(value, list | tuple):
        return [finite_or_none(entry) for entry in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def sections_as_data(sections: Iterable[SectionAnalysis]) -> list[dict[str, Any]]:
    """What every JSON says of sections: all their fields, and the numbers that follow from them."""
    return [_section_as_data(section) for section in sections]


def _section_as_data(section: SectionAnalysis) -> dict[str, Any]:
    entry = asdict(section) | {"share": section.share, "votes_against": section.votes_against}
    entry["independent"]["significant"] = section.independent.significant
    entry["independent"]["significant_by_paper"] = section.independent.significant_by_paper
    if section.side is not None and section.side.crossed is not None:
        entry["side"]["crossed"]["p_value_two_sided"] = section.side.crossed.p_value_two_sided
    return entry
