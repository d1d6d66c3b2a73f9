"""How participants answered, in sentences: each against hand-made measures."""

import pytest

from evaluation.output import findings as said
from evaluation.output.findings import NAMED
from evaluation.output.tables import NEARLY_ALWAYS, PLACES, PLACES_IN_WORDS
from evaluation.votes.response_quality import ONE_SIDED, OneSided, one_sided_participants


def test_the_words_for_the_bounds_are_those_of_the_constants():
    assert (NEARLY_ALWAYS, PLACES_IN_WORDS) == ("five of six answers", "ten places")
    assert PLACES == 10
    # Of six answers one person is flagged from five on, by the rule itself.
    assert one_sided_participants(list("abc"), [4, 5, 6], [6, 6, 6]).flagged == ("b", "c")
    assert pytest.approx(5 / 6) == 0.5 + ONE_SIDED


@pytest.mark.parametrize(
    ("count", "named"),
    [
        (1, "p0"),
        (2, "p0, p1"),
        (NAMED, ", ".join(f"p{number}" for number in range(10))),
        (NAMED + 1, ", ".join(f"p{number}" for number in range(10)) + " and 1 more"),
        (4000, ", ".join(f"p{number}" for number in range(10)) + " and 3990 more"),
    ],
)
def test_ten_of_the_flagged_are_named_and_the_others_counted(count, named):
    flagged = OneSided(tuple(f"p{number}" for number in range(count)), expected=0.25)
    assert said._one_sided(flagged, 5000) == (
        f"{count} of 5000 participants chose the same side in five of six answers or more ({named}); by chance 0.25 of "
        "5000 participants would. Nobody is excluded for that."
    )
