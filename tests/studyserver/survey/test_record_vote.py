import pytest
from django.db import IntegrityError, transaction

from studyserver.studies.exceptions import StudyClosed
from studyserver.studies.services import close_study
from studyserver.survey.exceptions import AlreadyVoted, NotCurrentTrial
from studyserver.survey.models import Participation, Trial, Vote
from studyserver.survey.services import record_vote, start_participation

pytestmark = [pytest.mark.django_db, pytest.mark.postgresql]


def address(participation, position):
    return f"/p/{participation.token}/{position}/"


def test_vote_is_stored_and_the_next_page_is_the_next_question(client, participation):
    response = client.post(address(participation, 1), {"choice": "right", "response_ms": "1234"}, follow=True)
    vote = Vote.objects.get()
    assert (vote.trial.position, vote.choice, vote.response_ms) == (1, "right", 1234)
    assert [code for _, code in response.redirect_chain] == [303]
    assert response.request["PATH_INFO"] == address(participation, 2)


def test_double_click_keeps_the_first_answer(client, participation):
    client.post(address(participation, 1), {"choice": "right"})
    response = client.post(address(participation, 1), {"choice": "left"}, follow=True)
    assert Vote.objects.get().choice == "right"
    assert response.request["PATH_INFO"] == address(participation, 2)


def test_service_refuses_a_second_vote(participation):
    trial = participation.trials.get(position=1)
    record_vote(trial=trial, choice="left", response_ms=1)
    with pytest.raises(AlreadyVoted, match="Question 1 was answered before"):
        record_vote(trial=trial, choice="right", response_ms=1)
    assert Vote.objects.get().choice == "left"


def test_a_question_ahead_takes_no_vote(client, participation):
    with pytest.raises(NotCurrentTrial, match="Question 3 is not the next one"):
        record_vote(trial=participation.trials.get(position=3), choice="left", response_ms=1)
    response = client.post(address(participation, 3), {"choice": "left"})
    assert (response.status_code, response.url) == (303, address(participation, 1))
    assert not Vote.objects.exists()


@pytest.mark.parametrize("sent", [{}, {"choice": ""}, {"choice": "middle"}, {"choice": "left", "response_ms": "-1"}])
def test_an_unusable_answer_shows_the_question_again(client, participation, sent):
    response = client.post(address(participation, 1), sent)
    assert response.status_code == 422
    assert "Which is closer?" in response.content.decode()
    assert not Vote.objects.exists()


def test_missing_choice_is_explained(client, participation):
    assert "Please choose A or B." in client.post(address(participation, 1), {}).content.decode()


def test_without_scripts_the_time_is_unknown_not_zero(client, participation):
    client.post(address(participation, 1), {"choice": "left", "response_ms": ""})
    assert Vote.objects.get().response_ms is None


def test_first_vote_freezes_the_study_and_later_ones_leave_the_time_alone(participation):
    study = participation.study
    record_vote(trial=participation.trials.get(position=1), choice="left", response_ms=1)
    study.refresh_from_db()
    frozen_at = study.frozen_at
    assert frozen_at is not None
    record_vote(trial=participation.trials.get(position=2), choice="left", response_ms=1)
    study.refresh_from_db()
    assert study.frozen_at == frozen_at


def test_vote_of_a_rehearsal_leaves_the_study_editable(study):
    rehearsed = start_participation(study=study, simulated=True)
    record_vote(trial=rehearsed.trials.get(position=1), choice="left", response_ms=1)
    study.refresh_from_db()
    assert study.frozen_at is None


def test_last_vote_completes_with_a_code(finished):
    assert finished.completed_at is not None
    assert len(finished.completion_code) == 8


def test_code_waits_for_the_last_vote(participation):
    for trial in participation.trials.filter(position__lt=6):
        record_vote(trial=trial, choice="left", response_ms=1)
    participation.refresh_from_db()
    assert (participation.completed_at, participation.completion_code) == (None, "")


def test_closed_study_takes_no_vote_and_says_so(client, participation):
    close_study(study=participation.study)
    with pytest.raises(StudyClosed, match="closed, not open"):
        record_vote(trial=participation.trials.get(position=1), choice="left", response_ms=1)
    response = client.post(address(participation, 1), {"choice": "left"}, follow=True)
    assert response.status_code == 410
    assert "This study has ended" in response.content.decode()
    assert not Vote.objects.exists()


def test_votes_need_the_instructions_first(client, study):
    started = start_participation(study=study)
    response = client.post(address(started, 1), {"choice": "left"})
    assert response.url == f"/p/{started.token}/instructions/"
    assert not Vote.objects.exists()


@pytest.mark.parametrize(
    "broken",
    [
        lambda trial: Vote.objects.create(trial=trial, choice="left", response_ms=1),
        lambda trial: Vote.objects.filter(trial=trial).update(choice="both"),
        lambda trial: Trial.objects.filter(pk=trial.pk).update(left=trial.right),
        lambda trial: Trial.objects.filter(pk=trial.pk).update(position=2),
        lambda trial: Trial.objects.filter(pk=trial.pk).update(question=trial.participation.trials.last().question),
        lambda trial: trial.delete(),
        lambda trial: trial.left.delete(),
    ],
    ids=["second vote", "no side", "same on both", "two at a position", "question twice", "trial", "stimulus"],
)
def test_the_database_itself_protects_the_evidence(participation, broken):
    trial = participation.trials.get(position=1)
    Vote.objects.create(trial=trial, choice="left", response_ms=1)
    with pytest.raises(IntegrityError), transaction.atomic():
        broken(trial)


def test_two_participants_of_a_study_cannot_share_a_code(finished):
    other = start_participation(study=finished.study)
    with pytest.raises(IntegrityError), transaction.atomic():
        Participation.objects.filter(pk=other.pk).update(completion_code=finished.completion_code)
