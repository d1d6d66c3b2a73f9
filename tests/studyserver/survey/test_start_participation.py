from datetime import timedelta
from uuid import UUID

import pytest
from django.core import signing
from django.utils import timezone

from studyserver.studies.exceptions import StudyClosed
from studyserver.studies.models import Condition, Study
from studyserver.survey.assignment import derive_seed
from studyserver.survey.models import LIVE_FOR, Participation, Trial, Vote
from studyserver.survey.selectors import consent_sha256, side_balances
from studyserver.survey.services import record_vote, start_participation
from tests import factories

pytestmark = [pytest.mark.django_db, pytest.mark.postgresql]


def finish(participation):
    for trial in participation.trials.all():
        record_vote(trial=trial, choice=Vote.Choice.LEFT, response_ms=1)


def largest_balance(study, *, simulated=False):
    return max(abs(number) for section in side_balances(study, simulated=simulated) for number in section.values())


def test_plan_has_every_question_once_and_ours_left_in_half_of_each_section():
    study = factories.study()
    trials = Trial.objects.filter(participation=start_participation(study=study)).order_by("position")
    assert [trial.position for trial in trials] == list(range(1, 31))
    assert [trial.question.section.position for trial in trials] == [1] * 10 + [2] * 10 + [3] * 10
    for position in (1, 2, 3):
        section = trials.filter(question__section__position=position)
        assert section.values("question").distinct().count() == 10
        assert section.filter(left__condition__role=Condition.Role.OURS).count() == 5


def test_both_sides_show_the_trial_question_under_different_conditions(study):
    for trial in start_participation(study=study).trials.all():
        assert trial.left.question == trial.right.question == trial.question
        assert trial.left.condition != trial.right.condition


def test_seed_is_stored_and_follows_from_the_study_seed(study):
    first, second = start_participation(study=study), start_participation(study=study)
    assert first.seed == derive_seed(study.seed, "real", 1)
    assert second.seed == derive_seed(study.seed, "real", 2)


def test_seed_of_someone_who_left_is_not_given_twice(study):
    first, _ = start_participation(study=study), start_participation(study=study)
    first.delete()
    assert len({start_participation(study=study).seed for _ in range(3)} | {first.seed}) == 4


def test_sides_stay_balanced_as_people_arrive(study):
    for arrived in range(1, 8):
        start_participation(study=study)
        assert largest_balance(study) == arrived % 2


def test_the_place_of_someone_who_stopped_is_filled_again(study):
    for _ in range(4):
        finish(start_participation(study=study))
    stopped = start_participation(study=study)
    Participation.objects.filter(pk=stopped.pk).update(active_at=timezone.now() - LIVE_FOR - timedelta(seconds=1))
    assert largest_balance(study) == 0
    start_participation(study=study)
    start_participation(study=study)
    assert largest_balance(study) == 0


def test_someone_who_finished_long_ago_still_counts(study):
    finish(start_participation(study=study))
    Participation.objects.update(active_at=timezone.now() - LIVE_FOR - timedelta(days=30))
    assert largest_balance(study) == 1


def test_excluded_participants_do_not_count_towards_the_balance(study):
    excluded = start_participation(study=study)
    Participation.objects.filter(pk=excluded.pk).update(excluded=True)
    assert largest_balance(study) == 0


def test_rehearsals_are_balanced_apart_from_people(study):
    start_participation(study=study)
    assert largest_balance(study, simulated=True) == 0
    start_participation(study=study, simulated=True)
    start_participation(study=study, simulated=True)
    assert (largest_balance(study), largest_balance(study, simulated=True)) == (1, 0)


@pytest.mark.parametrize("state", [Study.State.DRAFT, Study.State.CLOSED])
def test_a_study_that_is_not_open_takes_nobody(state):
    study = factories.study(questions=1, state=state)
    with pytest.raises(StudyClosed, match=state):
        start_participation(study=study)
    assert not Participation.objects.exists()


def test_agreeing_starts_and_leads_to_the_instructions(client, study):
    response = client.post("/s/faces/", {"agreed": "on"})
    participation = Participation.objects.get()
    assert (response.status_code, response.url) == (303, f"/p/{participation.token}/instructions/")
    assert participation.consent_sha256 == consent_sha256(study)
    assert participation.kind == Participation.Kind.PERSON


def test_not_ticking_the_box_stores_nothing_and_says_why(client, study):
    response = client.post("/s/faces/", {})
    assert response.status_code == 422
    assert "Please tick the box" in response.content.decode()
    assert not Participation.objects.exists()


def test_looking_at_the_welcome_page_stores_nothing_and_the_box_is_unticked(client, study):
    page = client.get("/s/faces/").content.decode()
    assert not Participation.objects.exists()
    assert 'type="checkbox"' in page
    assert "checked" not in page


def test_a_signed_rehearsal_is_marked_as_simulated(client, study):
    client.post("/s/faces/", {"agreed": "on", "rehearsal": signing.dumps("faces", salt="rehearsal")})
    assert Participation.objects.get().kind == Participation.Kind.REHEARSAL


@pytest.mark.parametrize(
    "ticket",
    [
        lambda: "faces",
        lambda: signing.dumps("faces", salt="other"),
        lambda: signing.dumps("another-study", salt="rehearsal"),
    ],
    ids=["unsigned", "signed for another purpose", "signed for another study"],
)
def test_a_forged_rehearsal_stores_nothing(client, study, ticket):
    response = client.post("/s/faces/", {"agreed": "on", "rehearsal": ticket()})
    assert response.status_code == 422
    assert "rehearsal ticket is not valid" in response.content.decode()
    assert not Participation.objects.exists()


def test_consent_fingerprint_changes_with_what_the_text_says(study):
    before = consent_sha256(study)
    study.contact = "someone-else@example.org"
    assert consent_sha256(study) != before


def test_tokens_are_random(study):
    tokens = {start_participation(study=study).token for _ in range(3)}
    assert len(tokens) == 3
    assert all(UUID(str(token)).version == 4 for token in tokens)
