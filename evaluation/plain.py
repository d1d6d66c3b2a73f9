"""Results as data that every format can hold."""

import math
from typing import Any


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
