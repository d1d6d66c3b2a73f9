"""What a preview is, shows, and leaves behind."""

import re
from datetime import timedelta

import pytest
from django.contrib.auth.models import Permission, User
from django.core.management import call_command
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from studyserver.studies.exceptions import StudyClosed, StudyNotReady
from studyserver.studies.models import Registration, Stimulus, Study
from studyserver.studies.services import close_study
from studyserver.survey.models import PREVIEW_KEPT_FOR, AttentionCheck, Participation, Trial, Vote
from studyserver.survey.previews import clear_previews, skip_ahead, start_preview
from studyserver.survey.selectors import open_positions
from studyserver.survey.services import record_vote, start_participation
from tests import factories

pytestmark = [pytest.mark.django_db, pytest.mark.postgresql]

MARK = "Nothing here counts"


@pytest.fixture
def draft(db):
    return factories.study(questions=2, state=Study.State.DRAFT)


@pytest.fixture
def staff(client):
    user = User.objects.create_user("staff", is_staff=True)
    user.user_permissions.add(Permission.objects.get(codename="view_study"))
    client.force_login(user)
    return client


def text(response) -> str:
    return " ".join(response.content.decode().split())


def press_preview(client, slug="faces"):
    return client.post(f"/studies/{slug}/preview/")


def grow_old(preview, by=PREVIEW_KEPT_FOR):
    Participation.objects.filter(pk=preview.pk).update(active_at=timezone.now() - by)


@pytest.mark.parametrize("state", [Study.State.DRAFT, Study.State.OPEN])
def test_staff_go_the_whole_way_and_every_page_is_marked(staff, state):
    study = factories.study(questions=1, state=state)
    study.attention_checks = 2
    study.save()
    welcome = press_preview(staff)
    assert welcome.status_code == 303
    page = staff.get(welcome.url)
    assert "I have read the information above" in text(page)
    assert MARK in text(page)
    instructions = staff.post(welcome.url, {"agreed": "on"})
    assert MARK in text(staff.get(instructions.url))
    address = staff.post(instructions.url).url
    for position in range(1, 6):
        assert address.endswith(f"/{position}/")
        assert MARK in text(staff.get(address))
        address = staff.post(address, {"choice": "right", "response_ms": "900"}).url
    page = text(staff.get(address))
    assert "Thank you, that was the last question" in page
    assert MARK in page
    assert re.search(r'<code id="code">PREVIEW-\w{4}</code>', page)
    preview = Participation.objects.get()
    assert (preview.kind, Vote.objects.count()) == ("preview", 3)
    study.refresh_from_db()
    assert (study.state, study.frozen_at) == (state, None)
    assert not Registration.objects.exists()


def test_pages_are_those_of_participants_but_for_the_mark(client, study):
    """Byte by byte, with what is drawn for each taken from the person."""
    preview, person = start_preview(study=study), start_participation(study=study)
    Trial.objects.filter(participation=preview).delete()
    for trial in person.trials.all():
        Trial.objects.create(
            participation=preview,
            question=trial.question,
            position=trial.position,
            left=trial.left,
            right=trial.right,
        )

    def without_mark(page):
        content = page.content.decode().replace(str(preview.token), str(person.token))
        return re.sub(r'<aside class="preview-mark".*?</aside>\s*', "", content, flags=re.DOTALL)

    def pages(participation, welcome):
        address = f"/p/{participation.token}/"
        yield client.get(welcome)
        yield client.post(welcome, {})
        yield client.get(f"{address}instructions/")
        client.post(f"{address}instructions/")
        for position in (1, 2):
            yield client.get(f"{address}{position}/")
            yield client.post(f"{address}{position}/", {})
            client.post(f"{address}{position}/", {"choice": "left"})

    ours = pages(preview, f"/p/{preview.token}/welcome/")
    theirs = pages(person, "/s/faces/")
    for mine, other in zip(ours, theirs, strict=True):
        assert MARK in mine.content.decode()
        assert MARK not in other.content.decode()
        assert re.sub(r"\s+", " ", without_mark(mine)) == re.sub(r"\s+", " ", without_mark(other))
        assert mine.status_code == other.status_code


