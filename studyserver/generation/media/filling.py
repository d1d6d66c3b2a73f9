"""From files to a filled study: files are made one by one, the study's questions appear all at once."""

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from django.db import transaction
from django.db.models import ProtectedError

from studyserver.generation.exceptions import MediaDiffer
from studyserver.generation.media.comparisons import MEDIA_OF, SECTIONS, PlannedQuestion
from studyserver.generation.media.padding import DRACO, PADDING_BYTES, WEBP, pad
from studyserver.studies.exceptions import StudyFrozen
from studyserver.studies.freezing import lift_empty_freeze, require_editable
from studyserver.studies.locks import lock_study
from studyserver.studies.models import Asset, Condition, Question, Section, Stimulus, Study
from studyserver.studies.selectors import assets_of
from studyserver.studies.services import open_study, store_asset

MEDIA_TYPES = {"reference": WEBP, "image": WEBP, "mesh": DRACO, "turntable": WEBP}


@dataclass(frozen=True)
class Provenance:
    """What leads from a stimulus back to the weights that made it."""

    run: str
    checkpoint_sha256: str
    seed: int
    code_revision: str


@dataclass(frozen=True)
class MadeQuestion:
    """A planned question with the files made for it: the reference, and per condition the media of its section."""

    plan: PlannedQuestion
    reference: Path
    media: dict[str, dict[str, Path]]


@dataclass(frozen=True)
class PublicFile:
    """A file as participants get it: padded to the size of those it is compared with.

    Attributes:
        source: the file as it was made.
        size: in bytes; None for a reference, which is compared with nothing.
    """

    source: Path
    media_type: str
    size: int | None

    def content(self) -> bytes:
        """What participants get; the same for the same source and size."""
        made = self.source.read_bytes()
        return made if self.size is None else pad(made, media_type=self.media_type, size=self.size)


@dataclass(frozen=True)
class PublicQuestion:
    """A planned question with the files that participants get."""

    plan: PlannedQuestion
    reference: PublicFile
    media: dict[str, dict[str, PublicFile]]

    @property
    def files(self) -> list[PublicFile]:
        """All of them."""
        return [self.reference, *(file for shown in self.media.values() for file in shown.values())]


@dataclass(frozen=True)
class FilledQuestion:
    """A planned question with its stored files."""

    plan: PlannedQuestion
    reference: Asset
    media: dict[str, dict[str, Asset]]

    def listing(self) -> dict[str, object]:
        """For researchers: who was asked about with which files."""
        hashes = {slug: {name: asset.sha256 for name, asset in shown.items()} for slug, shown in self.media.items()}
        return asdict(self.plan) | {"reference": self.reference.sha256, "media": hashes}


def as_published(made: Sequence[MadeQuestion]) -> list[PublicQuestion]:
    """The files of all questions as participants get them; those compared are padded to one size per kind.

    One method's files compress better than the other's, so that the length of a transfer would tell them apart.
    """
    largest: dict[str, int] = {}
    for shown in (shown for each in made for shown in each.media.values()):
        for name, path in shown.items():
            largest[name] = max(largest.get(name, 0), path.stat().st_size)

    def published(name: str, path: Path) -> PublicFile:
        return PublicFile(path, MEDIA_TYPES[name], largest[name] + PADDING_BYTES)

    return [
        PublicQuestion(
            each.plan,
            PublicFile(each.reference, MEDIA_TYPES["reference"], None),
            {slug: {name: published(name, path) for name, path in shown.items()} for slug, shown in each.media.items()},
        )
        for each in made
    ]


def store_questions(published: Sequence[PublicQuestion]) -> list[FilledQuestion]:
    """Store the files of all questions."""

    def store(file: PublicFile) -> Asset:
        return store_asset(file.content(), media_type=file.media_type)

    return [
        FilledQuestion(
            each.plan,
            store(each.reference),
            {slug: {name: store(file) for name, file in shown.items()} for slug, shown in each.media.items()},
        )
        for each in published
    ]


def publish(
    *, study: Study, published: Sequence[PublicQuestion], provenance: dict[str, Provenance]
) -> list[FilledQuestion]:
    """Store the files and fill the study with them; of a study that is fixed only put back what is missing.

    Args:
        provenance: per slug of a condition.

    Raises:
        MediaDiffer: the study is fixed, and one of the files is none of its own; nothing was stored.
        StudyFrozen: somebody came in the meantime.
        StudyNotReady: something is missing that participants would need.
    """
    if is_fixed(study):
        _require_same_files(study, published)
        return store_questions(published)
    filled = store_questions(published)
    fill_study(study=study, filled=filled, provenance=provenance)
    return filled


def is_fixed(study: Study) -> bool:
    """Whether what a study shows must stay as it is: somebody voted or takes part, or the study is closed."""
    return not study.editable or study.participations.counting().filter(trials__isnull=False).exists()


def _require_same_files(study: Study, published: Sequence[PublicQuestion]) -> None:
    """Refuse files that a study does not show, before any of them is stored."""
    shown = set(assets_of(study).values_list("sha256", flat=True))
    for file in (file for each in published for file in each.files):
        if hashlib.sha256(file.content()).hexdigest() not in shown:
            raise MediaDiffer(
                f"Study {study.slug!r} is fixed, and the {file.media_type} made now from {file.source} is none of its "
                "files. Nothing was changed. Restore the missing files from a backup, or delete the folder "
                f"{file.source.parent} to have all of them made anew from the predictions."
            )


@transaction.atomic
def fill_study(*, study: Study, filled: Sequence[FilledQuestion], provenance: dict[str, Provenance]) -> None:
    """Replace the questions of ``study`` by ``filled`` and open it.

    Args:
        provenance: per slug of a condition.

    Raises:
        StudyFrozen: somebody votes or takes part already.
        StudyNotReady: something is missing that participants would need.
    """
    study = lock_study(study.pk)
    require_editable(study)
    lift_empty_freeze(study=study)
    study.participations.previews().erase()  # They show the questions of before.
    try:
        study.sections.all().delete()
    except ProtectedError:
        raise StudyFrozen(
            f"Study {study.slug!r} has participants, so its stimuli are fixed. Use another name for a new study."
        ) from None
    conditions = {condition.slug: condition for condition in study.conditions.all()}
    for planned in SECTIONS:
        section = Section.objects.create(
            study=study, position=planned.position, medium=planned.medium, title=planned.title, prompt=planned.prompt
        )
        for each in filled:
            if each.plan.section == planned.position:
                _add_question(section, each, conditions, provenance)
    open_study(study=study)


def _add_question(
    section: Section, filled: FilledQuestion, conditions: dict[str, Condition], provenance: dict[str, Provenance]
) -> None:
    question = Question.objects.create(
        section=section, number=filled.plan.number, identity=filled.plan.identity, reference=filled.reference
    )
    # Numbers follow the order of storing; administrators see them before they may know which method is which.
    for slug, condition in secrets.SystemRandom().sample(list(conditions.items()), len(conditions)):
        shown = {name: filled.media[slug][name] for name in MEDIA_OF[Section.Medium(section.medium)]}
        Stimulus.objects.create(question=question, condition=condition, **shown, **asdict(provenance[slug]))
