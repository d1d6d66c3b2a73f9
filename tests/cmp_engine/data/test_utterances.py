from dataclasses import replace

import numpy as np
import pytest
import torch

from cmp_engine.data import CropRule, DatasetError, TripletSampler, UtteranceSampler, Voxceleb3D, load_features


@pytest.fixture
def train(layout):
    return Voxceleb3D(layout).train


def generator(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


def test_crops_share_length_and_place_within_windows_of_their_own(train):
    rule = CropRule(window=800, shortest=300)
    sampler = UtteranceSampler(train, rule)
    rng = generator()
    lengths, starts = set(), set()
    for _ in range(20):
        mel, label = sampler.draw(16, rng)
        assert mel.shape[:2] == (16, 64)
        assert (mel.dtype, label.dtype) == (torch.float32, torch.int64)
        assert 300 <= mel.shape[2] <= 800
        time = mel[:, 0]
        assert torch.equal(time, time[:, :1] + torch.arange(mel.shape[2]))
        # Windows start anywhere in 0..200, so two starts of a batch differ by at most 200.
        assert time[:, 0].max() - time[:, 0].min() <= 200
        lengths.add(mel.shape[2])
        starts.update(time[:, 0].tolist())
    assert len(lengths) > 10
    assert len(starts) > 100


def test_labels_belong_to_the_features(train):
    mel, label = UtteranceSampler(train).draw(64, generator())
    assert torch.equal(mel[:, 1, 0].long() - 2, label)  # training people are numbers 2, 3 and 4
    assert set(label.tolist()) == {0, 1, 2}


def test_every_utterance_is_drawn_equally_often(train):
    train = (train[0], train[1], replace(train[2], utterances=train[2].utterances[:1]))
    mel, _ = UtteranceSampler(train, CropRule(10, 10)).draw(7000, generator())
    drawn, counts = np.unique(mel[:, 1:3, 0].numpy(), axis=0, return_counts=True)
    assert len(drawn) == 7
    assert counts == pytest.approx(1000, abs=150)  # five standard deviations


def test_positive_is_another_utterance_of_the_person_and_negative_another_person(train):
    sampler = TripletSampler(train, CropRule(40, 20))
    anchor, positive, negative, label = sampler.draw_triplets(600, generator())
    assert anchor.shape == positive.shape == negative.shape
    assert torch.equal(anchor[:, 1, 0].long() - 2, label)
    assert torch.equal(positive[:, 1, 0], anchor[:, 1, 0])
    assert (positive[:, 2, 0] != anchor[:, 2, 0]).all()
    assert (negative[:, 1, 0] != anchor[:, 1, 0]).all()
    # All 3 x 2 ordered pairs of utterances and of people come up.
    assert len(torch.unique(torch.stack([anchor[:, 2, 0], positive[:, 2, 0]]), dim=1).T) == 6
    assert len(torch.unique(torch.stack([anchor[:, 1, 0], negative[:, 1, 0]]), dim=1).T) == 6


def test_released_positive_is_the_next_file_even_of_another_person(train):
    sampler = TripletSampler(train, CropRule(40, 20), positive_is_next_file=True)
    anchor, positive, negative, _ = sampler.draw_triplets(300, generator())
    listed = [(person, file) for person in (2, 3, 4) for file in (0, 2, 1)]  # sorted by video first
    expected = dict(zip(listed, [*listed[1:], listed[-2]], strict=True))
    drawn = set()
    for first, second in zip(anchor[:, 1:3, 0].long().tolist(), positive[:, 1:3, 0].long().tolist(), strict=True):
        assert expected[tuple(first)] == tuple(second)
        drawn.add(tuple(first))
    assert drawn == set(listed)
    assert (negative[:, 1, 0] != anchor[:, 1, 0]).all()


def test_released_negative_is_any_file_even_of_the_same_person(train):
    sampler = TripletSampler(train, CropRule(40, 20), negative_is_any_file=True)
    anchor, positive, negative, _ = sampler.draw_triplets(600, generator())
    pairs = torch.unique(torch.cat([anchor[:, 1:3, 0], negative[:, 1:3, 0]], dim=1), dim=0)
    assert len(pairs) == 9 * 9
    assert torch.equal(positive[:, 1, 0], anchor[:, 1, 0])


def test_restored_generator_repeats_the_draw(train):
    sampler = TripletSampler(train)
    rng = generator()
    sampler.draw(4, rng)
    state = rng.bit_generator.state
    first = sampler.draw_triplets(4, rng)
    rng.bit_generator.state = state
    for left, right in zip(first, sampler.draw_triplets(4, rng), strict=True):
        assert torch.equal(left, right)


def test_too_little_to_draw_from_is_an_error(train):
    with pytest.raises(DatasetError, match="no identities to draw from"):
        UtteranceSampler(())
    with pytest.raises(DatasetError, match="at least 2 identities, got 1"):
        TripletSampler(train[:1])
    with pytest.raises(DatasetError, match="Gus_Wick have one"):
        TripletSampler((train[0], replace(train[1], utterances=train[1].utterances[:1])))
    with pytest.raises(ValueError, match="need 0 < shortest <= window"):
        CropRule(window=100, shortest=300)


def test_unrepeated_utterance_is_named(train):
    np.save(train[0].utterances[0], np.zeros((700, 64), np.float32))
    with pytest.raises(DatasetError, match=r"00000\.npy: 700 frames, but training crops windows of 800"):
        UtteranceSampler((replace(train[0], utterances=train[0].utterances[:1]),)).draw(1, generator())


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "not a readable"),
        (b"not an array at all", "not a readable"),
        (None, r"found \(1000, 40\) float64"),
    ],
)
def test_damaged_features_are_named(tmp_path, content, message):
    path = tmp_path / "a.npy"
    if content is None:
        np.save(path, np.zeros((1000, 40)))
    else:
        path.write_bytes(content)
    with pytest.raises(DatasetError, match=rf"a\.npy: .*{message}"):
        load_features(path)
