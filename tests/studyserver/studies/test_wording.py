"""The words of a study are checked before they are stored."""

import pytest

from studyserver.generation.exceptions import RequestRefused
from studyserver.generation.services import prepare_study
from studyserver.studies.models import Condition, Study


def test_method_in_capitals_is_found_and_nothing_else():
    condition = Condition(slug="CMP", role=Condition.Role.OURS)
    assert condition.name_in("Is cmp closer?") == "CMP"
    assert condition.name_in("Which is closer?") == ""


@pytest.mark.django_db
def test_words_too_long_for_their_column_are_refused_on_every_database():
    with pytest.raises(RequestRefused, match=r"The study's organizer: .* at most 200 characters"):
        prepare_study(slug="x", compared=("base-2", "cmp-unsupervised"), wording={"organizer": "L" * 201})
    assert not Study.objects.exists()
