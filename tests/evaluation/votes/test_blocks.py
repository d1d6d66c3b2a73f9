import pytest

from evaluation.votes.blocks import NUMBERS_AT_ONCE, draws_at_once


@pytest.mark.parametrize(
    ("units", "most", "draws"),
    [
        (154, 10_000, 10_000),
        (419, 10_000, 10_000),
        (420, 10_000, 9_986),
        (300_000, 10_000, 13),
        (NUMBERS_AT_ONCE, 10_000, 1),
        (NUMBERS_AT_ONCE + 1, 10_000, 1),
        (2, 50, 50),
    ],
)
def test_a_block_has_as_many_draws_as_the_units_leave_room_for_and_at_least_one(units, most, draws):
    assert draws_at_once(units, most) == draws
    assert draws == 1 or draws * units <= NUMBERS_AT_ONCE
