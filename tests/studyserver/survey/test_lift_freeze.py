"""A study whose only votes were deleted can be changed again, while nobody is under way."""

import re
from datetime import timedelta
from html import unescape

import pytest
from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from django.utils import timezone

from studyserver.studies.audit import Action
from studyserver.studies.exceptions import StudyFrozen
from studyserver.studies.freezing import lift_empty_freeze, require_editable
from studyserver.studies.models import AuditEntry, Registration, Study
from studyserver.studies.services import close_study, edit_section, edit_study
from studyserver.survey.models import LIVE_FOR, Participation, Vote
from studyserver.survey.previews import skip_ahead, start_preview
from studyserver.survey.services import leave_and_delete, record_vote, start_participation

pytestmark = [pytest.mark.django_db, pytest.mark.postgresql]


def vote_once(study, **kind):
    """Somebody who has answered the first question."""
    somebody = start_participation(study=study, **kind)
    record_vote(trial=somebody.trials.get(position=1), choice="left", response_ms=1000)
    return somebody


def grow_idle(*people):
    """As if they had left the page open for longer than anybody is waited for."""
    keys = [person.pk for person in people]
    Participation.objects.filter(pk__in=keys).update(active_at=timezone.now() - LIVE_FOR - timedelta(seconds=1))


def frozen(study) -> bool:
    study.refresh_from_db()
    assert (study.frozen_at is None) == (study.registration is None)
    return study.frozen_at is not None


def test_deleting_the_only_votes_lifts_the_freeze_and_keeps_the_registration(study):
    somebody = vote_once(study)
    before = study.registration
    assert frozen(study)
    leave_and_delete(participation=somebody)
    assert not frozen(study)
    assert study.editable
    kept = Registration.objects.get()
    assert (kept.pk, kept.text, kept.sha256) == (before.pk, before.text, before.sha256)
    assert kept.superseded_at is not None
    entry = AuditEntry.objects.get()
    assert (entry.action, entry.study, entry.actor) == (Action.UNFROZEN, study, None)
    assert entry.detail == "its only votes were deleted by who gave them"


def test_the_next_first_vote_registers_what_holds_then(study):
    leave_and_delete(participation=vote_once(study))
    edit_study(study=Study.objects.get(), changes={"planned_participants": 200})
    vote_once(study)
    assert frozen(study)
    first, second = Registration.objects.order_by("created_at")
    assert "154 participants" in first.text
    assert first.superseded_at is not None
    assert "200 participants" in second.text
    assert second.superseded_at is None
    assert study.registration == second


def test_the_votes_of_others_keep_the_freeze(study):
    somebody, other = vote_once(study), vote_once(study)
    grow_idle(other)
    leave_and_delete(participation=somebody)
    assert frozen(study)
    with pytest.raises(StudyFrozen):
        edit_study(study=study, changes={"title": "Other faces"})
    assert not AuditEntry.objects.exists()


def test_whoever_is_under_way_keeps_the_freeze_until_idle(study):
    somebody, other = vote_once(study), start_participation(study=study)
    leave_and_delete(participation=somebody)
    assert frozen(study)
    with pytest.raises(StudyFrozen):
        edit_study(study=study, changes={"title": "Other faces"})
    grow_idle(other)
    assert study.editable
    assert edit_study(study=Study.objects.get(), changes={"title": "Other faces"}).title == "Other faces"
    assert not frozen(study)
    assert list(AuditEntry.objects.values_list("action", flat=True)) == [Action.UNFROZEN, Action.EDITED]


def test_rehearsals_and_previews_keep_no_freeze(study):
    somebody = vote_once(study)
    vote_once(study, simulated=True)
    skip_ahead(preview=start_preview(study=study), to_end=True)
    leave_and_delete(participation=somebody)
    assert not frozen(study)
    assert Vote.objects.count() == 7


