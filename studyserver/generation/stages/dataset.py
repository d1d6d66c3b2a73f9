"""The stage that simulates the voices and faces a profile learns from."""

from pathlib import Path
from typing import TYPE_CHECKING

from studyserver.generation.engine import facts, work
from studyserver.generation.stages.populations import population_for

if TYPE_CHECKING:
    from studyserver.generation.models import GenerationJob


def output(job: "GenerationJob") -> Path:
    """The file that a simulation writes last."""
    return facts.truth_of(Path(job.dataset))


def make(job: "GenerationJob", report: work.Progress) -> None:
    """Simulate the people of the job's profile; what is there already is kept."""
    population = population_for(job.profile)
    work.simulate_people(
        Path(job.dataset),
        identities=population.identities,
        utterances=population.utterances,
        coupling="default",
        seed=population.seed,
        progress=report,
    )
