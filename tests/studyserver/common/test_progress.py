"""Bars in terminals of every kind."""

import io
import logging
import os
import pty
import sys

import pytest
from django.core.management import CommandError, call_command

from studyserver.common.progress import LateBar
from studyserver.generation.models import GenerationJob
from studyserver.generation.running.jobs import JobFailed
from studyserver.generation.running.performing import perform
from studyserver.generation.stages.table import STAGES
from studyserver.generation.watching.bars import StageBars
from studyserver.studies.models import Study


def draw_late_bar():
    with LateBar(unit="person", desc="Measuring faces") as bar:
        bar.show(2, 2)


def draw_stage_bars():
    with StageBars(sys.stderr) as bars:
        bars.show(GenerationJob(stage="joint"), 2, 2)


@pytest.mark.parametrize("draw", [draw_late_bar, draw_stage_bars])
def test_terminal_that_does_not_know_its_size_gets_bars(draw, monkeypatch):
    reading, writing = pty.openpty()  # Of 0 columns and 0 lines.
    with os.fdopen(writing, "w", encoding="utf-8") as terminal:
        monkeypatch.setattr(sys, "stderr", terminal)
        draw()
        terminal.flush()
        assert b"0%" in os.read(reading, 10_000)
    os.close(reading)


@pytest.mark.parametrize("stage", [stage.name_for("cmp-unsupervised") for stage in STAGES])
def test_bars_of_all_stages_begin_in_one_column(stage):
    file = io.StringIO()
    with StageBars(file) as bars:
        bars.show(GenerationJob(stage=stage), 2, 2)
    assert file.getvalue().rsplit("\r", 1)[-1].index(" 100%") == 29


@pytest.mark.django_db
def test_bar_is_there_before_the_first_step_of_a_stage():
    study = Study.objects.create(slug="x", title="T", organizer="L", contact="c", seed=1)
    job = GenerationJob.objects.create(study=study, stage="ratios", run="gone", conditions="base-2")
    shown = []
    with pytest.raises(JobFailed, match=r"There is no .*/gone/predictions/base-2\.npz.*predicts these faces again"):
        perform(job.pk, on_progress=lambda *progress: shown.append(progress))
    assert shown == [(0, 1)]


@pytest.mark.django_db
def test_what_the_engine_notes_does_not_come_between_the_bars():
    logging.getLogger("cmp_engine").setLevel(logging.INFO)
    with pytest.raises(CommandError):
        call_command("generate_stimuli", "No Such/Study")
    assert not logging.getLogger("cmp_engine.training.strangers").isEnabledFor(logging.INFO)
