"""Every page: who gets it when, what it keeps to itself, and how much it asks of the database."""

import re
import uuid

import pytest
from django.db import connection

from studyserver.studies.freezing import freeze_study
from studyserver.studies.models import Asset, Study
from studyserver.studies.services import close_study, store_asset
from studyserver.survey.models import Participation, Vote
from studyserver.survey.services import confirm_instructions, record_vote, start_participation
from tests import factories

pytestmark = pytest.mark.django_db


def pages(participation):
    root = f"/p/{participation.token}/"
    return [root, f"{root}instructions/", f"{root}1/", f"{root}2/", f"{root}7/", f"{root}finish/"]


def test_reload_shows_the_same_question_with_the_same_sides(client, participation):
    address = f"/p/{participation.token}/1/"
    assert client.get(address).content == client.get(address).content


def test_every_other_address_leads_to_the_current_question(client, participation):
    record_vote(trial=participation.trials.get(position=1), choice="left", response_ms=1)
    current = f"/p/{participation.token}/2/"
    for address in pages(participation):
        response = client.get(address)
        assert (response.status_code, response.get("Location")) == (
            (200, None) if address == current else (303, current)
        )


def test_before_the_instructions_every_address_leads_there(client, study):
    started = start_participation(study=study)
    for address in pages(started):
        response = client.get(address)
        if address.endswith("instructions/"):
            assert response.status_code == 200
        else:
            assert (response.status_code, response.url) == (303, f"/p/{started.token}/instructions/")


def test_confirming_the_instructions_leads_to_the_first_question(client, study):
    started = start_participation(study=study)
    response = client.post(f"/p/{started.token}/instructions/")
    assert (response.status_code, response.url) == (303, f"/p/{started.token}/1/")
    started.refresh_from_db()
    assert started.instructed_at is not None


def test_after_the_last_answer_every_address_leads_to_the_code(client, finished):
    for address in pages(finished):
        assert client.get(address, follow=True).request["PATH_INFO"] == f"/p/{finished.token}/finish/"
    assert finished.completion_code in client.get(f"/p/{finished.token}/finish/").content.decode()


def test_code_stays_reachable_when_the_study_is_closed(client, finished):
    close_study(study=finished.study)
    page = client.get(f"/p/{finished.token}/", follow=True).content.decode()
    assert finished.completion_code in page
    assert "Leave and delete" not in page


def test_instructions_say_how_to_come_back_after_a_pause(client, study):
    started = start_participation(study=study)
    page = client.get(f"/p/{started.token}/instructions/").content.decode()
    assert "Keep this page's address if you want to pause" in page


def test_looking_changes_nothing(client, participation):
    before = list(Participation.objects.values()), list(Study.objects.values())
    for address in ["/", "/s/faces/", *pages(participation)]:
        client.get(address)
        client.head(address)
    assert before == (list(Participation.objects.values()), list(Study.objects.values()))
    assert not Vote.objects.exists()


def test_pages_are_not_stored_and_set_no_cookie(client, participation):
    for address in ["/", "/s/faces/", "/s/faces/left/", *pages(participation)]:
        response = client.get(address)
        assert "no-store" in response["Cache-Control"], address
        assert not response.cookies, address
        assert "Cookie" not in response.get("Vary", ""), address


def test_forms_work_without_cookies_of_their_own(client, study):
    client.handler.enforce_csrf_checks = True
    assert client.post("/s/faces/", {"agreed": "on"}).status_code == 303


@pytest.mark.parametrize("method", ["put", "patch", "delete"])
def test_other_methods_are_refused(client, participation, method):
    assert getattr(client, method)(f"/p/{participation.token}/1/").status_code == 405


@pytest.mark.parametrize("path", ["", "instructions/", "1/", "finish/"])
def test_an_unknown_link_gets_a_kind_page(client, db, path):
    response = client.get(f"/p/{uuid.uuid4()}/{path}")
    assert response.status_code == 404
    assert "There is nothing at this address" in response.content.decode()


@pytest.mark.parametrize(("state", "status"), [("draft", 404), ("open", 200), ("closed", 410)])
def test_welcome_page_by_state_of_the_study(client, db, state, status):
    factories.study(questions=1, state=state)
    assert client.get("/s/faces/").status_code == status
    assert client.get("/s/unknown/").status_code == 404


