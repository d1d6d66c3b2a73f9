"""From files to a filled study: media are stored one by one, the study's questions appear all at once."""

import hashlib
import json
import secrets
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from django.db import transaction
from django.db.models import ProtectedError

from studyserver.common.files import write_whole
from studyserver.generation.encoding import DRACO, PNG
from studyserver.generation.plan import SECTIONS, PlannedQuestion
from studyserver.studies.exceptions import StudyFrozen
from studyserver.studies.models import Asset, Condition, Question, Section, Stimulus, Study
from studyserver.studies.services import open_study, require_editable, store_asset

MEDIA_OF = {
    Section.Medium.IMAGE: ("image",),
    Section.Medium.MESH: ("mesh", "turntable"),
    Section.Medium.JOINT: ("image", "mesh", "turntable"),
}
MEDIA_TYPES = {"reference": PNG, "image": PNG, "mesh": DRACO, "turntable": PNG}


@dataclass(frozen=True)
class Provenance:
    """What leads from a stimulus back to the weights that made it."""

    run: str
    checkpoint_sha256: str
    seed: int
    code_revision: str


class MediaShelf:
    """Remembers which content was made from which recipe, so that a killed call goes on with the next file.

    The notes hold hashes only; the files lie among the assets. A note whose file has gone is no note.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    def fetch(self, recipe: str, make: Callable[[], dict[str, bytes]]) -> dict[str, Asset]:
        """The assets of ``recipe``, made by ``make`` (name -> content) unless they are there already."""
        note = self._folder / f"{hashlib.sha256(recipe.encode()).hexdigest()}.json"
        known = json.loads(note.read_text()) if note.exists() else {}
        stored = {asset.sha256: asset for asset in Asset.objects.filter(sha256__in=known.values())}
        if known and all(sha in stored and stored[sha].path.exists() for sha in known.values()):
            return {name: stored[sha] for name, sha in known.items()}
        made = {name: store_asset(content, media_type=MEDIA_TYPES[name]) for name, content in make().items()}
        write_whole(note, json.dumps({name: asset.sha256 for name, asset in made.items()}).encode())
        return made


@dataclass(frozen=True)
class FilledQuestion:
    """A planned question with its files: the reference, and per condition the media of its section."""

    plan: PlannedQuestion
    reference: Asset
    media: dict[str, dict[str, Asset]]

    def listing(self) -> dict[str, object]:
        """For researchers: who was asked about with which files."""
        hashes = {slug: {name: asset.sha256 for name, asset in shown.items()} for slug, shown in self.media.items()}
        return asdict(self.plan) | {"reference": self.reference.sha256, "media": hashes}


@transaction.atomic
def fill_study(*, study: Study, filled: Sequence[FilledQuestion], provenance: dict[str, Provenance]) -> None:
    """Replace the questions of ``study`` by ``filled`` and open it.

    Args:
        provenance: per slug of a condition.

    Raises:
        StudyFrozen: somebody votes or takes part already.
        StudyNotReady: something is missing that participants would need.
    """
    study = Study.objects.select_for_update().get(pk=study.pk)
    require_editable(study)
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
