"""Which stages a request takes, and what their results depend on."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from django.utils.text import slugify

from studyserver.generation.deciding.datasets import dataset_fingerprint
from studyserver.generation.deciding.drafts import COMPARED
from studyserver.generation.engine import facts
from studyserver.generation.exceptions import RequestRefused
from studyserver.generation.stages.populations import population_for
from studyserver.generation.stages.table import DATASET, RATIOS, STAGES, STIMULI, About, Stage
from studyserver.studies.models import Study


@dataclass(frozen=True)
class StimuliRequest:
    """What the stimuli of a study are made from.

    Attributes:
        dataset: folder in the Voxceleb-3D layout; None for a simulated one.
        profile: name or file of the engine's profile.
        conditions: the first two are compared in the study, all of them in the table of ratio errors.
        device: auto, cpu or cuda.
    """

    dataset: Path | None
    profile: str
    conditions: tuple[str, ...]
    device: str

    @property
    def compared(self) -> tuple[str, ...]:
        return self.conditions[:COMPARED]


@dataclass(frozen=True)
class PlannedStage:
    """One job to be: what is made, about which conditions, under which fingerprint, from which stages before it."""

    stage: Stage
    name: str
    conditions: tuple[str, ...]
    needs: tuple[str, ...]
    fingerprint: str


def plan_stages(study: Study, request: StimuliRequest) -> tuple[str, list[PlannedStage]]:
    """The name of the engine's run and the stages that lead to the filled study, each after those it needs.

    Raises:
        RequestRefused: the data set has nobody to ask about.
        EngineRefused: an unknown condition or profile, or an unusable data set.
    """
    run = _run_name(request)
    wanted = _wanted(request)
    planned = []
    for name, (stage, conditions) in wanted.items():
        described = "|".join([run, name, *conditions, stage.version(study)])
        needs = tuple(need for need in stage.needs(conditions) if need in wanted)
        planned.append(PlannedStage(stage, name, conditions, needs, hashlib.sha256(described.encode()).hexdigest()))
    return run, planned


def _run_name(request: StimuliRequest) -> str:
    """Names what the networks are trained on and how: another data set or setting is another run."""
    text = facts.profile_text(request.profile)
    if request.dataset is None:
        source = f"{population_for(request.profile)} version {facts.simulation_version()}"
    elif facts.people_to_ask_about(request.dataset) == 0:
        raise RequestRefused(
            f"{request.dataset} has no test people (names from A to E) with a reference in A2E_val/, so there is "
            "nobody to ask about. Complete the data set."
        )
    else:
        source = dataset_fingerprint(request.dataset)
    return f"{slugify(Path(request.profile).stem)}-{hashlib.sha256((source + text).encode()).hexdigest()[:12]}"


def _wanted(request: StimuliRequest) -> Mapping[str, tuple[Stage, tuple[str, ...]]]:
    """By name, in the order of the table: the goals and all that they need, with the conditions each is about."""
    about: dict[About, list[tuple[str, ...]]] = {
        About.NONE: [()],
        About.ONE: [(condition,) for condition in request.conditions],
        About.COMPARED: [request.compared],
        About.ALL: [request.conditions],
    }
    possible = {
        stage.name_for(conditions[0]) if stage.about is About.ONE else stage.name: (stage, conditions)
        for stage in STAGES
        for conditions in about[stage.about]
    }
    if request.dataset is not None:
        del possible[DATASET.name]
    needed, to_see = set(), [STIMULI.name, RATIOS.name]
    while to_see:
        name = to_see.pop()
        if name in possible and name not in needed:
            needed.add(name)
            stage, conditions = possible[name]
            to_see += stage.needs(conditions)
    return {name: found for name, found in possible.items() if name in needed}
