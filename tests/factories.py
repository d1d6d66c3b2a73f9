"""The smallest valid objects. Values that matter to a test stand in that test."""

import random

import DracoPy
import numpy as np
from django.utils import timezone

from studyserver.generation.media.encoding import TURNTABLE_FRAMES, Pixels, encode_image, encode_turntable
from studyserver.generation.media.padding import WEBP, pad
from studyserver.studies.freezing import freeze_study
from studyserver.studies.models import Asset, Condition, Question, Section, Stimulus, Study
from studyserver.studies.services import close_study, store_asset

MEDIA = (Section.Medium.IMAGE, Section.Medium.MESH, Section.Medium.JOINT)
MESH_TYPE = "application/octet-stream"


def pixels() -> Pixels:
    """A random picture of eight by eight."""
    return np.frombuffer(random.randbytes(3 * 8 * 8), np.uint8).reshape(8, 8, 3)


def picture() -> bytes:
    return encode_image(pixels(), size=8)


def turntable() -> bytes:
    return encode_turntable([pixels() for _ in range(TURNTABLE_FRAMES)])


def mesh() -> bytes:
    """A Draco tetrahedron of random size."""
    corners = np.array([[1, 1, 1], [-1, -1, 1], [-1, 1, -1], [1, -1, -1]], dtype=np.float32)
    faces = np.array([[0, 1, 3], [0, 2, 1], [0, 3, 2], [1, 2, 3]], dtype=np.uint32)
    encoded: bytes = DracoPy.encode(corners * random.uniform(50, 150), faces, quantization_bits=14)
    return encoded


def asset(content: bytes | None = None, media_type: str = WEBP) -> Asset:
    """A stored file under its content's name; a valid picture or mesh unless given."""
    if content is None:
        content = mesh() if media_type == MESH_TYPE else picture()
    return store_asset(content, media_type=media_type)


def compared(content: bytes, media_type: str = WEBP) -> Asset:
    """A stored file of the one size that both sides' files of a question have."""
    return asset(pad(content, media_type=media_type, size=3000), media_type)


def stimulus(question: Question, condition: Condition) -> Stimulus:
    medium = question.section.medium
    return Stimulus.objects.create(
        question=question,
        condition=condition,
        image=None if medium == Section.Medium.MESH else compared(picture()),
        mesh=None if medium == Section.Medium.IMAGE else compared(mesh(), MESH_TYPE),
        turntable=None if medium == Section.Medium.IMAGE else compared(turntable()),
        run="test",
        checkpoint_sha256="0" * 64,
        seed=1,
        code_revision="test",
    )


def study(slug: str = "faces", *, questions: int = 10, state: str = Study.State.OPEN) -> Study:
    """Three sections of ``questions`` comparisons of base-2 and cmp-unsupervised."""
    made = Study.objects.create(
        slug=slug,
        title="Faces",
        organizer="Test lab",
        contact="lab@example.org",
        state=Study.State.DRAFT if state == Study.State.DRAFT else Study.State.OPEN,
        opened_at=None if state == Study.State.DRAFT else timezone.now(),
        seed=7,
    )
    ours = Condition.objects.create(study=made, slug="cmp-unsupervised", role=Condition.Role.OURS)
    baseline = Condition.objects.create(study=made, slug="base-2", role=Condition.Role.BASELINE)
    for position, medium in enumerate(MEDIA, start=1):
        section = Section.objects.create(
            study=made, position=position, medium=medium, title=f"Part {position}", prompt="Which is closer?"
        )
        for number in range(1, questions + 1):
            question = Question.objects.create(
                section=section, number=number, identity=f"Person_{position}_{number}", reference=asset()
            )
            stimulus(question, ours)
            stimulus(question, baseline)
    if state == Study.State.CLOSED:
        return close_study(study=made)
    return made


def freeze(study: Study) -> None:
    """As the first vote does; somebody is under way, for whose sake it stays."""
    study.participations.create(seed=1, consent_sha256="0" * 64)
    freeze_study(study=study)