def test_closed_study_blames_nobody_and_shows_no_code(client, participation):
    close_study(study=participation.study)
    response = client.get(f"/p/{participation.token}/1/", follow=True)
    assert response.status_code == 410
    assert "This study has ended" in response.content.decode()


def test_index_lists_open_studies_only(client, db):
    for state in Study.State.values:
        factories.study(slug=f"{state}-study", questions=1, state=state)
    page = client.get("/").content.decode()
    assert "/s/open-study/" in page
    assert "draft-study" not in page
    assert "closed-study" not in page


def test_information_tells_how_many_questions_there_are(client, study):
    assert "There are 6 such questions" in " ".join(client.get("/s/faces/").content.decode().split())


def test_an_empty_answer_gets_a_message_beside_the_choices(client, participation):
    response = client.post(f"/p/{participation.token}/1/", {})
    page = response.content.decode()
    assert response.status_code == 422
    assert '<p class="error" id="choice-error" role="alert" data-error>Please choose A or B.</p>' in page
    assert 'aria-describedby="intro choice-error" aria-invalid="true"' in page
    assert " novalidate " in page  # Our message, not the browser's.
    assert not Vote.objects.exists()


def test_header_counts_sections_and_questions(client, participation):
    for trial in participation.trials.filter(position__lt=4):
        record_vote(trial=trial, choice="left", response_ms=1)
    page = client.get(f"/p/{participation.token}/4/").content.decode()
    assert "Section 2 of 3 · question 4 of 6" in page


def test_one_heading_and_a_named_group_of_choices_on_every_question(client, participation):
    page = client.get(f"/p/{participation.token}/1/").content.decode()
    assert page.count("<h1") == 1
    assert 'role="radiogroup" aria-labelledby="prompt"' in page


@pytest.mark.parametrize(("position", "images", "meshes"), [(1, 2, 0), (3, 0, 2), (5, 2, 2)])
def test_question_shows_the_files_of_its_medium_left_then_right(client, participation, position, images, meshes):
    for trial in participation.trials.filter(position__lt=position):
        record_vote(trial=trial, choice="left", response_ms=1)
    trial = participation.trials.get(position=position)
    page = client.get(f"/p/{participation.token}/{position}/").content.decode()
    shown_images = re.findall(r'class="option__image" src="/a/([^"]+)"', page)
    shown_meshes = re.findall(r'data-mesh="/a/([^"]+)"', page)
    assert shown_images == [str(side.image_id) for side in (trial.left, trial.right)][:images]
    assert shown_meshes == [str(side.mesh_id) for side in (trial.left, trial.right)][:meshes]


def test_files_of_the_next_question_are_named_for_prefetching(client, participation):
    page = client.get(f"/p/{participation.token}/1/").content.decode()
    prefetched = re.search(r'data-prefetch="([^"]*)"', page)[1].split()
    upcoming = participation.trials.get(position=2)
    assert prefetched == [
        f"/a/{asset}" for asset in (upcoming.question.reference_id, upcoming.left.image_id, upcoming.right.image_id)
    ]


def test_number_of_queries_per_page(client, participation, django_assert_num_queries):
    asset = Asset.objects.first()
    with django_assert_num_queries(4):  # participation with counts; the next trials and checks; the files of the first
        client.get(f"/p/{participation.token}/1/")
    with django_assert_num_queries(2):  # the study and how many questions it asks
        client.get("/s/faces/")
    with django_assert_num_queries(1):
        client.get(f"/a/{asset.pk}").getvalue()
    freeze_study(study=participation.study)  # As the first vote of the study does, once.
    # The page's first three, savepoint and its release, lock, study, open questions, vote, progress, and two for where
    # to go next: the answer leads there directly, which saves a round trip.
    held = connection.vendor == "postgresql"  # One more: the study's row is held, which SQLite has no words for.
    with django_assert_num_queries(11 + held):
        response = client.post(f"/p/{participation.token}/1/", {"choice": "left"})
    assert response.url == f"/p/{participation.token}/2/"


