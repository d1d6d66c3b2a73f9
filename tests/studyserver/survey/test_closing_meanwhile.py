"""A study that is closed, edited or voted on while something else is under way: two real connections.

What runs in the other connection is stopped at a chosen place inside its transaction. On PostgreSQL rows are locked; on
SQLite one transaction begins when the other has ended.
"""

import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from unittest import mock

import pytest
from django.core.exceptions import ValidationError
from django.db import connection, connections, transaction
from django.utils import timezone

from studyserver.studies.exceptions import StudyClosed, StudyFrozen
from studyserver.studies.models import Registration, Section, Study
from studyserver.studies.services import close_study, edit_section, edit_study
from studyserver.survey import rehearsal, services
from studyserver.survey.exceptions import ParticipationGone
from studyserver.survey.models import LIVE_FOR, Participation, Vote
from studyserver.survey.services import confirm_instructions, leave_and_delete, record_vote, start_participation
from tests import factories

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.postgresql]
SOON_S = 0.5
"""Longer than any of these takes that need not wait."""


@pytest.fixture
def study():
    return factories.study(questions=2)


@pytest.fixture
def participation(study):
    return start_participation(study=study)


@pytest.fixture
def other():
    """Runs a function in a thread with a connection of its own."""
    with ThreadPoolExecutor(4) as threads:

        def start(function, **arguments):
            def work():
                try:
                    return function(**arguments)
                finally:
                    connections.close_all()

            return threads.submit(work)

        yield start


@contextmanager
def stopped(module, name):
    """Stop whoever calls ``module.name`` before it does; yields the events that say it is there, and let it go on."""
    there, go_on = threading.Event(), threading.Event()
    original = getattr(module, name)

    def stop(*args, **kwargs):
        there.set()
        assert go_on.wait(20)
        return original(*args, **kwargs)

    with mock.patch.object(module, name, stop):
        try:
            yield there, go_on
        finally:
            go_on.set()


def waits(future):
    """Whether it is still under way after a while."""
    return threading.Event().wait(SOON_S) or not future.done()


def vote(participation, position=1):
    return record_vote(trial=participation.trials.get(position=position), choice="left", response_ms=1)


def test_closing_waits_for_an_answer_in_flight(study, participation, other):
    with stopped(services, "mark_progress") as (there, go_on):
        answer = other(vote, participation=participation)
        assert there.wait(10)
        closing = other(close_study, study=study)
        assert waits(closing)
        go_on.set()
        assert answer.result(10).pk
    assert closing.result(10).closed_at >= Vote.objects.get().created_at


def test_no_answer_comes_after_the_end(study, participation, other):
    with transaction.atomic():
        close_study(study=study)
        answer = other(vote, participation=participation)
        assert waits(answer)
    with pytest.raises(StudyClosed, match="closed, not open"):
        answer.result(10)
    assert not Vote.objects.exists()


@pytest.mark.parametrize(
    "late",
    [
        lambda study, participation: leave_and_delete(participation=participation),
        lambda study, participation: confirm_instructions(participation=participation),
        lambda study, participation: start_participation(study=study),
        lambda study, participation: rehearsal.erase_rehearsal(study),
    ],
    ids=["leaving", "instructions", "arrival", "rehearsal erased"],
)
def test_nothing_else_comes_after_the_end_either(study, participation, other, late):
    before = Participation.objects.values().get()
    with transaction.atomic():
        close_study(study=study)
        attempt = other(late, study=study, participation=participation)
        assert waits(attempt)
    with pytest.raises(StudyClosed, match="closed, not open"):
        attempt.result(10)
    assert Participation.objects.values().get() == before


def test_two_who_leave_at_once_are_both_gone(participation, other):
    with transaction.atomic():
        leave_and_delete(participation=participation)
        again = other(leave_and_delete, participation=participation)
        assert waits(again)
    with pytest.raises(ParticipationGone, match="deleted by its owner"):
        again.result(10)