def test_pages_of_a_preview_name_no_method_and_set_no_cookie(client, draft):
    preview = start_preview(study=draft)
    for address in ("welcome/", "instructions/", "1/", "finish/"):
        if address != "welcome/":
            client.post(f"/p/{preview.token}/skip/", {"to": "end" if address == "finish/" else "section"})
        response = client.get(f"/p/{preview.token}/{address}", follow=True)
        page = response.content.decode()
        for secret in ("cmp-unsupervised", "base-2", "ours", "baseline", "Person_1_1"):
            assert secret not in page, (address, secret)
        assert not response.cookies


def test_sides_are_drawn_anew_for_each_preview_and_follow_the_balance(draft):
    plans = []
    for _ in range(6):
        preview = start_preview(study=draft)
        trials = preview.trials.select_related("left__condition", "question")
        sides = {trial.question_id: trial.left.condition.role == "ours" for trial in trials}
        for section in draft.sections.all():
            assert sum(sides[question.pk] for question in section.questions.all()) == 1
        plans.append(tuple(sides.items()))
    assert len(set(plans)) > 1


def test_people_find_no_welcome_and_no_jump(client, participation):
    assert client.get(f"/p/{participation.token}/welcome/").status_code == 404
    assert client.post(f"/p/{participation.token}/skip/", {"to": "end"}).status_code == 404
    assert not Vote.objects.exists()
    assert MARK not in text(client.get(f"/p/{participation.token}/1/"))


def test_drafts_stay_closed_to_people(client, draft):
    assert client.get("/s/faces/").status_code == 404
    with pytest.raises(StudyClosed, match="draft, not open"):
        start_participation(study=draft)


@pytest.mark.parametrize("role", ["stranger", "user", "staff without permission"])
def test_others_cannot_begin_one(client, study, role):
    if role != "stranger":
        client.force_login(User.objects.create_user("somebody", is_staff=role != "user"))
    response = press_preview(client)
    assert response.status_code == (302 if role == "stranger" else 403)
    assert not Participation.objects.exists()


def test_following_a_link_begins_none(staff, study):
    response = staff.get("/studies/faces/preview/")
    assert (response.status_code, response.url) == (302, "/studies/faces/")
    assert not Participation.objects.exists()


def test_who_signs_in_first_comes_to_the_study_and_its_button(client, study):
    User.objects.create_superuser("root", password="long enough")
    login = press_preview(client).url
    signed_in = client.post(login, {"username": "root", "password": "long enough"}, follow=True)
    assert signed_in.status_code == 200
    assert signed_in.request["PATH_INFO"] == "/studies/faces/"
    assert 'action="/studies/faces/preview/"' in text(signed_in)
    assert not Participation.objects.exists()


def test_a_forged_request_begins_none(study):
    from django.test import Client

    careful = Client(enforce_csrf_checks=True)
    user = User.objects.create_superuser("admin")
    careful.force_login(user)
    assert press_preview(careful).status_code == 403
    assert not Participation.objects.exists()


def test_a_draft_that_lacks_something_says_what(staff, draft):
    Stimulus.objects.filter(question__section__position=1, question__number=1).first().delete()
    response = press_preview(staff)
    assert response.url == "/studies/faces/"
    said = "cannot be previewed yet. faces section 1 question 1 has 1 of 2 complete stimuli."
    assert said in text(staff.get(response.url))
    assert not Participation.objects.exists()
    with pytest.raises(StudyNotReady, match="question 1 has 1 of 2"):
        start_preview(study=draft)


def test_a_closed_study_has_no_preview(staff, study):
    close_study(study=study)
    assert "/studies/faces/preview/" not in text(staff.get("/studies/faces/"))
    assert "is closed: nobody goes through it any more" in text(staff.post("/studies/faces/preview/", follow=True))
    assert not Participation.objects.exists()


def test_jumps_lead_to_the_next_section_and_to_the_end(client, study):
    preview = start_preview(study=study)
    address, skip = f"/p/{preview.token}/", f"/p/{preview.token}/skip/"
    for expected in ("1/", "3/", "5/"):
        assert client.post(skip, {"to": "section"}).url == f"{address}{expected}"
    client.post(f"{address}5/", {"choice": "right"})
    assert client.post(skip, {"to": "section"}).url == f"{address}finish/"
    assert list(Vote.objects.order_by("trial__position").values_list("choice", flat=True)) == [
        *["left"] * 4,
        "right",
        "left",
    ]
    other = start_preview(study=study)
    assert client.post(f"/p/{other.token}/skip/", {"to": "end"}).url == f"/p/{other.token}/finish/"
    assert client.post(f"/p/{other.token}/skip/", {"to": "end"}).url == f"/p/{other.token}/finish/"


