"""What the folder of a data set says about its making."""

import json

import pytest

from cmp_engine.data import DatasetError
from cmp_engine.data.origin import Built, read_built, was_simulated


def record(folder, content):
    (folder / "build.json").write_text(content if isinstance(content, str) else json.dumps(content))


def test_record_names_model_topology_and_whether_people_were_invented(tmp_path):
    record(tmp_path, {"arguments": {"model": "analytic:low", "topology": "head-3k", "simulated": True}})
    assert read_built(tmp_path) == Built("analytic:low", "head-3k", simulated=True)


def test_record_that_does_not_say_is_of_real_people(tmp_path):
    record(tmp_path, {"arguments": {"model": "analytic", "topology": "head"}})
    assert read_built(tmp_path) == Built("analytic", "head", simulated=False)


def test_data_set_without_a_record_was_not_built(tmp_path):
    assert read_built(tmp_path) is None


@pytest.mark.parametrize("content", ["{", "[]", "3", {"arguments": None}, {"arguments": {"model": "analytic"}}, {}])
def test_damaged_record_is_named_with_the_remedy(tmp_path, content):
    record(tmp_path, content)
    with pytest.raises(DatasetError, match=r"build\.json: damaged .*run the same build_dataset command again"):
        read_built(tmp_path)


@pytest.mark.parametrize(
    ("name", "simulated"),
    [("simulation.json", True), ("simulation.started.json", True), ("build.json", False), ("vox1_meta.csv", False)],
)
def test_simulation_shows_by_its_truth_or_its_mark(tmp_path, name, simulated):
    (tmp_path / name).touch()
    assert was_simulated(tmp_path) is simulated
