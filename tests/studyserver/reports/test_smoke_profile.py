"""Faces of the smoke profile mean nothing, and whoever looks at a study of them is told so."""

import csv
import io
import json

import numpy as np
import pytest
from django.urls import reverse

from studyserver.generation.models import GenerationJob
from studyserver.reports.formats.data import to_csv, to_json
from studyserver.reports.formats.page import draw_file
from studyserver.reports.services import build_report
from studyserver.studies.models import Study
from tests.accounts import researcher
from tests.studyserver.reports.votes import store_votes, study

pytestmark = pytest.mark.django_db
WARNING = "Trained with the smoke profile."


def make_study(profile: str) -> Study:
    """A closed study with votes whose stimuli come from the run "test" of that profile."""
    made = study(state=Study.State.CLOSED)
    store_votes(made, [np.random.default_rng(3).random((12, 10)) < 0.75] * 3)
    values = {"run": "test", "dataset": "/data", "device": "cpu", "state": "ready"}
    GenerationJob.objects.create(study=made, stage="joint", fingerprint=profile, profile=profile, **values)
    return made


def progress(client, made: Study) -> str:
    client.force_login(researcher())
    return client.get(reverse("studies:progress", kwargs={"slug": made.slug})).content.decode()


def test_report_and_progress_page_warn(client):
    made = make_study("smoke")
    report = build_report(made)
    assert draw_file(report).count(WARNING) == 1
    assert json.loads(to_json(report))["smoke_profile"] is True
    assert {row["smoke_profile"] for row in csv.DictReader(io.StringIO(to_csv(report)))} == {"1"}
    assert progress(client, made).count(WARNING) == 1


def test_other_profiles_need_no_warning(client):
    made = make_study("demo")
    report = build_report(made)
    assert WARNING not in draw_file(report)
    assert json.loads(to_json(report))["smoke_profile"] is False
    assert WARNING not in progress(client, made)


def test_study_filled_anew_by_a_better_run_needs_none(client):
    """The jobs of the earlier run stay in its list."""
    made = make_study("demo")
    values = {"run": "earlier", "dataset": "/data", "device": "cpu", "state": "ready"}
    GenerationJob.objects.create(study=made, stage="joint", fingerprint="x", profile="smoke", **values)
    assert build_report(made).smoke_profile is False
