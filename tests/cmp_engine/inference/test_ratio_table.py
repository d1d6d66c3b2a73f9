"""Ratio errors of predicted coefficients, against widths measured by hand on the named vertices."""

import numpy as np
import pytest
import torch

from cmp_engine.data import DatasetError
from cmp_engine.inference.ratios import model_for, ratio_table
from cmp_engine.morphable import MorphableModel
from evaluation.landmarks import lines_of

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
    table = ratio_table(predicted, references, model=model).as_table()
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
    table = ratio_table({"Ada": (shape, expression)}, {"Ada": mesh(model, shape[0], expression[0])}, model=model)
    assert table.as_table()["mean"] == pytest.approx(0.0, abs=1e-6)


def test_reference_on_another_topology_is_refused(model):
    with pytest.raises(ValueError, match="3242"):
        ratio_table(
            {"Ada": (np.zeros((1, 40), np.float32), np.zeros((1, 10), np.float32))},
            {"Ada": np.zeros((53215, 3), np.float32)},
            model=model,
        )


def test_nobody_with_a_reference_is_refused(model):
    with pytest.raises(ValueError, match="identit"):
        ratio_table({"Ada": (np.zeros((1, 40), np.float32), np.zeros((1, 10), np.float32))}, {}, model=model)


def test_model_is_chosen_by_the_vertices_of_the_references():
    assert model_for(12962).topology == "analytic-head-medium"
    with pytest.raises(DatasetError, match="53215 vertices, which is no level of the built-in head"):
        model_for(53215)
