"""Two tabs, two arrivals: real threads with their own database connections."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connections

from studyserver.survey.exceptions import AlreadyVoted
from studyserver.survey.models import Participation, Vote
from studyserver.survey.selectors import side_balances
from studyserver.survey.services import confirm_instructions, record_check, record_vote, start_participation
from tests import factories

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.postgresql]
AT_ONCE = 6


@pytest.fixture
def study():
    return factories.study(questions=2)


def at_the_same_time(work):
    """Call ``work`` in several threads that start together; return what each returned or raised."""
    together = Barrier(AT_ONCE)

    def start(_):
        together.wait()
        try:
            return work()
        except AlreadyVoted as refused:
            return refused
        finally:
            connections.close_all()

    with ThreadPoolExecutor(AT_ONCE) as threads:
        return list(threads.map(start, range(AT_ONCE)))


def test_tabs_that_answer_together_leave_one_vote(study):
    participation = start_participation(study=study)
    confirm_instructions(participation=participation)
    trial = participation.trials.get(position=1)
    results = at_the_same_time(lambda: record_vote(trial=trial, choice="left", response_ms=1))
    assert sum(isinstance(result, Vote) for result in results) == 1
    assert sum(isinstance(result, AlreadyVoted) for result in results) == AT_ONCE - 1
    assert Vote.objects.count() == 1


def test_tabs_that_answer_an_attention_check_together_leave_one_answer(study):
    study.attention_checks = 6
    study.save()
    participation = start_participation(study=study)
    record_vote(trial=participation.trials.get(position=1), choice="left", response_ms=1)
    check = participation.checks.get(position=2)
    results = at_the_same_time(lambda: record_check(check=check, choice="left", response_ms=1))
    assert sum(result is None for result in results) == 1
    assert sum(isinstance(result, AlreadyVoted) for result in results) == AT_ONCE - 1


def test_people_who_arrive_together_get_balanced_sides_and_seeds_of_their_own(study):
    at_the_same_time(lambda: start_participation(study=study))
    assert len(set(Participation.objects.values_list("seed", flat=True))) == AT_ONCE
    assert {number for section in side_balances(study, simulated=False) for number in section.values()} == {0}
