"""``evaluate_are``: Table 1 of a run that a command made, and what it says of runs that cannot be measured."""

import json
import re

import pytest
from django.core.management import CommandError, call_command

from studyserver.generation.deciding.runs import predicted_run
from studyserver.generation.engine import work
from studyserver.generation.exceptions import EngineRefused, RequestRefused
from studyserver.generation.media.predictions import Predictions
from studyserver.generation.models import GenerationJob
from studyserver.generation.stages.places import predictions_file
from tests import factories

METRICS = {"ER", "FR", "MR", "CR", "mean", "keypoint", "point", "coherence", "coherence sd"}


@pytest.fixture(scope="module")
def measured(workspace, generated):
    """The run's numbers as JSON."""
    # Both outputs come as one here; without its bar the command writes nothing beside the JSON.
    return json.loads(workspace.manage("evaluate_are", workspace.run.name, "--format", "json", "--verbosity", "0"))


def test_json_has_every_metric_of_conditions_and_oracles(measured, workspace):
    assert (measured["run"], measured["profile"]) == (workspace.run.name, "smoke")
    assert set(measured["conditions"]) == {"base-2", "cmp-unsupervised", "cmp-supervised"}
    assert {"mean-all", "mean-female", "mean-male"} <= set(measured["oracles"])
    for condition in measured["conditions"].values():
        assert set(condition["intervals"]) > METRICS
        assert {name for name in condition if name.startswith("point of ")} == {
            f"point of {part}" for part in ("eyes", "brows", "cheeks", "nostrils", "mouth", "scalp")
        }
        assert len(condition["per_identity"]) == measured["identities"] == 2
    assert measured["paper"]["cmp-unsupervised"]["mean"] == 0.0251
    assert measured["simulated_data"] is True


def test_ratio_errors_are_those_that_generate_stimuli_stored(measured, workspace):
    stored = json.loads((workspace.folder / "runs" / "demo" / "are.json").read_text())
    for slug, row in stored["conditions"].items():
        for name in ("ER", "FR", "MR", "CR", "mean"):
            assert measured["conditions"][slug][name] == row[name]


def test_table_of_a_study_is_that_of_its_run(workspace, generated, measured):
    output = workspace.manage("evaluate_are", "demo")
    *bar, first = output[: output.index(", 2 test people")].strip().splitlines()
    assert first == f"Run {workspace.run.name}: simulated voices and faces"
    # In a pipe, too, it is to be seen how far the measuring is; a drawing every ten seconds is enough there.
    assert re.match(r"Measuring faces: 100%.* (\d+)/\1 ", bar[-1])
    assert len(bar) <= 3
    assert f"{measured['conditions']['base-2']['ER']:.4f}" in output
    assert "0.0302" in output  # the paper's Base-2
    assert "so these faces mean nothing" in output  # the smoke profile
    assert f"more with: manage.py evaluate_are {workspace.run.name}" in generated


def test_a_data_set_that_is_gone_is_named(workspace, generated, tmp_path):
    with pytest.raises(EngineRefused, match=r"gone: no such folder.*simulate_dataset"):
        work.measure_everything({}, tmp_path / "gone", progress=lambda *_: None)


@pytest.mark.django_db
def test_unknown_run_lists_the_known_ones():
    with pytest.raises(CommandError, match=r"no run 'x', and no study.* There is none yet: make one with generate_st"):
        call_command("evaluate_are", "x")
    values = {"dataset": "/data", "profile": "own.toml", "device": "cpu"}
    for number in (1, 2):
        study = factories.study(f"study-{number}", questions=1)
        GenerationJob.objects.create(study=study, stage="dataset", fingerprint="f", run=f"demo-{number}", **values)
    with pytest.raises(CommandError, match=r"There is no run 'x'.* Known are demo-2, demo-1\."):
        call_command("evaluate_are", "x")
    with pytest.raises(
        CommandError,
        match=r"Run demo-1 has no predictions yet\. Finish it with: .*generate_stimuli study-1 --profile own\.toml",
    ):
        call_command("evaluate_are", "study-1")


@pytest.mark.parametrize("content", [b"", b"PK half a file", b"no archive"])
def test_damaged_predictions_are_named_with_the_remedy(content):
    path = predictions_file("r", "base-2")
    path.parent.mkdir(parents=True)
    path.write_bytes(content)
    with pytest.raises(RequestRefused, match=r"base-2\.npz is damaged .*Delete it, then call generate_stimuli"):
        Predictions.load(path)


@pytest.mark.django_db
def test_predictions_that_were_deleted_do_not_count(settings):
    study = factories.study("half", questions=1)
    for condition in ("base-2", "cmp-unsupervised"):
        GenerationJob.objects.create(
            study=study, stage=f"inference-{condition}", fingerprint=condition, run="r", conditions=condition,
            dataset="/data", profile="demo", device="cpu", state="ready",
        )  # fmt: skip
    with pytest.raises(RequestRefused, match="Run r has no predictions yet"):
        predicted_run("half")
    path = predictions_file("r", "base-2")
    path.parent.mkdir(parents=True)
    path.touch()
    assert predicted_run("half").conditions == ("base-2",)