@pytest.mark.parametrize("edited", ["study", "section"])
def test_an_edit_waits_for_the_first_vote_and_then_comes_too_late(study, participation, other, edited):
    edit = {
        "study": lambda: edit_study(study=study, changes={"title": "Too late"}),
        "section": lambda: edit_section(section=study.sections.first(), changes={"prompt": "Too late?"}),
    }[edited]
    with stopped(services, "mark_progress") as (there, go_on):
        answer = other(vote, participation=participation)
        assert there.wait(10)
        attempt = other(edit)
        assert waits(attempt)
        go_on.set()
        answer.result(10)
    with pytest.raises(StudyFrozen):
        attempt.result(10)
    study.refresh_from_db()
    assert study.frozen_at is not None
    assert study.title == "Faces"
    assert "Too late?" not in Section.objects.values_list("prompt", flat=True)


def test_a_vote_waits_for_an_edit_and_registers_what_it_left(study, participation, other):
    with transaction.atomic():
        edit_study(study=study, changes={"alpha": 0.05})
        answer = other(vote, participation=participation)
        assert waits(answer)
    answer.result(10)
    study.refresh_from_db()
    assert (study.alpha, study.frozen_at is None) == (0.05, False)
    assert "level 0.05," in Registration.objects.get().text


def test_an_edit_that_was_read_before_a_vote_and_a_close_changes_neither(study, participation, other):
    read = Study.objects.get(pk=study.pk)
    other(vote, participation=participation).result(10)
    other(close_study, study=study).result(10)
    with pytest.raises(StudyFrozen):
        edit_study(study=read, changes={"alpha": 0.05})
    study.refresh_from_db()
    assert (study.state, study.frozen_at is None, study.alpha) == (Study.State.CLOSED, False, 0.001)


def test_of_two_edits_of_one_field_the_second_is_told_of_the_first(study, other):
    read = Study.objects.get(pk=study.pk)
    with transaction.atomic():
        edit_study(study=study, changes={"title": "First"})
        second = other(edit_study, study=read, changes={"title": "Second"})
        assert waits(second)
    with pytest.raises(ValidationError, match="Somebody else has changed this to 'First'"):
        second.result(10)
    assert Study.objects.get().title == "First"


def test_two_first_votes_freeze_the_study_once(study, other):
    people = [start_participation(study=study) for _ in range(2)]
    for answer in [other(vote, participation=person) for person in people]:
        answer.result(10)
    assert Vote.objects.count() == 2
    assert Registration.objects.count() == 1


def test_voters_and_arrivals_wait_for_each_other_on_sqlite_only(study, other):
    vote(start_participation(study=study))
    voter = start_participation(study=study)
    with transaction.atomic():
        vote(start_participation(study=study))
        answer = other(vote, participation=voter)
        if connection.vendor == "postgresql":
            assert answer.result(10).pk
        else:
            assert waits(answer)
    assert answer.result(10).pk


def idle(participation):
    """So long without an answer that nobody waits for it."""
    Participation.objects.filter(pk=participation.pk).update(active_at=timezone.now() - LIVE_FOR)


def test_a_vote_in_flight_keeps_the_freeze_of_votes_that_are_deleted(study, participation, other):
    vote(participation)
    voter = start_participation(study=study)
    idle(voter)
    with stopped(services, "mark_progress") as (there, go_on):
        answer = other(vote, participation=voter)
        assert there.wait(10)
        leaving = other(leave_and_delete, participation=participation)
        assert waits(leaving)
        go_on.set()
        answer.result(10)
    leaving.result(10)
    study.refresh_from_db()
    assert study.frozen_at is not None
    assert study.registration == Registration.objects.get()
    assert Vote.objects.count() == 1


def test_a_vote_that_comes_while_the_freeze_is_lifted_freezes_anew(study, participation, other):
    vote(participation)
    voter = start_participation(study=study)
    idle(voter)
    with transaction.atomic():
        leave_and_delete(participation=participation)
        answer = other(vote, participation=voter)
        assert waits(answer)
        assert not Registration.objects.filter(superseded_at=None).exists()
    answer.result(10)
    study.refresh_from_db()
    assert study.frozen_at is not None
    assert [kept.superseded_at is None for kept in study.registrations.all()] == [False, True]


def test_the_last_two_voters_may_leave_at_once(study, other):
    people = [start_participation(study=study) for _ in range(2)]
    for person in people:
        vote(person)
    for leaving in [other(leave_and_delete, participation=person) for person in people]:
        leaving.result(10)
    study.refresh_from_db()
    assert (study.frozen_at, study.registration) == (None, None)
    assert Registration.objects.count() == 1
