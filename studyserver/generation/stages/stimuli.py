"""The stage that renders and encodes the faces of the compared conditions, fills the study with them, and opens it."""

import json
from pathlib import Path
from typing import TYPE_CHECKING

from cmp_engine.io import write_bytes
from studyserver.generation.engine import work
from studyserver.generation.media.comparisons import plan_questions
from studyserver.generation.media.filling import (
    MadeQuestion,
    Provenance,
    as_published,
    publish,
)
from studyserver.generation.media.predictions import Predictions
from studyserver.generation.stages.places import listing_file, predictions_file, run_folder
from studyserver.generation.stages.revision import code_revision
from studyserver.generation.stages.training import weights_sha256
from studyserver.studies.media import MediaState, full_state
from studyserver.studies.selectors import assets_of

if TYPE_CHECKING:
    from studyserver.generation.models import GenerationJob


def output(job: "GenerationJob") -> Path:
    """The listing of who is asked about with which files."""
    return listing_file(job.study.slug)


def media_are_intact(job: "GenerationJob") -> bool:
    """Whether every file that participants of the study fetch is the one that was stored."""
    return all(full_state(asset) is MediaState.INTACT for asset in assets_of(job.study))


def make(job: "GenerationJob", report: work.Progress) -> None:
    """Make the files and fill the study; of a study that is fixed only put back what is missing, byte for byte.

    Raises:
        MediaDiffer: the study is fixed, and the files made now are others.
    """
    filled = publish(
        study=job.study,
        published=as_published(_made_questions(job, report)),
        provenance={slug: _provenance(job, slug) for slug in job.conditions.split(",")},
    )
    path = output(job)
    write_bytes(path, json.dumps([each.listing() for each in filled], indent=1).encode())


def _made_questions(job: "GenerationJob", report: work.Progress) -> list[MadeQuestion]:
    """The files of each question, made one after the other, or taken from the shelf of the run."""
    shown = job.conditions.split(",")
    predictions = {slug: Predictions.load(predictions_file(job.run, slug)) for slug in shown}
    references = work.reference_pictures(Path(job.dataset))
    recordings = {name: made for name, made in predictions[shown[0]].recordings.items() if name in references}
    planned = plan_questions(recordings, seed=job.study.seed)
    maker = work.media_maker(run_folder(job.run) / "media")
    made = []
    for done, plan in enumerate(planned, start=1):
        media = {slug: maker.faces(plan, predictions[slug]) for slug in shown}
        made.append(MadeQuestion(plan, maker.reference(references[plan.identity]), media))
        report(done, len(planned))
    return made


def _provenance(job: "GenerationJob", condition: str) -> Provenance:
    made = dict(job.study.jobs.filter(run=job.run).values_list("stage", "output_sha256"))
    return Provenance(job.run, weights_sha256(condition, made), job.study.seed, code_revision())