def test_a_rehearsal_or_preview_that_leaves_lifts_nothing_of_people(client, study):
    vote_once(study)
    leave_and_delete(participation=vote_once(study, simulated=True))
    client.post(f"/p/{start_preview(study=study).token}/leave/")
    assert frozen(study)


def test_a_closed_study_stays_frozen(study):
    somebody, other = vote_once(study), start_participation(study=study)
    leave_and_delete(participation=somebody)
    grow_idle(other)
    close_study(study=study)
    assert Study.objects.get().frozen_for_nobody
    lift_empty_freeze(study=study)
    assert frozen(study)
    assert not study.editable
    with pytest.raises(StudyFrozen):
        require_editable(study)


@pytest.fixture
def frozen_for_nobody(study):
    """The only votes were deleted while somebody was under way, who then stayed away."""
    somebody, other = vote_once(study), start_participation(study=study)
    leave_and_delete(participation=somebody)
    grow_idle(other)
    assert frozen(study)
    assert study.frozen_for_nobody
    return study


def test_asking_lifts_nothing(frozen_for_nobody):
    require_editable(frozen_for_nobody)
    assert frozen(frozen_for_nobody)


def test_an_edit_that_changes_nothing_lifts_nothing(frozen_for_nobody):
    section = frozen_for_nobody.sections.get(position=1)
    edit_study(study=frozen_for_nobody, changes={"title": frozen_for_nobody.title})
    edit_section(section=section, changes={"prompt": section.prompt})
    assert frozen(frozen_for_nobody)
    assert not AuditEntry.objects.exists()


def test_editing_a_section_lifts_the_freeze_in_the_name_of_who_edits(frozen_for_nobody):
    section = frozen_for_nobody.sections.get(position=1)
    edit_section(section=section, changes={"prompt": "Which is nearer?"}, by=User.objects.create_user("ada"))
    assert not frozen(frozen_for_nobody)
    assert [str(entry) for entry in AuditEntry.objects.all()] == ["faces: unfrozen by ada", "faces: edited by ada"]


def history(client) -> list[str]:
    """What the study's page says was done to it."""
    page = client.get("/studies/faces/").content.decode()
    listed = page[page.index('<h2 id="history">') :].partition("</section>")[0]
    return [" ".join(unescape(entry).split()) for entry in re.findall(r"<li>(.*?)</li>", listed, re.DOTALL)]


def test_the_history_says_that_a_deletion_lifted_the_freeze(admin_client, study):
    leave_and_delete(participation=vote_once(study))
    (said,) = history(admin_client)
    assert re.fullmatch(
        r"Unfrozen by a participant's deletion on .* UTC: its only votes were deleted by who gave them", said
    )


def test_the_history_says_whose_edit_lifted_the_freeze(admin_client, frozen_for_nobody):
    ada = User.objects.create_user("ada")
    edit_study(study=Study.objects.get(), changes={"title": "Voices"}, by=ada)
    unfrozen, edited = history(admin_client)
    assert re.fullmatch(r"Unfrozen by ada on .* UTC: its only votes were deleted by who gave them", unfrozen)
    assert re.fullmatch(r"Edited by ada on .* UTC: title 'Faces' is now 'Voices'", edited)


def test_the_form_of_the_study_can_be_saved_again(client, study):
    client.force_login(User.objects.create_superuser("admin"))
    address = f"/admin/studies/study/{study.pk}/change/"
    somebody, other = vote_once(study), start_participation(study=study)
    leave_and_delete(participation=somebody)
    assert 'name="title"' not in client.get(address).content.decode()
    grow_idle(other)
    page = client.get(address).content.decode()
    assert 'name="title"' in page
    assert frozen(study)  # Looking changes nothing.


def test_one_registration_is_in_force_at_a_time(study):
    vote_once(study)
    refused = pytest.raises(IntegrityError, match=r"registration_one_in_force_per_study|studies_registration\.study_id")
    with refused, transaction.atomic():
        Registration.objects.create(study=study, text="other", sha256="0" * 64)
    assert Registration.objects.count() == 1
