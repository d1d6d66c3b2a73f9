"""A study by its name, and reads that span its sections, questions and stimuli."""

from collections import Counter

from django.db.models import Count, Exists, ForeignObjectRel, OuterRef, Q, QuerySet

from studyserver.studies.exceptions import UnknownStudy
from studyserver.studies.media import MediaState, quick_state
from studyserver.studies.models import Asset, Question, Section, Stimulus, Study

# Which files a stimulus must have to fill a section of each medium. A mesh brings its turntable by constraint.
NEEDED = {
    Section.Medium.IMAGE: ("image",),
    Section.Medium.MESH: ("mesh",),
    Section.Medium.JOINT: ("image", "mesh"),
}


def get_study(name: str) -> Study:
    """The study that has this name in its links.

    Raises:
        UnknownStudy: there is none; the message lists those that exist.
    """
    try:
        return Study.objects.get(slug=name)
    except Study.DoesNotExist:
        known = ", ".join(Study.objects.values_list("slug", flat=True)) or "none yet; make one with generate_stimuli"
        raise UnknownStudy(f"There is no study named {name!r}. Known studies: {known}.") from None


def assets_of(study: Study) -> QuerySet[Asset]:
    """The files that the questions of ``study`` show."""
    questions = Question.objects.filter(section__study=study)
    stimuli = Stimulus.objects.filter(question__section__study=study)
    return Asset.objects.filter(
        Q(pk__in=questions.values("reference"))
        | Q(pk__in=stimuli.values("image"))
        | Q(pk__in=stimuli.values("mesh"))
        | Q(pk__in=stimuli.values("turntable"))
    )


def assets_in_use() -> QuerySet[Asset]:
    """The files that any row refers to, in whatever part of the server it stands."""
    used = Q()
    for relation in Asset._meta.get_fields(include_hidden=True):
        if isinstance(relation, ForeignObjectRel):
            rows = relation.related_model._base_manager.filter(**{relation.field.name: OuterRef("pk")})
            used |= Q(Exists(rows))
    return Asset.objects.filter(used)


def studies_showing(asset: Asset) -> QuerySet[Study]:
    """Whose questions show a file."""
    parts = ("reference", "stimuli__image", "stimuli__mesh", "stimuli__turntable")
    shown = Q()
    for part in parts:
        shown |= Q(pk__in=Question.objects.filter(**{part: asset}).values("section__study"))
    return Study.objects.filter(shown)


def missing_parts(study: Study) -> list[str]:
    """What keeps ``study`` from being opened, one sentence each; empty when it is ready."""
    roles = set(study.conditions.values_list("role", flat=True))
    if len(roles) != 2:
        return [f"It has {len(roles)} of the two conditions to compare."]
    questions = Counter(Question.objects.filter(section__study=study).values_list("section", flat=True))
    if not questions:
        return ["It has no questions."]
    empty = [f"{section} has no questions." for section in study.sections.all() if not questions[section.pk]]
    return [*empty, *incomplete_questions(study), *filter(None, [study.missing_for_checks, _lost_files(study)])]


def _lost_files(study: Study) -> str:
    """How many of its files nobody could be shown, in words; empty where all are there."""
    lost = sum(quick_state(asset) is not MediaState.INTACT for asset in assets_of(study))
    return f"{lost} of its files are missing or cut short; see: manage.py check_media {study.slug}" if lost else ""


def incomplete_questions(study: Study) -> list[str]:
    """The questions that cannot be put to anyone: a stimulus is missing, or both are the same files."""
    shown: dict[int, list[tuple[object, ...]]] = {}
    for stimulus in Stimulus.objects.filter(question__section__study=study).select_related("question__section"):
        medium = Section.Medium(stimulus.question.section.medium)
        files = tuple(getattr(stimulus, f"{part}_id") for part in NEEDED[medium])
        if all(files):
            shown.setdefault(stimulus.question_id, []).append(files)
    said = []
    for question in Question.objects.filter(section__study=study).select_related("section__study"):
        complete = shown.get(question.pk, [])
        if len(complete) != 2:
            said.append(f"{question} has {len(complete)} of 2 complete stimuli.")
        elif complete[0] == complete[1]:
            said.append(f"{question} shows the same on both sides; make one of its two stimuli anew.")
    return said


def studies_with_progress() -> QuerySet[Study]:
    """All studies with how many people ``started``, ``completed`` and are ``unfinished``, and how many ``rehearsed``.

    ``rehearsed`` are completed simulated participations; the others are of people only.
    """
    # The kinds of the survey's participations, which this room cannot import.
    people, simulated = Q(participations__kind="person"), Q(participations__kind="rehearsal")
    done = Q(participations__completed_at__isnull=False)
    # Grouping drops the model's own ordering, which pages of the list need.
    return Study.objects.order_by("slug").annotate(
        started=Count("participations", filter=people),
        completed=Count("participations", filter=people & done),
        unfinished=Count("participations", filter=people & Q(participations__completed_at=None)),
        rehearsed=Count("participations", filter=simulated & done),
    )