def test_jumps_pass_attention_checks(study):
    study.attention_checks = 6
    study.save()
    preview = start_preview(study=study)
    skip_ahead(preview=preview, to_end=True)
    assert open_positions(preview) == []
    assert AttentionCheck.objects.filter(answered_at=None).count() == 0
    preview.refresh_from_db()
    assert preview.completion_code.startswith("PREVIEW-")


@pytest.mark.parametrize("when", ["at once", "under way", "at the end", "when the study has closed"])
def test_ending_a_preview_leaves_nothing_and_leads_to_the_study(client, study, when):
    preview = start_preview(study=study)
    if when != "at once":
        skip_ahead(preview=preview, to_end=when == "at the end")
        preview.refresh_from_db()
    if when == "when the study has closed":
        close_study(study=study)
    response = client.post(f"/p/{preview.token}/leave/")
    assert response.url == "/studies/faces/"
    for model in (Participation, Trial, Vote, AttentionCheck):
        assert not model.objects.exists()
    assert client.get(f"/p/{preview.token}/").status_code == 404


def test_a_study_that_closes_ends_the_way_of_its_previews(client, study):
    preview = start_preview(study=study)
    skip_ahead(preview=preview, to_end=False)
    close_study(study=study)
    assert client.get(f"/p/{preview.token}/", follow=True).status_code == 410
    client.post(f"/p/{preview.token}/skip/", {"to": "end"})
    client.post(f"/p/{preview.token}/1/", {"choice": "left"})
    assert not Vote.objects.exists()


def test_a_preview_ends_a_day_after_its_last_answer(client, study):
    fresh, old = start_preview(study=study), start_preview(study=study)
    skip_ahead(preview=old, to_end=True)
    grow_old(old)
    grow_old(fresh, PREVIEW_KEPT_FOR - timedelta(minutes=1))
    assert client.get(f"/p/{old.token}/").status_code == 404
    assert client.get(f"/p/{fresh.token}/", follow=True).status_code == 200
    assert clear_previews() == 1
    assert Participation.objects.get() == fresh
    assert not Vote.objects.exists()


def test_only_previews_grow_old(finished, study):
    rehearsed = start_participation(study=study, simulated=True)
    Participation.objects.update(active_at=timezone.now() - timedelta(days=400))
    assert clear_previews() == 0
    assert set(Participation.objects.all()) == {finished, rehearsed}
    assert Vote.objects.count() == 6


def clear_by_command(client, study):
    assert call_command("clear_previews") == "Erased 1 previews."


def clear_by_next_preview(client, study):
    start_preview(study=study)


@pytest.mark.parametrize("clear", [clear_by_command, clear_by_next_preview])
def test_old_previews_go_without_a_scheduler(staff, study, clear):
    old = start_preview(study=study)
    grow_old(old)
    clear(staff, study)
    assert not Participation.objects.filter(pk=old.pk).exists()


@pytest.mark.parametrize("method", ["get", "head"])
def test_looking_at_a_study_writes_nothing(staff, study, method):
    old = start_preview(study=study)
    grow_old(old)
    with CaptureQueriesContext(connection) as queries:
        assert getattr(staff, method)("/studies/faces/").status_code == 200
    assert not [query["sql"] for query in queries if not query["sql"].startswith("SELECT")]
    assert Participation.objects.filter(pk=old.pk).exists()


def test_answers_of_a_preview_can_be_erased_when_its_study_is_frozen_and_closed(study, finished):
    preview = start_preview(study=study)
    skip_ahead(preview=preview, to_end=True)
    close_study(study=study)
    grow_old(preview)
    assert clear_previews() == 1
    assert Vote.objects.count() == 6
    assert Participation.objects.get() == finished


def test_a_vote_of_a_preview_freezes_nothing(study):
    preview = start_preview(study=study)
    record_vote(trial=preview.trials.get(position=1), choice="left", response_ms=1000)
    study.refresh_from_db()
    assert study.frozen_at is None
    assert not Registration.objects.exists()
    assert study.editable


def test_the_database_knows_no_other_kinds(study):
    with pytest.raises(IntegrityError, match="participation_kind_known"), transaction.atomic():
        Participation.objects.create(study=study, seed=1, kind="pilot", consent_sha256="0" * 64)
