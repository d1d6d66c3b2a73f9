"""The words of a study may not tell what is compared."""

import pytest

from studyserver.studies.models import Condition


@pytest.mark.parametrize(
    ("slug", "text", "found"),
    [("CMP", "Is cmp closer?", "CMP"), ("CMP", "Which is closer?", ""), ("---", "Which - A or B?", "")],
)
def test_method_is_found_however_it_is_written_and_nothing_else(slug, text, found):
    assert Condition(slug=slug, role=Condition.Role.OURS).name_in(text) == found
