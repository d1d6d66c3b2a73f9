"""Metrics of predicted coefficients, against widths measured by hand and the definitions of `evaluation`."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from cmp_engine.data import DatasetError
from cmp_engine.inference.metrics import all_scores, model_for, parts_of, ratio_scores
from cmp_engine.morphable import MorphableModel
from evaluation.faces.alignment import surface_errors
from evaluation.faces.keypoints import keypoint_errors
from evaluation.faces.landmarks import lines_of

COLUMNS = {"ER": "ear", "FR": "forehead", "MR": "midline", "CR": "cheek"}


@pytest.fixture(scope="module")
def model():
    return MorphableModel.analytic("low")


def mesh(model, shape, expression):
    return model.vertices(torch.tensor(shape)[None], torch.tensor(expression)[None])[0].numpy()


def ratios(model, vertices):
    """Width of each line over the distance of the outer eye corners."""
    lines = lines_of(model.topology, len(vertices))
    width = {name: np.linalg.norm(vertices[first] - vertices[second]) for name, (first, second) in lines.items()}
    return {column: width[line] / width["outer_interocular"] for column, line in COLUMNS.items()}


def test_errors_are_averaged_over_utterances_then_over_identities(model):
    rng = np.random.default_rng(5)
    neutral = np.zeros(10, np.float32)
    truths = {name: rng.normal(size=40).astype(np.float32) for name in ("Ada", "Ben")}
    references = {name: mesh(model, shape, neutral) for name, shape in truths.items()}
    predicted = {
        name: (rng.normal(size=(count, 40)).astype(np.float32), rng.normal(size=(count, 10)).astype(np.float32))
        for name, count in (("Ada", 3), ("Ben", 1), ("Unreferenced", 2))
    }
    table = ratio_scores(predicted, references, model=model).as_table()
    each = {}
    for name, reference in references.items():
        wanted = ratios(model, reference)
        made = [ratios(model, mesh(model, *pair)) for pair in zip(*predicted[name], strict=True)]
        each[name] = {column: np.mean([abs(row[column] - wanted[column]) for row in made]) for column in COLUMNS}
    for column in COLUMNS:
        assert table[column] == pytest.approx(np.mean([each["Ada"][column], each["Ben"][column]]), rel=1e-4)
        assert table["per_identity"]["Ada"][column] == pytest.approx(each["Ada"][column], rel=1e-4)
    assert table["mean"] == pytest.approx(np.mean([table[column] for column in COLUMNS]))
    assert set(table["per_identity"]) == {"Ada", "Ben"}


def test_the_right_faces_have_no_error(model):
    shape, expression = np.ones((2, 40), np.float32), np.zeros((2, 10), np.float32)
    scores = all_scores({"Ada": (shape, expression)}, {"Ada": mesh(model, shape[0], expression[0])}, model=model)
    for metric, errors in scores.errors.items():
        assert errors.values == pytest.approx([0.0], abs=1e-6), metric


@pytest.fixture(scope="module")
def people(model):
    """Predictions of three utterances of three people, and their references."""
    rng = np.random.default_rng(11)
    names = ("Ada", "Ben", "Cyd")
    predicted = {
        name: (rng.normal(size=(3, 40)).astype(np.float32), rng.normal(size=(3, 10)).astype(np.float32))
        for name in names
    }
    truths = {name: mesh(model, rng.normal(size=40).astype(np.float32), np.zeros(10, np.float32)) for name in names}
    return predicted, truths


def test_every_metric_is_that_of_evaluation_averaged_over_utterances(model, people):
    predicted, references = people
    scores = all_scores(predicted, references, model=model)
    meshes = [mesh(model, *pair) for pair in zip(*predicted["Ben"], strict=True)]
    reference = references["Ben"]
    surface = surface_errors(np.stack(meshes), reference, model.topology)
    lips = (model.regions["lips"] + model.regions["mouth"]).numpy()
    wanted = {
        "keypoint": keypoint_errors(np.stack(meshes), reference, model.landmarks, model.topology).mean(),
        "point": surface.distances.mean(),
        "point of mouth": np.average(surface.distances.mean(axis=0), weights=lips),
        "coherence": np.linalg.norm(np.stack(meshes)[[0, 2]] - meshes[1], axis=2).mean(),
        "coherence sd": np.linalg.norm(np.stack(meshes)[[0, 2]] - meshes[1], axis=2).std(axis=0).mean(),
    }
    for metric, value in wanted.items():
        errors = scores.errors[metric]
        assert dict(zip(errors.identities, errors.values, strict=True))["Ben"] == pytest.approx(value, rel=1e-4), metric
    assert scores.as_table()["per_identity"]["Ben"]["point"] == pytest.approx(wanted["point"], rel=1e-4)


def test_table_has_an_interval_around_each_mean_and_gains_over_the_baseline(model, people):
    predicted, references = people
    scores = all_scores(predicted, references, model=model)
    halved = all_scores({who: (pair[0] / 2, pair[1] / 2) for who, pair in predicted.items()}, references, model=model)
    table = halved.as_table(scores)
    for metric, interval in table["intervals"].items():
        assert interval["low"] <= table[metric] <= interval["high"]
        assert interval["confidence"] == 0.95
    base = scores.as_table()
    assert base["gain"] == {}
    assert set(table["gain"]) == set(scores.errors) - {"coherence", "coherence sd"}
    assert table["gain"]["mean"]["relative"] == pytest.approx(table["mean"] / base["mean"] - 1)


def test_faces_nearer_to_the_truth_have_smaller_errors_of_every_kind(model):
    rng = np.random.default_rng(21)
    truths = {who: rng.normal(size=40).astype(np.float32) for who in ("Ada", "Ben", "Cyd", "Dot", "Eve")}
    references = {who: mesh(model, shape, np.zeros(10, np.float32)) for who, shape in truths.items()}
    noise = {who: rng.normal(size=(2, 40)).astype(np.float32) for who in truths}
    near, far = (
        all_scores(
            {who: (truths[who] + level * noise[who], np.zeros((2, 10), np.float32)) for who in truths},
            references,
            model=model,
        ).as_table()
        for level in (0.2, 1.0)
    )
    for metric in near["intervals"]:
        assert near[metric] < 0.6 * far[metric] or metric == "coherence sd", metric


def test_one_utterance_each_says_nothing_of_coherence(model, people):
    predicted, references = people
    once = {who: (shape[:1], expression[:1]) for who, (shape, expression) in predicted.items()}
    assert "coherence" not in all_scores(once, references, model=model).errors


def test_parts_of_another_model_are_its_own_regions(model):
    assert list(parts_of(model)) == ["eyes", "brows", "cheeks", "nostrils", "mouth", "scalp"]
    other = replace(model, regions={"nose": torch.ones(3242), "rest": torch.ones(3242)})
    assert list(parts_of(other)) == ["nose", "rest"]


def test_reference_on_another_topology_is_refused(model):
    with pytest.raises(ValueError, match="3242"):
        ratio_scores(
            {"Ada": (np.zeros((1, 40), np.float32), np.zeros((1, 10), np.float32))},
            {"Ada": np.zeros((53215, 3), np.float32)},
            model=model,
        )


def test_identity_without_a_prediction_is_named(model, people):
    predicted, references = people
    with pytest.raises(DatasetError, match="1 of 3 test identities have no prediction, such as Cyd; make"):
        ratio_scores({name: predicted[name] for name in ("Ada", "Ben")}, references, model=model)


def test_nobody_with_a_reference_is_refused(model):
    with pytest.raises(ValueError, match="identit"):
        ratio_scores({"Ada": (np.zeros((1, 40), np.float32), np.zeros((1, 10), np.float32))}, {}, model=model)


def test_model_is_chosen_by_the_vertices_of_the_references():
    assert model_for(12962).topology == "analytic-head-medium"
    with pytest.raises(DatasetError, match="53215 vertices, which is no level of the built-in head"):
        model_for(53215)
    with pytest.raises(DatasetError, match="'bfm-38365', which lacks vertices of the absolute ratio error; rebuild"):
        model_for(38365)
