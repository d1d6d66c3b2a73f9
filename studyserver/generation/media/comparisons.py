"""Which people and recordings a generated study asks about: a pure function of the test people and a seed."""

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from studyserver.studies.models import Section

QUESTIONS_PER_SECTION = 10


@dataclass(frozen=True)
class PlannedSection:
    """A section of the paper's preference test (Sec. 4.2), in the words put to its subjects."""

    position: int
    medium: Section.Medium
    title: str
    prompt: str


SECTIONS = (
    PlannedSection(
        1,
        Section.Medium.IMAGE,
        "Face images",
        "Of the two face images, whose shape is geometrically more similar to the reference face?",
    ),
    PlannedSection(
        2,
        Section.Medium.MESH,
        "3D face models",
        "Of the two 3D face models, whose shape is geometrically more similar to the reference face?",
    ),
    PlannedSection(
        3,
        Section.Medium.JOINT,
        "Face images with 3D face models",
        "Overall, whose shape geometrically fits the given reference image better?",
    ),
)
QUESTIONS = len(SECTIONS) * QUESTIONS_PER_SECTION
MEDIA_OF = {
    Section.Medium.IMAGE: ("image",),
    Section.Medium.MESH: ("mesh", "turntable"),
    Section.Medium.JOINT: ("image", "mesh", "turntable"),
}


@dataclass(frozen=True)
class PlannedQuestion:
    """One comparison: the faces made from ``utterance`` against the reference face of ``identity``."""

    section: int
    number: int
    identity: str
    utterance: str


def plan_questions(recordings: Mapping[str, Sequence[str]], *, seed: int) -> tuple[PlannedQuestion, ...]:
    """Choose the thirty comparisons of a study: three sections of ten.

    Every question is about another person while there are people enough, each with the first recording.
    With fewer people the round starts again, each round with the next recording.

    Args:
        recordings: of each test person, the recordings in their sorted order.
        seed: decides who comes in which section; the order of the mapping does not matter.

    Raises:
        ValueError: there is nobody, or somebody has no recording.
    """
    silent = sorted(name for name, utterances in recordings.items() if not utterances)
    if not recordings or silent:
        raise ValueError(f"every test person needs a recording; without one: {silent or 'everybody'}")
    people = sorted(recordings)
    random.Random(seed).shuffle(people)
    planned = []
    for index in range(QUESTIONS):
        round_, place = divmod(index, len(people))
        section, number = divmod(index, QUESTIONS_PER_SECTION)
        utterances = recordings[people[place]]
        planned.append(
            PlannedQuestion(section + 1, number + 1, people[place], utterances[round_ % len(utterances)]),
        )
    return tuple(planned)
