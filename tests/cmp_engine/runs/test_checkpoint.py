"""Checkpoints are whole, plain, and refused where they do not fit."""

import hashlib

import pytest
import torch
from torch import nn

from cmp_engine.exceptions import CheckpointError
from cmp_engine.runs.checkpoint import (
    SHOWN,
    changed_keys,
    check_made_for,
    digest,
    load_network,
    read_checkpoint,
    save_checkpoint,
)


def saved(tmp_path, **networks):
    path = tmp_path / "stage" / "final.pt"
    save_checkpoint(path, {"networks": {name: network.state_dict() for name, network in networks.items()}, "step": 3})
    return path


def test_tensors_and_values_come_back(tmp_path):
    network = nn.Linear(2, 3)
    state = read_checkpoint(saved(tmp_path, decoder=network))
    assert state["step"] == 3
    other = nn.Linear(2, 3)
    load_network(other, state, path=tmp_path, name="decoder")
    assert torch.equal(other.weight, network.weight)
    assert torch.equal(other.bias, network.bias)


def test_missing_checkpoint_names_the_stage_to_train(tmp_path):
    with pytest.raises(
        CheckpointError, match=r"no checkpoint .*final\.pt; train the stage first: python -m cmp_engine"
    ):
        read_checkpoint(tmp_path / "final.pt")


@pytest.mark.parametrize("content", [b"", b"half a file", b"PK\x03\x04"])
def test_damaged_checkpoint_is_named_with_the_remedy(tmp_path, content):
    (tmp_path / "final.pt").write_bytes(content)
    with pytest.raises(CheckpointError, match=r"final\.pt is damaged .*delete it and train the stage again"):
        read_checkpoint(tmp_path / "final.pt")


@pytest.mark.parametrize("content", [[1, 2], {"weights": 1}, torch.zeros(2)])
def test_files_of_other_programs_are_no_checkpoints(tmp_path, content):
    torch.save(content, tmp_path / "final.pt")
    with pytest.raises(CheckpointError, match=r"is no checkpoint of this engine; delete it or name another run"):
        read_checkpoint(tmp_path / "final.pt")


class Harmful:
    def __reduce__(self):
        return print, ("run",)


def test_nothing_in_a_checkpoint_is_run(tmp_path, capsys):
    torch.save({"networks": Harmful()}, tmp_path / "final.pt")
    with pytest.raises(CheckpointError, match="is damaged"):
        read_checkpoint(tmp_path / "final.pt")
    assert capsys.readouterr().out == ""


def test_network_of_another_shape_or_name_is_refused(tmp_path):
    path = saved(tmp_path, decoder=nn.Linear(2, 3))
    state, untouched = read_checkpoint(path), nn.Linear(2, 4)
    before = untouched.weight.clone()
    with pytest.raises(CheckpointError, match=r"is of another architecture: decoder: .*delete .*stage to train again"):
        load_network(untouched, state, path=path, name="decoder")
    assert torch.equal(untouched.weight, before)
    with pytest.raises(CheckpointError, match="it holds no network 'generator'"):
        load_network(nn.Linear(2, 3), state, path=path, name="generator")


def test_changes_are_named_with_both_values_and_not_too_many():
    former, wanted = {"seed": 0, "same": 1, "gone": 2}, {"seed": 1, "same": 1, "new": 3}
    assert changed_keys(former, wanted) == "seed was 0, now 1; gone was 2, now None; new was None, now 3"
    assert changed_keys(former, former) == ""
    many = changed_keys({str(number): 0 for number in range(9)}, {})
    assert many.count("was 0, now None") == SHOWN


def test_checkpoint_of_another_configuration_is_refused(tmp_path):
    path = tmp_path / "stage" / "final.pt"
    check_made_for(path, {"seed": 0}, {"seed": 0})
    with pytest.raises(CheckpointError, match=r"made for another configuration: seed was 0, now 1\. Use another run"):
        check_made_for(path, {"seed": 0}, {"seed": 1})


def test_digest_is_the_sha256_of_the_content(tmp_path):
    (tmp_path / "a").write_bytes(b"weights" * 100_000)
    assert digest(tmp_path / "a") == hashlib.sha256(b"weights" * 100_000).hexdigest()
