"""The table of a run and its oracles, on a small simulated data set whose truth is written beside it."""

import json
import shutil

import numpy as np
import pytest
import torch

from cmp_engine.data import DatasetError, Voxceleb3D, read_obj
from cmp_engine.inference.oracles import mean_shapes, oracle_shapes
from cmp_engine.inference.run_table import metric_table, ratio_table
from cmp_engine.morphable import MorphableModel
from evaluation.faces.ratios import face_ratios


@pytest.fixture(scope="module")
def dataset(small_dataset):
    return Voxceleb3D(small_dataset)


@pytest.fixture(scope="module")
def truth(small_dataset):
    """Gender and shape of everybody, as the simulation notes them; the loaders never read this file."""
    return json.loads((small_dataset / "simulation.json").read_text())["identities"]


def flat(dataset, shape=0.0):
    """One face for everybody, from two utterances."""
    return {each.name: (np.full((2, 40), shape, np.float32), np.zeros((2, 10), np.float32)) for each in dataset.test}


def silent(done, total):
    """No progress bar."""


def test_mean_shapes_are_those_of_the_training_identities(dataset, truth):
    means = mean_shapes(dataset, MorphableModel.analytic("medium"))
    train = [each.name for each in dataset.train]
    for name, letters in (("all", "fm"), ("female", "f"), ("male", "m")):
        wanted = np.mean([truth[who]["shape"] for who in train if truth[who]["gender"] in letters], axis=0)
        assert means[name] == pytest.approx(wanted, abs=1e-4)


def test_oracle_of_the_own_gender_takes_the_speakers(dataset, truth):
    means = {"all": np.zeros(40), "female": np.full(40, 1.0), "male": np.full(40, 2.0)}
    oracles = oracle_shapes(means, dataset.test)
    assert list(oracles) == ["mean-all", "mean-female", "mean-male", "mean-own-gender"]
    for who, shape in oracles["mean-own-gender"].items():
        assert shape[0] == {"f": 1.0, "m": 2.0}[truth[who]["gender"]]
    assert {shape[0] for shape in oracles["mean-male"].values()} == {2.0}


def test_oracle_of_the_own_gender_needs_everybodys(dataset):
    means = {"all": np.zeros(40), "female": np.zeros(40)}
    missing = oracle_shapes(means, tuple(each for each in dataset.train if each.gender == "m"))
    assert list(missing) == ["mean-all", "mean-female"]


def test_oracles_stand_in_the_table_like_conditions(dataset):
    seen = []
    table = metric_table(
        {"base-2": flat(dataset), "cmp-unsupervised": flat(dataset, 1.0)},
        dataset,
        progress=lambda done, total: seen.append((done, total)),
    )
    model = MorphableModel.analytic("medium")
    mean = mean_shapes(dataset, model)["male"]
    predicted = face_ratios(model.vertices(torch.from_numpy(mean)[None])[0], model.topology)
    errors = [
        np.abs(predicted - face_ratios(read_obj(each.reference.mesh)[0], model.topology))[0] for each in dataset.test
    ]
    assert table["oracles"]["mean-male"]["ER"] == pytest.approx(np.mean(errors, axis=0)[0], rel=1e-4)
    assert table["oracles"]["mean-male"]["mean"] == pytest.approx(np.mean(errors), rel=1e-4)
    assert set(table["oracles"]["mean-all"]["gain"]) == set(table["conditions"]["cmp-unsupervised"]["gain"])
    assert table["conditions"]["base-2"]["gain"] == {}
    assert table["oracles"]["mean-all"]["gain_over_mean_all"] == {}
    over_mean = table["conditions"]["base-2"]["gain_over_mean_all"]
    assert set(over_mean) == set(table["conditions"]["cmp-unsupervised"]["gain"])
    ours, theirs = (table[kind][name]["mean"] for kind, name in (("conditions", "base-2"), ("oracles", "mean-all")))
    assert over_mean["mean"]["relative"] == pytest.approx(ours / theirs - 1)
    assert (
        over_mean["mean"]["interval"]["low"] <= over_mean["mean"]["relative"] <= over_mean["mean"]["interval"]["high"]
    )
    assert table["paper"]["base-2"]["CR"] == 0.0551
    assert (table["identities"], table["simulated_data"], table["baseline"]) == (len(dataset.test), True, "base-2")
    assert seen == [(done, 6 * len(dataset.test)) for done in range(1, 6 * len(dataset.test) + 1)]
    assert json.loads(json.dumps(table, allow_nan=False)) == table


def test_without_base_2_nothing_is_gained(dataset):
    table = ratio_table({"cmp-unsupervised": flat(dataset)}, dataset, progress=silent)
    assert table["conditions"]["cmp-unsupervised"]["gain"] == {}


def copied(small_dataset, tmp_path, *without):
    """The data set as links, A2E_val as a copy."""
    for part in small_dataset.iterdir():
        if part.name not in (*without, "A2E_val"):
            (tmp_path / part.name).symlink_to(part)
    shutil.copytree(small_dataset / "A2E_val", tmp_path / "A2E_val")
    return tmp_path


def test_data_without_fitted_shapes_has_no_oracles_and_says_why(small_dataset, tmp_path):
    data = Voxceleb3D(copied(small_dataset, tmp_path, "F2Z"))
    table = metric_table({"base-2": flat(data)}, data, progress=silent)
    assert table["oracles"] == table["conditions"]["base-2"]["gain_over_mean_all"] == {}
    assert (
        "holds no fitted coefficients, of which mean faces are made. Complete the folder F2Z"
        in table["oracles_missing"]
    )
    assert set(table["conditions"]) == {"base-2"}


def test_mean_shapes_of_another_morphable_model_are_refused(small_dataset, tmp_path):
    data = Voxceleb3D(copied(small_dataset, tmp_path))
    (tmp_path / "build.json").write_text('{"arguments": {"model": "BFM 2009", "topology": "bfm-53215"}}')
    with pytest.raises(DatasetError, match=r"fitted with BFM 2009 \(bfm-53215\), but analytic-head is needed"):
        mean_shapes(data, MorphableModel.analytic("medium"))


@pytest.mark.parametrize("simulated", [True, False])
def test_data_built_from_simulated_people_are_labelled_like_simulated_data(small_dataset, tmp_path, simulated):
    data = Voxceleb3D(copied(small_dataset, tmp_path, "simulation.json"))
    arguments = {"model": "analytic:medium", "topology": "analytic-head-medium", "simulated": simulated}
    (tmp_path / "build.json").write_text(json.dumps({"arguments": arguments}))
    assert ratio_table({"base-2": flat(data)}, data, progress=silent)["simulated_data"] is simulated


def test_references_on_two_topologies_are_refused(small_dataset, tmp_path):
    data = Voxceleb3D(copied(small_dataset, tmp_path))
    first = data.test[0].reference.mesh
    first.write_text("".join(line for line in first.read_text().splitlines(keepends=True)[:3242]))
    with pytest.raises(DatasetError, match=r"has 3242 vertices, that of .* 12962; all must be on one topology"):
        ratio_table({"base-2": flat(data)}, data, progress=silent)
