"""The stages that train the engine's networks."""

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from studyserver.generation.engine import facts, work
from studyserver.generation.stages.places import run_folder

if TYPE_CHECKING:
    from studyserver.generation.models import GenerationJob


def output(job: "GenerationJob") -> Path:
    """The finished checkpoint."""
    return run_folder(job.run) / job.stage / "final.pt"


def make(job: "GenerationJob", report: work.Progress) -> None:
    """Train one stage, from its last checkpoint on."""
    work.train(
        job.stage,
        dataset=Path(job.dataset),
        profile=job.profile,
        run=run_folder(job.run),
        device=job.device,
        progress=report,
    )


def weights_sha256(condition: str, checkpoints: Mapping[str, str]) -> str:
    """One SHA-256 for all weights of a condition: it changes with the checkpoint of any of its stages.

    Args:
        checkpoints: SHA-256 of the last checkpoint of each stage.
    """
    made = (checkpoints[stage] for stage in facts.training_stages(condition))
    return hashlib.sha256("|".join(made).encode()).hexdigest()
