"""Attention checks on a participant's way: shown as questions, answered as votes are, and never votes."""

import re

import pytest
from django.db import IntegrityError, connection, transaction

from studyserver.reports.selectors import votes_table
from studyserver.reports.vote_export import export_votes
from studyserver.studies.exceptions import StudyClosed
from studyserver.studies.models import Condition, Section, Study
from studyserver.studies.services import close_study
from studyserver.survey.exceptions import AlreadyVoted, NotCurrentTrial
from studyserver.survey.models import CHECK_PROMPT, AttentionCheck, Participation, Vote
from studyserver.survey.progress import taking_part
from studyserver.survey.selectors import next_questions
from studyserver.survey.services import confirm_instructions, record_answer, record_check, start_participation

pytestmark = pytest.mark.django_db


@pytest.fixture
def study(study):
    """Two questions and two attention checks in each of three sections."""
    Study.objects.update(attention_checks=6, attention_passes=5)
    return Study.objects.get()


def begin(study):
    started = start_participation(study=study)
    confirm_instructions(participation=started)
    return Participation.objects.get(pk=started.pk)


def wrong_side(check):
    return Vote.Choice.RIGHT if check.correct == Vote.Choice.LEFT else Vote.Choice.LEFT


def go_on(participation, *, until=13, wrong=0):
    """Answer everything before position ``until``, the first ``wrong`` attention checks wrongly."""
    while (waiting := next_questions(participation)) and waiting[0].position < until:
        asked, choice = waiting[0], Vote.Choice.LEFT
        if isinstance(asked, AttentionCheck):
            choice = wrong_side(asked) if wrong > 0 else asked.correct
            wrong -= 1
        record_answer(asked=asked, choice=choice, response_ms=1000)
    participation.refresh_from_db()
    return participation


def up_to_a_check(participation, *, medium=None):
    """Answer until an attention check, of a section of ``medium`` if one is named, is the current question."""
    checks = participation.checks.filter(**({"question__section__medium": medium} if medium else {}))
    check = checks.order_by("position").first()
    go_on(participation, until=check.position)
    return check


def address(asked):
    return f"/p/{asked.participation.token}/{asked.position}/"


def test_trials_and_checks_share_one_numbering_and_half_have_their_right_answer_left(study):
    participation = begin(study)
    positions = [*participation.trials.values_list("position", flat=True)]
    positions += participation.checks.values_list("position", flat=True)
    assert sorted(positions) == list(range(1, 13))
    assert participation.checks.count() == 6
    assert participation.checks.filter(correct="left").count() == 3


def test_a_study_without_checks_draws_the_same_questions_and_no_checks(study):
    def drawn(participation):
        return list(participation.trials.values_list("question", "left").order_by("position"))

    checked = begin(study)
    before = drawn(checked)
    checked.delete()
    Study.objects.update(attention_checks=0, attention_passes=0)
    unchecked = begin(study)
    assert unchecked.seed == checked.seed
    assert drawn(unchecked) == before
    assert not unchecked.checks.exists()


def test_a_check_shows_the_reference_face_on_its_right_side_and_another_person_on_the_other(study):
    for check in begin(study).checks.select_related("question"):
        shown = {"left": check.left.image_id, "right": check.right.image_id}
        assert shown[check.correct] == check.question.reference_id
        assert shown[wrong_side(check)] == check.other_id != check.question.reference_id


