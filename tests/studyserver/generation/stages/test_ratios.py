"""The table of ratio errors of a study, as calls for other conditions of the same run leave it."""

import json

import numpy as np
import pytest

from cmp_engine.data import Voxceleb3D
from studyserver.generation.deciding.planned import StimuliRequest, plan_stages
from studyserver.generation.media.predictions import Predictions
from studyserver.generation.models import GenerationJob
from studyserver.generation.stages import ratios
from studyserver.generation.stages.places import predictions_file, ratios_file
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def study():
    return factories.study("measured", questions=1)


@pytest.fixture
def predict(small_dataset):
    """Store random faces for two utterances of each test person."""
    names = [each.name for each in Voxceleb3D(small_dataset).test for _ in range(2)]

    def store(condition, run="r"):
        rng = np.random.default_rng(len(condition))
        path = predictions_file(run, condition)
        path.parent.mkdir(parents=True, exist_ok=True)
        Predictions(
            identities=tuple(names),
            utterances=tuple(f"{name}/{row}" for row, name in enumerate(names)),
            images=np.zeros((0, 64, 64, 3), np.uint8),
            shapes=rng.normal(size=(len(names), 40)).astype(np.float32),
            expressions=np.zeros((len(names), 10), np.float32),
        ).save(path)

    return store


@pytest.fixture
def measure(study, small_dataset):
    """The rows of the table after the stage was done for some conditions."""

    def measured(*conditions, run="r"):
        job = GenerationJob(
            study=study, stage="ratios", run=run, dataset=str(small_dataset), conditions=",".join(conditions)
        )
        ratios.make(job, lambda *_: None)
        return json.loads(ratios_file(study.slug).read_text())["conditions"]

    return measured


def test_a_later_call_without_the_baseline_changes_no_row(predict, measure):
    for condition in ("base-1", "base-2", "cmp-unsupervised"):
        predict(condition)
    before = measure("base-2", "cmp-unsupervised")
    assert before["cmp-unsupervised"]["gain"]["mean"]["relative"] != 0
    after = measure("base-1", "cmp-unsupervised")
    assert {name: after[name] for name in before} == before
    assert list(after) == ["base-1", "base-2", "cmp-unsupervised"]


def test_the_baseline_is_taken_whenever_the_run_has_it(predict, measure):
    predict("cmp-unsupervised")
    assert measure("cmp-unsupervised")["cmp-unsupervised"]["gain"] == {}
    predict("base-2")
    predict("cmp-supervised")
    rows = measure("cmp-supervised")
    assert list(rows) == ["base-2", "cmp-supervised", "cmp-unsupervised"]
    assert rows["base-2"]["gain"] == {}
    assert rows["cmp-unsupervised"]["gain"]["mean"]["relative"] == pytest.approx(
        rows["cmp-unsupervised"]["mean"] / rows["base-2"]["mean"] - 1
    )


def test_rows_of_another_run_or_without_predictions_are_left_out(predict, measure):
    for run in ("r", "other"):
        predict("cmp-unsupervised", run)
    predict("cmp-supervised")
    measure("cmp-supervised", "cmp-unsupervised")
    predictions_file("r", "cmp-supervised").unlink()
    assert list(measure("cmp-unsupervised")) == ["cmp-unsupervised"]
    assert list(measure("cmp-unsupervised", run="other")) == ["cmp-unsupervised"]


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"run": "r"}', b"\xff"])
def test_a_damaged_table_is_measured_anew(predict, measure, study, content):
    predict("cmp-unsupervised")
    ratios_file(study.slug).parent.mkdir(parents=True)
    ratios_file(study.slug).write_bytes(content)
    assert list(measure("cmp-unsupervised")) == ["cmp-unsupervised"]


def test_another_form_of_the_rows_is_another_stage(study, small_dataset, monkeypatch):
    request = StimuliRequest(small_dataset, "smoke", ("base-2", "cmp-unsupervised"), "cpu")
    before = plan_stages(study, request)[1]
    monkeypatch.setattr(ratios, "VERSION", ratios.VERSION + 1)
    after = plan_stages(study, request)[1]
    assert [one.name for one, other in zip(before, after, strict=True) if one != other] == ["ratios"]
