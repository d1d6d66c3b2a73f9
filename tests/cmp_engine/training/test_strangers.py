"""The expert's corpus is made once, whole, and the same every time."""

import numpy as np
import pytest
import torch

from cmp_engine import processes
from cmp_engine.config import ExpertConfig
from cmp_engine.data.faces import to_image_tensor
from cmp_engine.exceptions import CheckpointError, WriteError
from cmp_engine.io import files
from cmp_engine.training import strangers
from cmp_engine.training.strangers import Strangers, blur, render_stranger

SHARP = ExpertConfig(strangers=3)
HALF_BLURRED = ExpertConfig(strangers=3, blurred_share=0.5)


def test_strangers_are_rendered_once_and_read_again(tmp_path):
    path = tmp_path / "expert" / "strangers.npz"
    made = Strangers.at(path, SHARP, seed=5)
    written = path.stat().st_mtime_ns
    again = Strangers.at(path, SHARP, seed=5)
    assert path.stat().st_mtime_ns == written
    assert np.array_equal(made.pictures, again.pictures)
    assert torch.equal(made.all_parameters(), again.all_parameters())


def test_damaged_strangers_are_named_with_the_remedy(tmp_path):
    path = tmp_path / "strangers.npz"
    Strangers.at(path, SHARP, seed=5)
    path.write_bytes(path.read_bytes()[:1000])
    with pytest.raises(CheckpointError, match=r"strangers\.npz is damaged .*; delete it, and it is made again"):
        Strangers.at(path, SHARP, seed=5)
    np.savez(path, pictures=np.zeros((1, 64, 64, 3), np.uint8))
    with pytest.raises(CheckpointError, match=r"strangers\.npz is damaged \(it lacks parameters\)"):
        Strangers.at(path, SHARP, seed=5)


def test_processes_render_what_one_alone_would(tmp_path, monkeypatch):
    monkeypatch.setattr(processes, "_FEWEST_FOR_PROCESSES", 1)
    monkeypatch.setattr(strangers, "CHUNK", 2)
    started = []
    monkeypatch.setattr(processes, "_processes", lambda: started.append(2) or 2)
    made = Strangers.at(tmp_path / "strangers.npz", SHARP, seed=5)
    assert started
    for number, (picture, parameters) in enumerate(zip(made.pictures, made.all_parameters(), strict=True)):
        alone, known = render_stranger(5, number)
        assert np.array_equal(picture, alone)
        assert np.array_equal(parameters.numpy(), known)


def test_strangers_differ_from_each_other_and_between_seeds():
    picture, parameters = render_stranger(0, 0)
    assert (picture.shape, picture.dtype, parameters.shape) == ((64, 64, 3), np.uint8, (102,))
    for seed, number in ((0, 1), (1, 0)):
        other, other_parameters = render_stranger(seed, number)
        assert not np.array_equal(picture, other)
        assert not np.array_equal(parameters[12:52], other_parameters[12:52])
    assert np.array_equal(render_stranger(0, 0)[0], picture)


def test_pictures_are_drawn_with_their_own_parameters():
    pictures = np.arange(4, dtype=np.uint8).repeat(64 * 64 * 3).reshape(4, 64, 64, 3)
    parameters = np.arange(4, dtype=np.float32).repeat(102).reshape(4, 102)
    batch = Strangers(pictures, parameters, HALF_BLURRED).draw(16, np.random.default_rng(0))
    shade = batch.image[:, 0, 0, 0] * 127.5 + 127.5
    torch.testing.assert_close(shade, batch.parameters[:, 0], atol=1e-4, rtol=0)
    assert len(set(shade.round().tolist())) == 4


def test_half_of_a_batch_is_blurred_and_the_rest_as_it_was_rendered():
    picture, parameters = render_stranger(0, 0)
    sharp = to_image_tensor([picture])[0]
    faces, rng = Strangers(picture[None], parameters[None], HALF_BLURRED), np.random.default_rng(1)
    batches = [faces.draw(6, rng).image for _ in range(2)]
    for batch in batches:
        assert all(torch.equal(each, sharp) for each in batch[:3])
        for each in batch[3:]:
            assert each.mean() == pytest.approx(float(sharp.mean()), abs=0.02)
            assert detail(each) < 0.8 * detail(sharp)
    assert detail(batches[0][-1]) != pytest.approx(detail(batches[1][-1]))


def test_nothing_is_blurred_unless_the_configuration_says_so():
    picture, parameters = render_stranger(0, 0)
    batch = Strangers(picture[None], parameters[None], SHARP).draw(6, np.random.default_rng(1)).image
    assert all(torch.equal(each, to_image_tensor([picture])[0]) for each in batch)


def test_more_pixels_keep_more_detail():
    sharp = to_image_tensor([render_stranger(0, 0)[0]])
    kept = [detail(blur(sharp, pixels)[0]) for pixels in (10, 40, 64)]
    assert kept == sorted(kept)
    torch.testing.assert_close(blur(sharp, 64), sharp)


def detail(picture: torch.Tensor) -> float:
    """Mean absolute difference of neighbouring pixels."""
    return float(picture.diff(dim=-1).abs().mean())


def test_corpus_that_cannot_be_written_leaves_nothing(tmp_path, monkeypatch):
    def full(descriptor):
        raise OSError("No space left on device")

    monkeypatch.setattr(files.os, "fsync", full)
    with pytest.raises(WriteError, match="No space left"):
        Strangers.at(tmp_path / "expert" / "strangers.npz", ExpertConfig(strangers=1), seed=0)
    assert list((tmp_path / "expert").iterdir()) == []
