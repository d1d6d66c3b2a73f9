"""The experiment goes on where it was, trains what can be shared once, and keeps only what was predicted."""

import json
from dataclasses import replace

import numpy as np
import pytest

from cmp_engine.calibration import Experiment
from cmp_engine.calibration.experiment import load
from cmp_engine.config import load_config
from cmp_engine.data import Voxceleb3D
from cmp_engine.exceptions import CheckpointError
from cmp_engine.simulation import simulate

pytestmark = pytest.mark.xdist_group("calibration")


def files(folder):
    return {path.name: path.stat().st_mtime_ns for path in folder.iterdir() if path.suffix == ".npz"}


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    config = load_config("smoke")
    config = replace(config, expert=replace(config.expert, strangers=4))
    experiment = Experiment(
        tmp_path_factory.mktemp("calibration"), config, seeds=1, identities=8, utterances=2, device="cpu"
    )
    done = []
    outcomes = experiment.run(lambda doing, *_: done.append(doing))
    return experiment, outcomes, list(dict.fromkeys(done))


def test_each_coupling_gets_its_population_and_the_expert_is_trained_once(finished):
    experiment, outcomes, done = finished
    assert [(each.coupling, each.seed) for each in outcomes] == [("default", 0), ("none", 0)]
    assert "default 0: expert" in done
    assert "none 0: expert" not in done
    assert "none 0: joint" in done
    for each in outcomes:
        people = len(each.truth)
        assert people >= 2
        assert each.mean_shape.shape == (40,)
        assert {name: made.shape for name, made in each.shape.items()} == dict.fromkeys(
            ("base-2", "cmp-unsupervised", "cmp-supervised"), (people, 2, 40)
        )
    assert not np.array_equal(outcomes[0].truth, outcomes[1].truth)
    assert {path.name for path in experiment.out.iterdir()} == {
        "experiment.json",
        "default-0.npz",
        "none-0.npz",
        "expert",
    }


def test_a_repeated_call_makes_only_what_is_missing(finished):
    experiment, outcomes, _ = finished
    before = files(experiment.out)
    done = []
    again = experiment.run(lambda doing, *_: done.append(doing))
    assert done == []
    assert files(experiment.out) == before
    np.testing.assert_array_equal(again[1].shape["base-2"], outcomes[1].shape["base-2"])
    (experiment.out / "none-0.npz").unlink()
    third = experiment.run(lambda doing, *_: done.append(doing))
    assert done
    assert not [doing for doing in done if doing.startswith("default")]
    np.testing.assert_array_equal(third[1].shape["base-2"], outcomes[1].shape["base-2"])


def test_call_killed_while_tidying_up_leaves_nothing_for_good(finished):
    experiment, *_ = finished
    out = experiment.out
    (out / "default-0" / "data").mkdir(parents=True)  # killed between the predictions and the tidying up
    experiment.run()
    assert not (out / "default-0").exists()


def test_truth_is_that_of_the_test_people_and_the_mean_that_of_the_others(tmp_path, finished):
    _, outcomes, _ = finished
    simulate(tmp_path, identities=8, utterances=2, coupling="none", seed=0)
    told = json.loads((tmp_path / "simulation.json").read_text())["identities"]
    dataset = Voxceleb3D(tmp_path)
    np.testing.assert_allclose(outcomes[1].truth, [told[each.name]["shape"] for each in dataset.test], rtol=1e-6)
    trained = np.mean([told[each.name]["shape"] for each in dataset.train], axis=0)
    np.testing.assert_allclose(outcomes[1].mean_shape, trained, rtol=1e-5, atol=1e-6)


def test_a_folder_of_another_experiment_is_refused(finished):
    experiment, _, _ = finished
    with pytest.raises(CheckpointError, match=r"holds another experiment: identities was 8, now 9\. Name another"):
        replace(experiment, identities=9).run()


def test_a_damaged_outcome_is_named_with_the_remedy(tmp_path):
    path = tmp_path / "none-0.npz"
    path.write_bytes(b"PK half a file")
    with pytest.raises(CheckpointError, match=r"none-0\.npz is damaged .*; delete it, and the population is made"):
        load(path, "none", 0)
    np.savez(path, truth=np.zeros((2, 40)))
    with pytest.raises(CheckpointError, match=r"none-0\.npz is damaged \(it lacks mean_shape\)"):
        load(path, "none", 0)
