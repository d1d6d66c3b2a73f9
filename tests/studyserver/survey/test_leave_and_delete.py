import pytest

from studyserver.studies.exceptions import StudyClosed
from studyserver.studies.services import close_study
from studyserver.survey.models import Participation, Trial, Vote
from studyserver.survey.selectors import side_balances
from studyserver.survey.services import leave_and_delete, start_participation

pytestmark = [pytest.mark.django_db, pytest.mark.postgresql]


@pytest.fixture(params=["participation", "finished"])
def someone(request):
    return request.getfixturevalue(request.param)


def test_leaving_erases_plan_and_votes_and_gives_a_receipt(client, someone):
    response = client.post(f"/p/{someone.token}/leave/", follow=True)
    assert "Your answers are deleted" in response.content.decode()
    assert not Participation.objects.exists()
    assert not Trial.objects.exists()
    assert not Vote.objects.exists()


def test_others_keep_their_answers(client, finished):
    other = start_participation(study=finished.study)
    client.post(f"/p/{other.token}/leave/")
    assert Participation.objects.get() == finished
    assert Vote.objects.count() == 6


def test_the_place_in_the_balance_becomes_free(participation):
    leave_and_delete(participation=participation)
    assert not any(
        number for section in side_balances(participation.study, simulated=False) for number in section.values()
    )


def test_following_a_link_deletes_nothing(client, participation):
    assert client.get(f"/p/{participation.token}/leave/").status_code == 405
    assert Participation.objects.exists()


def test_answers_of_a_closed_study_stay(client, finished):
    close_study(study=finished.study)
    with pytest.raises(StudyClosed, match="closed, not open"):
        leave_and_delete(participation=finished)
    response = client.post(f"/p/{finished.token}/leave/")
    assert response.url == f"/p/{finished.token}/finish/"
    assert Vote.objects.count() == 6


def test_every_page_on_the_way_offers_it(client, study, finished):
    started = start_participation(study=study)
    action = 'action="/p/{}/leave/"'
    assert action.format(started.token) in client.get(f"/p/{started.token}/instructions/").content.decode()
    client.post(f"/p/{started.token}/instructions/")
    assert action.format(started.token) in client.get(f"/p/{started.token}/1/").content.decode()
    assert action.format(finished.token) in client.get(f"/p/{finished.token}/finish/").content.decode()
