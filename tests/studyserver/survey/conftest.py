"""A study that is open and somebody on the way through it."""

import pytest

from studyserver.survey.models import Vote
from studyserver.survey.services import confirm_instructions, record_vote, start_participation
from tests import factories


@pytest.fixture
def study(db):
    return factories.study(questions=2)


@pytest.fixture
def participation(study):
    """Consented and instructed, six questions ahead."""
    started = start_participation(study=study)
    confirm_instructions(participation=started)
    started.refresh_from_db()
    return started


@pytest.fixture
def finished(participation):
    for trial in participation.trials.all():
        record_vote(trial=trial, choice=Vote.Choice.LEFT, response_ms=1000)
    participation.refresh_from_db()
    return participation
