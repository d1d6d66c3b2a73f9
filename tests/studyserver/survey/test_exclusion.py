from math import comb

import pytest

from studyserver.studies.models import Study
from studyserver.survey.exclusion import is_excluded
from studyserver.survey.models import Participation
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
    assert is_excluded(Study(fastest_median_ms=limit), times, failed=0) is excluded


@pytest.mark.parametrize(
    ("checks", "needed", "failed", "excluded"),
    [(6, 5, 2, True), (6, 5, 1, False), (6, 6, 1, True), (6, 0, 6, False), (0, 0, 0, False)],
)
def test_fewer_right_answers_to_attention_checks_than_asked_for_exclude(checks, needed, failed, excluded):
    study = Study(attention_checks=checks, attention_passes=needed)
    assert is_excluded(study, [1000], failed=failed) is excluded


def test_either_rule_alone_excludes():
    study = Study(fastest_median_ms=700, attention_checks=6, attention_passes=5)
    assert is_excluded(study, [699], failed=0)
    assert is_excluded(study, [700], failed=2)
    assert not is_excluded(study, [700], failed=1)


def test_the_help_of_the_plan_says_what_coin_flippers_achieve():
    """Binomial, in integers: at least five of six."""
    pass_by_chance = sum(comb(6, right) for right in (5, 6)) / 2**6
    said = Study._meta.get_field("attention_passes").help_text
    assert f"Six checks with five right keep out {1 - pass_by_chance:.0%}".replace("%", " %") in said
    assert f"({100 * pass_by_chance:.1f} % pass)" in said


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
    assert Participation.objects.get().completion_code
