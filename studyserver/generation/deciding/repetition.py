"""The call that filled a study, to be repeated."""

import shlex

from studyserver.generation.models import GenerationJob
from studyserver.generation.stages.table import DATASET, RATIOS
from studyserver.studies.models import Study


def call_that_filled(study: Study) -> str | None:
    """The command that makes a study's files again; None where they were not made here."""
    jobs = study.jobs.filter(state=GenerationJob.State.READY)
    last = jobs.filter(stage=RATIOS.name).order_by("-created_at", "-pk").first()
    if last is None:
        return None
    simulated = jobs.filter(stage=DATASET.name, run=last.run).exists()
    options = ["--profile", last.profile, "--conditions", last.conditions]
    options += [] if simulated else ["--dataset", last.dataset]
    return shlex.join(["manage.py", "generate_stimuli", study.slug, *options])
