import hashlib

import pytest

from studyserver.studies.freezing import freeze_study
from studyserver.studies.models import Registration, Stimulus, Study
from studyserver.studies.registration import registration_text
from studyserver.studies.services import close_study
from tests import factories
from tests.studyserver.reports.votes import without_triggers

pytestmark = pytest.mark.django_db


@pytest.fixture
def study():
    return factories.study(questions=2)


def changed(study, **values):
    Study.objects.filter(pk=study.pk).update(**values)
    study.refresh_from_db()
    return study


def test_text_names_methods_design_sample_and_level(study):
    text = registration_text(changed(study, planned_participants=200, alpha=0.01, sample_reason="Power of 90 %."))
    assert "the stimulus of cmp-unsupervised, the method under test, more often than that of base-2" in text
    assert 'Section 2, 3D models, 2 questions: "Which is closer?"' in text
    assert "200 participants who complete the study." in text
    assert "Reason for this number: Power of 90 %." in text
    assert "level 0.01," in text


def test_characters_of_the_wording_stay_as_they_are(study):
    assert 'study "Who\'s <closer> & why" (faces)' in registration_text(changed(study, title="Who's <closer> & why"))


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"claim": "each"}, "adjusted by Holm's method"),
        ({"claim": "all"}, "The largest of the sections' p-values decides"),
        ({"claim": "ordered"}, "the claim stops at the first that fails"),
        ({"looks": "fixed"}, "stay hidden until the study is closed"),
        ({"looks": "sequential", "planned_participants": 150}, "looked at when 30, 60, 90, 120, 150 participants who"),
        ({"looks": "anytime", "alpha": 0.05}, "from 1 / 0.05, times the number of sections, on"),
        ({"fastest_median_ms": 700}, "median time per answer is below 700 ms are excluded"),
        ({}, "No completed participation is excluded."),
        ({"attention_checks": 6}, "is also shown 6 questions with a right answer, spread over the sections"),
        ({"attention_checks": 6}, "No completed participation is excluded."),
        ({"attention_checks": 6, "attention_passes": 5}, "with fewer than 5 of 6 attention checks right are excluded"),
    ],
)
def test_each_choice_is_said(study, values, sentence):
    assert sentence in registration_text(changed(study, **values))


def test_without_attention_checks_the_text_does_not_speak_of_any(study):
    assert "attention" not in registration_text(study)


def test_attention_checks_that_nobody_has_to_pass_exclude_nobody(study):
    assert "are excluded" not in registration_text(changed(study, attention_checks=6))


@pytest.mark.parametrize("fastest", [None, 700])
def test_every_rule_of_exclusion_that_there_is_is_said(study, fastest):
    text = registration_text(changed(study, fastest_median_ms=fastest, attention_checks=6, attention_passes=5))
    assert ("median time per answer is below" in text) is (fastest is not None)
    assert "fewer than 5 of 6 attention checks right are excluded" in text
    assert "No completed participation is excluded" not in text


def test_the_same_study_gives_the_same_text_whatever_its_state(study):
    before = registration_text(study)
    assert registration_text(close_study(study=study)) == before


def test_another_picture_changes_the_text(study):
    before = registration_text(study)
    Stimulus.objects.filter(pk=Stimulus.objects.first().pk).update(image=factories.asset())
    assert registration_text(study) != before


def test_freezing_keeps_the_first_text_and_its_hash(study):
    text = registration_text(study)
    freeze_study(study=study)
    without_triggers()
    changed(study, planned_participants=10)
    freeze_study(study=study)
    kept = Registration.objects.get(study=study)
    assert kept.text == text
    assert kept.sha256 == hashlib.sha256(text.encode()).hexdigest()


def test_looks_are_spaced_equally_and_end_at_the_planned_number():
    plan = Study(looks=Study.Looks.SEQUENTIAL, planned_participants=154, look_count=5)
    assert plan.planned_looks == [31, 62, 92, 123, 154]
    plan.planned_participants = 3
    assert plan.planned_looks == [1, 2, 3]
    plan.looks = Study.Looks.FIXED
    assert plan.planned_looks == [3]