@pytest.mark.parametrize("medium", Section.Medium.values)
def test_a_check_page_is_built_as_an_image_question_in_every_section(client, study, medium):
    def skeleton(page):
        page = re.sub(r"/(a|p)/[0-9a-f-]{36}(/\d+/)?", r"/\1/…", page)
        page = re.sub(r'question \d+ of 12|Question \d+ of 12|value="\d+"', "…", page, flags=re.IGNORECASE)
        page = re.sub(r'data-prefetch="[^"]*"', "", page).replace(" intro--new", "")
        page = page.replace(CHECK_PROMPT, check.question.section.prompt)
        return re.sub(r"Part \d|Section \d", "…", page)

    image_question = client.get(f"/p/{begin(study).token}/1/").content.decode()
    check = up_to_a_check(begin(study), medium=medium)
    page = client.get(address(check)).content.decode()
    assert skeleton(page) == skeleton(image_question)
    files = re.findall(r'src="/a/([^"]+)"', page)
    expected = [check.question.reference_id, check.left.image_id, check.right.image_id]
    assert files == [str(file) for file in expected]
    section = check.question.section
    assert f"Section {section.position} of 3 · question {check.position} of 12" in page
    assert f"<strong>{section.title}.</strong> Compare the pictures." in page
    assert (section.prompt if section.medium == Section.Medium.IMAGE else CHECK_PROMPT) in page


def test_no_page_with_checks_names_a_method_or_tells_a_check(client, study):
    participation = begin(study)
    secrets = [*Condition.objects.values_list("slug", flat=True), "attention", "correct", "check"]
    for position in range(1, 13):
        go_on(participation, until=position)
        page = client.get(f"/p/{participation.token}/{position}/").content.decode()
        assert f"question {position} of 12" in page
        assert not [secret for secret in secrets if secret in page]


def test_consent_and_instructions_count_checks_and_promise_nothing_untrue(client, study):
    welcome = " ".join(client.get("/s/faces/").content.decode().split())
    assert "There are 12 such questions. A few of them only show whether people look closely" in welcome
    assert "no right or wrong" not in welcome
    started = start_participation(study=study)
    instructions = client.get(f"/p/{started.token}/instructions/").content.decode()
    assert "There are 12 questions in 3 sections" in instructions


def test_the_last_page_says_what_the_checks_were(client, study):
    finished = go_on(begin(study))
    assert "was the reference face itself" in client.get(f"/p/{finished.token}/finish/").content.decode()


def test_an_answer_is_stored_with_its_time_and_leads_to_the_next_question(client, study):
    check = up_to_a_check(begin(study))
    response = client.post(address(check), {"choice": "right", "response_ms": "1234"})
    assert (response.status_code, response.url) == (303, f"/p/{check.participation.token}/{check.position + 1}/")
    check.refresh_from_db()
    assert (check.choice, check.response_ms) == ("right", 1234)
    assert check.answered_at is not None
    assert not Vote.objects.filter(trial__position=check.position).exists()


def test_a_double_click_keeps_the_first_answer(client, study):
    check = up_to_a_check(begin(study))
    client.post(address(check), {"choice": "right"})
    response = client.post(address(check), {"choice": "left"})
    check.refresh_from_db()
    assert check.choice == "right"
    assert response.url == f"/p/{check.participation.token}/{check.position + 1}/"
    with pytest.raises(AlreadyVoted, match=f"Question {check.position} was answered before"):
        record_check(check=check, choice="left", response_ms=1)


def test_a_check_ahead_takes_no_answer_and_a_waiting_check_holds_up_what_follows(client, study):
    participation = begin(study)
    check = participation.checks.earliest("position")
    with pytest.raises(NotCurrentTrial, match=f"Question {check.position} is not the next one"):
        record_check(check=check, choice="left", response_ms=1)
    go_on(participation, until=check.position)
    following = participation.trials.get(position=check.position + 1)
    with pytest.raises(NotCurrentTrial):
        record_answer(asked=following, choice="left", response_ms=1)
    assert client.post(address(following), {"choice": "left"}).url == address(check)
    assert not Vote.objects.filter(trial=following).exists()


def test_reload_and_every_other_address_lead_to_the_waiting_check(client, study):
    check = up_to_a_check(begin(study))
    root = f"/p/{check.participation.token}/"
    for other in (root, f"{root}instructions/", f"{root}1/", f"{root}finish/", f"{root}{check.position + 1}/"):
        assert client.get(other).url == address(check)
    assert client.get(address(check)).content == client.get(address(check)).content


