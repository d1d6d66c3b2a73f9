"""Where a participant's attention checks stand and whom they show: seeded, balanced, replayable. Pure functions.

An attention check looks like a question on images. One option is the very reference face, the other the reference
face of another person of the study. It needs no stimuli, and its answer is right or wrong.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import cycle, groupby, islice
from random import Random
from uuid import UUID

from studyserver.survey.assignment import PlannedTrial


@dataclass(frozen=True)
class Face:
    """The reference face of a question: the section it is asked in, whom it shows, and its picture."""

    section: int
    identity: str
    picture: UUID

    def differs_from(self, other: "Face") -> bool:
        """Whether nobody could take one for the other: other people, and other pictures."""
        return self.identity != other.identity and self.picture != other.picture


@dataclass(frozen=True)
class PlannedCheck:
    """The question whose reference face is asked for, the other person's picture, and the side of the former."""

    question: int
    other: UUID
    reference_left: bool


def add_checks(
    plan: Iterable[PlannedTrial], faces: Mapping[int, Face], *, checks: int, seed: int
) -> list[PlannedTrial | PlannedCheck]:
    """Spread attention checks over a participant's questions, which keep their order and sides.

    Args:
        plan: the questions, section by section.
        faces: question -> its reference face; each differs from some other.
        checks: how many in all; sections get equally many, give or take one.
        seed: of all draws; the participation's.

    Returns:
        The plan with its checks, none of them first in its section. The reference face stands left in half of them;
        of an odd number the last side is drawn.
    """
    # A generator of its own: with or without checks, the same seed gives the same questions on the same sides.
    random = Random(f"attention checks/{seed}")
    sections = [list(trials) for _, trials in groupby(plan, key=lambda trial: faces[trial.question].section)]
    counts = share_out(checks, len(sections), random)
    sides = iter(draw_sides(checks, random))
    with_checks: list[PlannedTrial | PlannedCheck] = []
    for trials, count in zip(sections, counts, strict=True):
        drawn = [draw_check(trial.question, faces, next(sides), random) for trial in draw(trials, count, random)]
        with_checks += interleave(trials, drawn, random)
    return with_checks


def share_out(checks: int, sections: int, random: Random) -> list[int]:
    """How many checks each section gets: as equally many as possible, those left over where chance puts them."""
    each, left_over = divmod(checks, sections)
    lucky = random.sample(range(sections), left_over)
    return [each + (section in lucky) for section in range(sections)]


def draw_sides(checks: int, random: Random) -> list[bool]:
    """For each check whether the reference face stands left: in half of them, in an order that tells nothing."""
    lefts = (checks + random.randrange(2)) // 2  # Half of an odd number rounds down or up.
    sides = [place < lefts for place in range(checks)]
    random.shuffle(sides)
    return sides


def draw(trials: Sequence[PlannedTrial], count: int, random: Random) -> Iterable[PlannedTrial]:
    """``count`` of them, each once before any comes twice."""
    return islice(cycle(random.sample(trials, len(trials))), count)


def draw_check(question: int, faces: Mapping[int, Face], reference_left: bool, random: Random) -> PlannedCheck:
    """Put another person beside the reference face of ``question``."""
    others = [face.picture for face in faces.values() if face.differs_from(faces[question])]
    return PlannedCheck(question, random.choice(others), reference_left)


def interleave(
    trials: Sequence[PlannedTrial], checks: Iterable[PlannedCheck], random: Random
) -> list[PlannedTrial | PlannedCheck]:
    """Put each check after a question drawn for it, a second one after the same question only if all have one."""
    waiting = list(checks)
    followed = list(draw(trials, len(waiting), random))
    merged: list[PlannedTrial | PlannedCheck] = []
    for trial in trials:
        merged.append(trial)
        merged += [waiting.pop() for _ in range(followed.count(trial))]
    return merged