def test_asset_is_served_whole_and_for_ever_under_its_random_id(client, db):
    stored = store_asset(b"some pixels", media_type="image/webp")
    response = client.get(f"/a/{stored.pk}")
    assert response.getvalue() == b"some pixels"
    assert response["Content-Type"] == "image/webp"
    assert response["Cache-Control"] == "public, max-age=31536000, immutable, no-transform"
    told = {name.lower() for name in response.headers}
    assert told.isdisjoint({"content-disposition", "last-modified", "etag", "set-cookie"})
    assert not any(stored.sha256[:8] in value for value in response.headers.values())


def test_unknown_asset_is_not_found(client, db):
    assert client.get(f"/a/{uuid.uuid4()}").status_code == 404


def test_only_the_question_page_may_run_the_mesh_decoder(client, participation):
    assert "wasm-unsafe-eval" in client.get(f"/p/{participation.token}/1/")["Content-Security-Policy"]
    assert "wasm-unsafe-eval" not in client.get("/s/faces/")["Content-Security-Policy"]


def test_no_page_has_an_inline_script_or_style(client, study, finished):
    waiting, begun = start_participation(study=study), start_participation(study=study)
    for trial in begun.trials.filter(position__lte=4):
        record_vote(trial=trial, choice="left", response_ms=1)
    confirm_instructions(participation=begun)
    on_the_way = [f"/p/{waiting.token}/instructions/", f"/p/{begun.token}/5/", f"/p/{finished.token}/finish/"]
    for address in ["/", "/s/faces/", "/s/faces/left/", *on_the_way]:
        assert client.get(address).status_code == 200, address
        page = client.get(address).content.decode()
        assert not re.search(r"<script(?![^>]*\bsrc=)|<style|\sstyle=|\son\w+=", page), address


def damaged(participation) -> Asset:
    """The first question's left picture, whose file is cut short."""
    shown = participation.trials.get(position=1).left.image
    shown.path.write_bytes(b"half")
    return shown


@pytest.mark.parametrize("damage", [lambda path: path.unlink(), lambda path: path.write_bytes(b"half")])
def test_asset_without_its_file_is_not_found_not_stored_and_tells_nothing(client, db, damage, caplog):
    stored = store_asset(b"some pixels", media_type="image/webp")
    damage(stored.path)
    response = client.get(f"/a/{stored.pk}")
    assert (response.status_code, response["Cache-Control"]) == (404, "no-store")
    assert response.content == b"Not found."
    assert not any(stored.sha256[:8] in value for value in response.headers.values())
    assert f"Asset {stored.pk} cannot be shown: {stored.path}" in caplog.text


def test_unknown_asset_and_one_without_its_file_look_the_same(client, db):
    stored = store_asset(b"some pixels", media_type="image/webp")
    stored.path.unlink()
    unknown, lost = (client.get(f"/a/{pk}") for pk in (uuid.uuid4(), stored.pk))
    assert (unknown.status_code, unknown.content, dict(unknown.headers)) == (404, lost.content, dict(lost.headers))


def test_question_without_a_file_says_so_and_takes_no_choice_until_it_is_back(client, participation):
    shown = participation.trials.get(position=1).left.image
    content = shown.path.read_bytes()
    damaged(participation)
    page = client.get(f"/p/{participation.token}/1/").content.decode()
    assert "data-missing>" in page
    assert "not your fault" in page
    assert participation.study.contact in page
    assert page.count("required disabled") == 2
    assert 'http-equiv="refresh"' in page
    shown.path.write_bytes(content)
    page = client.get(f"/p/{participation.token}/1/").content.decode()
    assert "data-missing hidden>" in page
    assert "disabled" not in page
    assert "http-equiv" not in page


@pytest.mark.parametrize(("position", "part"), [(1, "image"), (3, "mesh"), (3, "turntable"), (5, "turntable")])
def test_every_file_of_a_question_is_looked_for(client, participation, position, part):
    trial = participation.trials.get(position=position)
    for earlier in participation.trials.filter(position__lt=position):
        client.post(f"/p/{participation.token}/{earlier.position}/", {"choice": "left"})
    getattr(trial.right, part).path.unlink()
    assert "data-missing>" in client.get(f"/p/{participation.token}/{position}/").content.decode()


def test_an_answer_to_what_was_seen_before_its_file_was_lost_counts(client, participation):
    damaged(participation)
    response = client.post(f"/p/{participation.token}/1/", {"choice": "left"})
    assert response.status_code == 303
    assert participation.trials.get(position=1).vote.choice == "left"
