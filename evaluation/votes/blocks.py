"""How many draws of a resampling fit into memory at once, whatever the size of the table."""

NUMBERS_AT_ONCE = 2**22
"""Numbers drawn together: 32 MB of each array that a block of draws takes."""


def draws_at_once(units: int, most: int) -> int:
    """Draws of so many units each, to be made together: as many as `NUMBERS_AT_ONCE` allows, from 1 to `most`.

    Examples
    --------
    >>> draws_at_once(154, most=10_000), draws_at_once(300_000, most=10_000), draws_at_once(10**7, most=10_000)
    (10000, 13, 1)
    """
    return max(1, min(most, NUMBERS_AT_ONCE // units))
