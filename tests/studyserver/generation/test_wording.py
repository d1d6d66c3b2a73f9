"""The words of a new study are checked before anything reaches the database."""

import pytest

from studyserver.generation.deciding.drafts import draft_of, make_study
from studyserver.generation.exceptions import RequestRefused
from studyserver.studies.models import Study


@pytest.mark.django_db
def test_words_too_long_for_their_column_never_reach_the_database(monkeypatch):
    # SQLite would store them; PostgreSQL answers with an error that says nothing to the user.
    monkeypatch.setattr(Study, "save_base", lambda *_, **__: pytest.fail("the study was stored before it was checked"))
    draft = draft_of(slug="x", wording={"organizer": "L" * 201})
    with pytest.raises(RequestRefused, match=r"The study's organizer: .* at most 200 characters"):
        make_study(draft, compared=("base-2", "cmp-unsupervised"))
