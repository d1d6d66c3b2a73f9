"""The stages in which a condition predicts the faces of the test people."""

from pathlib import Path
from typing import TYPE_CHECKING

from studyserver.generation.engine import work
from studyserver.generation.stages.places import predictions_file, run_folder

if TYPE_CHECKING:
    from studyserver.generation.models import GenerationJob


def output(job: "GenerationJob") -> Path:
    """The predicted faces."""
    return predictions_file(job.run, job.conditions)


def make(job: "GenerationJob", report: work.Progress) -> None:
    """Predict a face from the first recordings of each test person."""
    predicted = work.predict(
        run_folder(job.run), job.conditions, dataset=Path(job.dataset), device=job.device, progress=report
    )
    predicted.save(output(job))
