"""The table of stages: all that differs between them stands in their rows, and nothing else asks for their names.

A row of the database keeps the name of its stage, so names stay. ``*`` in a name stands for the condition that the
stage is about: ``inference-*`` is ``inference-base-2`` for base-2.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

from studyserver.generation.engine.facts import training_stages
from studyserver.generation.engine.work import Progress
from studyserver.generation.exceptions import UnknownStage
from studyserver.generation.media.maker import RECIPE_VERSION
from studyserver.generation.stages import dataset, inference, ratios, stimuli, training

if TYPE_CHECKING:
    from studyserver.generation.models import GenerationJob
    from studyserver.studies.models import Study

ANY_CONDITION = "*"


class Queue(StrEnum):
    """Which workers take a stage."""

    CPU = "cpu"
    GPU = "gpu"


class About(StrEnum):
    """Which of a request's conditions a stage is about."""

    NONE = "none"
    ONE = "one"  # One row for each.
    COMPARED = "compared"
    ALL = "all"


class Changed(StrEnum):
    """What to do where the output on disk is not the one that was made."""

    MAKE_AGAIN = "make again"
    REFUSE = "refuse"  # Hours of training: whoever exchanged it decides.


@dataclass(frozen=True)
class Stage:
    """One kind of stage.

    Attributes:
        name: as rows of the database have it.
        title: for people.
        queue: whose work it is.
        work: makes the output; may be run twice, and goes on where it was stopped.
        output: the file that shows that the stage is done.
        needs: names of the stages whose output it works with, from the conditions it is about.
        about: which conditions those are.
        changed: what becomes of an output that somebody exchanged.
        intact: whether what else it made is still there.
        version: what determines the result besides the run and the conditions.
        fills_study: whether it exchanges what participants see.
    """

    name: str
    title: str
    queue: Queue
    work: Callable[["GenerationJob", Progress], None]
    output: Callable[["GenerationJob"], Path]
    needs: Callable[[Sequence[str]], tuple[str, ...]]
    about: About = About.NONE
    changed: Changed = Changed.MAKE_AGAIN
    intact: Callable[["GenerationJob"], bool] = lambda _: True
    version: Callable[["Study"], str] = lambda _: ""
    fills_study: bool = False

    def name_for(self, condition: str) -> str:
        """The name of the stage that is about ``condition``."""
        return self.name.replace(ANY_CONDITION, condition)

    def condition_in(self, name: str) -> str | None:
        """The condition in the name of one of these stages; None for the name of another kind."""
        before, star, after = self.name.partition(ANY_CONDITION)
        if not star:
            return "" if name == self.name else None
        if name.startswith(before) and name.endswith(after) and len(name) > len(before) + len(after):
            return name[len(before) : len(name) - len(after)]
        return None


def _only(*names: str) -> Callable[[Sequence[str]], tuple[str, ...]]:
    return lambda _: names


def _trained(conditions: Sequence[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(stage for condition in conditions for stage in training_stages(condition)))


def _predicted(conditions: Sequence[str]) -> tuple[str, ...]:
    return tuple(INFERENCE.name_for(condition) for condition in conditions)


def _training(name: str, title: str, *needs: str) -> Stage:
    return Stage(
        name, title, Queue.GPU, training.make, training.output, _only(DATASET.name, *needs), changed=Changed.REFUSE
    )


DATASET = Stage("dataset", "Simulate voices and faces", Queue.CPU, dataset.make, dataset.output, _only())
INFERENCE = Stage(
    "inference-*", "Predict with *", Queue.GPU, inference.make, inference.output, _trained, about=About.ONE
)
STIMULI = Stage(
    "stimuli",
    "Render and encode stimuli",
    Queue.CPU,
    stimuli.make,
    stimuli.output,
    _predicted,
    about=About.COMPARED,
    intact=stimuli.media_are_intact,
    version=lambda study: f"{study.seed} {RECIPE_VERSION}",
    fills_study=True,
)
RATIOS = Stage(
    "ratios",
    "Measure ratio errors",
    Queue.CPU,
    ratios.make,
    ratios.output,
    _predicted,
    about=About.ALL,
    version=lambda _: str(ratios.VERSION),
)
# In the order in which they are made: each stands below all that it needs.
STAGES = (
    DATASET,
    _training("voice-encoder", "Train the voice encoder"),
    _training("base-1-expert", "Train image-to-3D for base-1"),
    _training("expert", "Train the image-to-3D expert"),
    _training("speech-to-image", "Train voice to image", "voice-encoder"),
    _training("joint", "Train image and 3D jointly", "voice-encoder", "expert"),
    _training("supervised", "Train voice to 3D", "voice-encoder"),
    INFERENCE,
    STIMULI,
    RATIOS,
)


def stage_named(name: str) -> Stage:
    """The row of the table that a stage of the database belongs to.

    Raises:
        UnknownStage: there is none.
    """
    for stage in STAGES:
        if stage.condition_in(name) is not None:
            return stage
    raise UnknownStage(
        f"This version knows no stage {name!r}; known are {', '.join(stage.name for stage in STAGES)}. "
        "Let a worker of the version that queued it do it, or call generate_stimuli again."
    )


def title_of(name: str) -> str:
    """A stage in words: ``inference-base-2`` is "Predict with base-2"; the name of one that is not known any more."""
    for stage in STAGES:
        condition = stage.condition_in(name)
        if condition is not None:
            return stage.title.replace(ANY_CONDITION, condition)
    return name


def output_of(job: "GenerationJob") -> Path | None:
    """The file that shows that a job's stage is done; None while there is none."""
    path = stage_named(job.stage).output(job)
    return path if path.is_file() else None
