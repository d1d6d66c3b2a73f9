"""Previews: staff go a participant's whole way, as often as they like, and nothing of it counts.

A preview is a participation of a kind of its own, which no count, balance, sequence of seeds, report or export reads,
and which freezes nothing. Its link ends ``PREVIEW_KEPT_FOR`` after the last answer. The rows go when the next preview
is begun, or with ``manage.py clear_previews``: no scheduler is needed.
"""

import secrets

from django.db import transaction

from studyserver.studies.exceptions import StudyClosed, StudyNotReady
from studyserver.studies.locks import queue_for_study
from studyserver.studies.models import Study
from studyserver.studies.selectors import missing_parts
from studyserver.survey.models import Participation, Vote
from studyserver.survey.selectors import consent_sha256, next_questions, questions_by_section
from studyserver.survey.services import confirm_instructions, draw_plan, record_answer


def start_preview(*, study: Study) -> Participation:
    """Begin a way through a draft or an open study; order and sides are drawn at random, as for participants.

    Raises:
        StudyClosed: the study is closed, so no participant goes this way any more.
        StudyNotReady: a condition, question or stimulus is missing; the message says which.
    """
    clear_previews()  # In a transaction of its own: a study is locked before participations.
    with transaction.atomic():
        study = queue_for_study(study.pk)
        require_preview_possible(study)
        preview = Participation.objects.create(
            study=study,
            kind=Participation.Kind.PREVIEW,
            seed=secrets.randbits(63),
            consent_sha256=consent_sha256(study),
        )
        # Drawn without regard to the balance of those who count.
        draw_plan(preview, [dict.fromkeys(questions, 0) for questions in questions_by_section(study)])
    return preview


def require_preview_possible(study: Study) -> None:
    if study.state == Study.State.CLOSED:
        raise StudyClosed(f"Study {study.slug!r} is closed: nobody goes through it any more, so there is no preview.")
    if missing := missing_parts(study):
        raise StudyNotReady(f"Study {study.slug!r} cannot be previewed yet. " + " ".join(missing))


@transaction.atomic
def skip_ahead(*, preview: Participation, to_end: bool) -> None:
    """Go on to the first question of the next section, or to the end; what is skipped is answered with A.

    Raises:
        StudyClosed: the study was closed meanwhile.
        ParticipationGone: the preview was ended meanwhile.
        AlreadyVoted, NotCurrentTrial: another tab went on meanwhile.
    """
    if not preview.instructed_at:
        confirm_instructions(participation=preview)
        if not to_end:
            return
    waiting = next_questions(preview)
    here = waiting[0].question.section_id if waiting else None
    while waiting and (to_end or waiting[0].question.section_id == here):
        record_answer(asked=waiting[0], choice=Vote.Choice.LEFT, response_ms=None)
        waiting = next_questions(preview)


def end_preview(*, preview: Participation) -> None:
    """Erase a preview at once, whatever has become of its study."""
    Participation.objects.previews().filter(pk=preview.pk).erase()


def clear_previews() -> int:
    """Erase the previews whose time is over; returns how many."""
    return Participation.objects.expired_previews().erase()
