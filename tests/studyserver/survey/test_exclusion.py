import pytest

from studyserver.studies.models import Study
from studyserver.survey.exclusion import is_excluded
from studyserver.survey.models import Participation, Vote
from studyserver.survey.services import record_vote, start_participation
from tests import factories


@pytest.mark.parametrize(
    ("limit", "times", "excluded"),
    [
        (700, [699, 100, 5000], True),
        (700, [700, 100, 5000], False),
        (700, [600, None, None], True),
        (700, [None, None], False),
        (None, [1, 1], False),
    ],
)
def test_a_median_below_the_limit_excludes(limit, times, excluded):
    assert is_excluded(Study(fastest_median_ms=limit), times) is excluded


@pytest.mark.django_db
@pytest.mark.parametrize(("response_ms", "excluded"), [(300, True), (900, False)])
def test_the_last_answer_applies_the_rule_and_the_votes_stop_counting(response_ms, excluded):
    study = factories.study(questions=1)
    study.fastest_median_ms = 700
    study.save()
    participation = start_participation(study=study)
    for trial in participation.trials.order_by("position"):
        assert not Participation.objects.get().excluded
        record_vote(trial=trial, choice="left", response_ms=response_ms)
    assert Participation.objects.get().excluded is excluded
    assert Vote.objects.countable().exists() is not excluded
    assert Participation.objects.get().completion_code