@pytest.mark.parametrize("sent", [{}, {"choice": "middle"}, {"choice": "left", "response_ms": "-1"}])
def test_an_unusable_answer_shows_the_check_again(client, study, sent):
    check = up_to_a_check(begin(study))
    assert client.post(address(check), sent).status_code == 422
    check.refresh_from_db()
    assert (check.choice, check.answered_at) == ("", None)


def test_a_closed_study_takes_no_answer(study):
    check = up_to_a_check(begin(study))
    close_study(study=study)
    with pytest.raises(StudyClosed, match="closed, not open"):
        record_check(check=check, choice="left", response_ms=1)
    check.refresh_from_db()
    assert check.choice == ""


def test_files_of_a_check_are_named_for_prefetching_by_the_question_before(client, study):
    participation = begin(study)
    check = participation.checks.first()
    go_on(participation, until=check.position - 1)
    page = client.get(f"/p/{participation.token}/{check.position - 1}/").content.decode()
    shown = [check.question.reference_id, check.left.image_id, check.right.image_id]
    assert re.search(r'data-prefetch="([^"]*)"', page)[1].split() == [f"/a/{file}" for file in shown]


@pytest.mark.parametrize(("wrong", "excluded"), [(2, True), (1, False), (0, False)])
def test_four_of_six_exclude_and_five_do_not_and_all_get_the_code(client, study, wrong, excluded):
    participation = go_on(begin(study), wrong=wrong)
    assert participation.checks.failed().count() == wrong
    assert taking_part(study, simulated=False).excluded_by_checks == excluded
    assert participation.excluded is excluded
    assert participation.completion_code
    assert participation.completion_code in client.get(f"/p/{participation.token}/finish/").content.decode()


def test_the_code_waits_for_a_check_that_comes_last(study):
    participation = begin(study)
    assert participation.checks.last().position == 12  # As many checks as questions: one follows each.
    go_on(participation, until=12)
    assert Vote.objects.count() == 6
    assert (participation.completed_at, participation.completion_code, participation.excluded) == (None, "", False)
    go_on(participation)
    assert participation.completed_at is not None
    assert len(participation.completion_code) == 8


def test_a_check_is_no_vote(study, tmp_path):
    go_on(begin(study), wrong=2)
    closed = close_study(study=study)
    assert Vote.objects.count() == 6
    table = votes_table(closed, simulated=False)
    assert len(table) == 6
    assert table["excluded"].all()
    manifest = export_votes(closed, tmp_path / "votes.csv")
    assert (manifest.rows, manifest.participants) == (6, 1)


def test_leaving_erases_the_checks_too(client, study):
    participation = go_on(begin(study))
    client.post(f"/p/{participation.token}/leave/")
    assert not AttentionCheck.objects.exists()
    assert not Participation.objects.exists()


@pytest.mark.parametrize(
    "broken",
    [
        lambda check: AttentionCheck.objects.filter(pk=check.pk).update(choice="left"),
        lambda check: AttentionCheck.objects.filter(pk=check.pk).update(answered_at=check.participation.consented_at),
        lambda check: AttentionCheck.objects.filter(pk=check.pk).update(response_ms=1),
        lambda check: AttentionCheck.objects.filter(pk=check.pk).update(correct="both"),
        lambda check: check.participation.checks.update(position=2),
        lambda check: check.question.delete(),
    ],
    ids=["no time", "no choice", "time alone", "no side", "two at a position", "question"],
)
def test_the_database_itself_protects_the_checks(study, broken):
    check = begin(study).checks.first()
    with pytest.raises(IntegrityError), transaction.atomic():
        broken(check)


def test_pages_ask_the_database_as_often_with_checks(client, study, django_assert_num_queries):
    check = up_to_a_check(begin(study))
    with django_assert_num_queries(4):
        client.get(address(check))
    held = connection.vendor == "postgresql"  # One more: the study's row is held, which SQLite has no words for.
    with django_assert_num_queries(11 + held):
        client.post(address(check), {"choice": "left"})
