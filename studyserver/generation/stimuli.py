"""From files to a filled study: files are made one by one, the study's questions appear all at once."""

import hashlib
import secrets
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from django.db import transaction
from django.db.models import ProtectedError

from cmp_engine.io import write_bytes
from studyserver.generation.encoding import DRACO, PADDING_BYTES, WEBP, pad
from studyserver.generation.plan import SECTIONS, PlannedQuestion
from studyserver.studies.exceptions import StudyFrozen
from studyserver.studies.locks import lock_study
from studyserver.studies.models import Asset, Condition, Question, Section, Stimulus, Study
from studyserver.studies.services import open_study, require_editable, store_asset

MEDIA_OF = {
    Section.Medium.IMAGE: ("image",),
    Section.Medium.MESH: ("mesh", "turntable"),
    Section.Medium.JOINT: ("image", "mesh", "turntable"),
}
MEDIA_TYPES = {"reference": WEBP, "image": WEBP, "mesh": DRACO, "turntable": WEBP}


@dataclass(frozen=True)
class Provenance:
    """What leads from a stimulus back to the weights that made it."""

    run: str
    checkpoint_sha256: str
    seed: int
    code_revision: str


class MediaShelf:
    """Keeps the files of each recipe, so that a killed call goes on with the next one.

    Participants get padded copies, whose size is known only when all files of a study are there.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    def fetch(self, recipe: str, names: Sequence[str], make: Callable[[], dict[str, bytes]]) -> dict[str, Path]:
        """The files of ``recipe`` under their names, made by ``make`` (name -> content) unless all are there."""
        digest = hashlib.sha256(recipe.encode()).hexdigest()
        paths = {name: self._folder / f"{digest}.{name}" for name in names}
        if missing := [name for name, path in paths.items() if not path.exists()]:
            made = make()
            for name in missing:
                write_bytes(paths[name], made[name])
        return paths


@dataclass(frozen=True)
class MadeQuestion:
    """A planned question with the files made for it: the reference, and per condition the media of its section."""

    plan: PlannedQuestion
    reference: Path
    media: dict[str, dict[str, Path]]


@dataclass(frozen=True)
class FilledQuestion:
    """A planned question with its files as participants get them."""

    plan: PlannedQuestion
    reference: Asset
    media: dict[str, dict[str, Asset]]

    def listing(self) -> dict[str, object]:
        """For researchers: who was asked about with which files."""
        hashes = {slug: {name: asset.sha256 for name, asset in shown.items()} for slug, shown in self.media.items()}
        return asdict(self.plan) | {"reference": self.reference.sha256, "media": hashes}


def store_questions(made: Sequence[MadeQuestion]) -> list[FilledQuestion]:
    """Store the files of all questions; those compared are padded to one size per kind.

    One method's files compress better than the other's, so that the length of a transfer would tell them apart.
    """
    largest: dict[str, int] = {}
    for shown in (shown for each in made for shown in each.media.values()):
        for name, path in shown.items():
            largest[name] = max(largest.get(name, 0), path.stat().st_size)

    def store(name: str, path: Path) -> Asset:
        media_type = MEDIA_TYPES[name]
        content = pad(path.read_bytes(), media_type=media_type, size=largest[name] + PADDING_BYTES)
        return store_asset(content, media_type=media_type)

    return [
        FilledQuestion(
            each.plan,
            store_asset(each.reference.read_bytes(), media_type=MEDIA_TYPES["reference"]),
            {slug: {name: store(name, path) for name, path in shown.items()} for slug, shown in each.media.items()},
        )
        for each in made
    ]


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
