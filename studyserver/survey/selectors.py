"""Reads along a participant's way."""

import hashlib
from operator import attrgetter
from uuid import UUID

from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone

from studyserver.studies.models import Condition, Question, Study
from studyserver.survey.attention import Face
from studyserver.survey.models import LIVE_FOR, AttentionCheck, Participation, Trial


def participation_for_page(token: UUID) -> Participation:
    """The participation behind a link, with its study and the ``planned_questions`` and ``planned_sections`` counts.

    Attention checks count as questions.

    Raises:
        Participation.DoesNotExist: nobody has this link, its owner left and deleted, or the preview's time is over.
    """
    return (
        Participation.objects.exclude(pk__in=Participation.objects.expired_previews().values("pk"))
        .select_related("study")
        .annotate(
            planned_questions=Count("trials") + _number_of_checks(),
            planned_sections=Count("trials__question__section", distinct=True),
        )
        .get(token=token)
    )


def _number_of_checks() -> Coalesce:
    """Counted apart: joined with the trials, each check would come once per trial."""
    checks = AttentionCheck.objects.filter(participation=OuterRef("pk")).order_by().values("participation")
    return Coalesce(Subquery(checks.annotate(number=Count("pk")).values("number")), 0)


def open_trials(participation: Participation) -> QuerySet[Trial]:
    """The trials without a vote, in order: the first is the current one. ``opens_section``: none came before."""
    earlier = Trial.objects.filter(
        participation=participation, position__lt=OuterRef("position"), question__section=OuterRef("question__section")
    )
    waiting = Trial.objects.for_display().filter(participation=participation, vote=None)
    return waiting.annotate(opens_section=~Exists(earlier)).order_by("position")


def next_questions(participation: Participation) -> list[Trial | AttentionCheck]:
    """The current trial or attention check and the one after it, as far as there are any."""
    checks = AttentionCheck.objects.for_display().filter(participation=participation, answered_at=None)
    waiting = [*open_trials(participation)[:2], *checks.order_by("position")[:2]]
    return sorted(waiting, key=attrgetter("position"))[:2]


def open_positions(participation: Participation) -> list[int]:
    """Where trials and attention checks wait for an answer, in order: the first is the current one."""
    trials = Trial.objects.filter(participation=participation, vote=None).order_by()
    checks = AttentionCheck.objects.filter(participation=participation, answered_at=None).order_by()
    positions = trials.values_list("position", flat=True).union(checks.values_list("position", flat=True), all=True)
    return sorted(positions)


def current_address(participation: Participation) -> str:
    """Where the participant belongs now; every other page of the way leads there."""
    token = participation.token
    if participation.completed_at:
        return reverse("survey:finish", args=[token])
    if not participation.accepts_answers:
        return reverse("survey:welcome", args=[participation.study.slug])
    if not participation.instructed_at:
        return reverse("survey:instructions", args=[token])
    return reverse("survey:trial", args=[token, open_positions(participation)[0]])


def consent_sha256(study: Study) -> str:
    """The fingerprint of the information text that participants of ``study`` agree to, as it reads now."""
    text = render_to_string("survey/information.html", {"study": study})
    return hashlib.sha256(" ".join(text.split()).encode()).hexdigest()


def side_balances(study: Study, *, simulated: bool) -> list[dict[int, int]]:
    """Per section, question -> times ours stood left minus right, over completed and live participations.

    Real and simulated participations are counted apart: a rehearsal must not tip the balance of the study.
    """
    counted = Participation.objects.filter(
        Q(completed_at__isnull=False) | Q(active_at__gt=timezone.now() - LIVE_FOR),
        study=study,
        kind=Participation.Kind.counted(simulated=simulated),
        excluded=False,
    )
    ours_left = Count("pk", filter=Q(left__condition__role=Condition.Role.OURS))
    counts = Trial.objects.filter(participation__in=counted).order_by().values("question")
    balances = {
        row["question"]: 2 * row["ours_left"] - row["shown"]
        for row in counts.annotate(ours_left=ours_left, shown=Count("pk"))
    }
    return [{question: balances.get(question, 0) for question in section} for section in questions_by_section(study)]


def questions_by_section(study: Study) -> list[list[int]]:
    """The questions of each section, in the order of the study."""
    sections: dict[int, list[int]] = {}
    for question in Question.objects.filter(section__study=study).order_by("section__position", "number"):
        sections.setdefault(question.section_id, []).append(question.pk)
    return list(sections.values())


def reference_faces(study: Study) -> dict[int, Face]:
    """Question -> its reference face, in the order of the study."""
    questions = Question.objects.filter(section__study=study).order_by("section__position", "number")
    return {each.pk: Face(each.section_id, each.identity, each.reference_id) for each in questions}
