"""The stage that compares the proportions of predicted faces with those of the reference meshes."""

import json
from pathlib import Path
from typing import TYPE_CHECKING

from cmp_engine.io import write_bytes
from studyserver.generation.engine import facts, work
from studyserver.generation.media.predictions import Predictions
from studyserver.generation.stages.places import predictions_file, ratios_file

if TYPE_CHECKING:
    from studyserver.generation.models import GenerationJob

# Raise it when the rows of are.json are to hold something else: every study's table is then measured again.
VERSION = 2


def output(job: "GenerationJob") -> Path:
    """The table of ratio errors."""
    return ratios_file(job.study.slug)


def make(job: "GenerationJob", report: work.Progress) -> None:
    """Measure the absolute ratio errors of the paper's Table 1."""
    predictions = {slug: Predictions.load(predictions_file(job.run, slug)) for slug in _to_measure(job)}
    table = work.measure_ratios(predictions, Path(job.dataset), progress=report)
    write_bytes(output(job), json.dumps({"run": job.run, **table}, indent=1).encode())


def _to_measure(job: "GenerationJob") -> list[str]:
    """The conditions of a study's table: asking for fewer than an earlier call on the same run loses none.

    The baseline is among them whenever the run has its predictions, since the gains of all others are over it.
    """
    others = (facts.ratios_baseline(), *_measured_before(job))
    there = [slug for slug in others if predictions_file(job.run, slug).is_file()]
    return sorted({*job.conditions.split(","), *there})


def _measured_before(job: "GenerationJob") -> list[str]:
    """The conditions of the table that is there, if it is of the same run; none where it is damaged."""
    try:
        stored = json.loads(output(job).read_text())
        return list(stored["conditions"]) if stored["run"] == job.run else []
    except (OSError, ValueError, KeyError, TypeError):
        return []
