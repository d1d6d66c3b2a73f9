import numpy as np
import pytest

from cmp_engine.audio import AudioError, log_mel, normalize
from cmp_engine.audio.spectrogram import mel_filters

RECORDINGS = ["Alan_Tudyk", "Alicja_Bachleda", "Gilles_Marini", "Moon_Bloodgood", "Suraj_Sharma", "Woody_Harrelson"]


@pytest.mark.parametrize("name", RECORDINGS)
def test_spectrogram_equals_the_reference(golden, name):
    folder = golden / "voice"
    mel = log_mel(np.load(folder / f"{name}.vad.npz")["pcm"])
    assert mel.dtype == np.float32
    np.testing.assert_allclose(mel, np.load(folder / f"{name}.logmel.npy"), rtol=0, atol=1e-6)
    np.testing.assert_allclose(mel[:20], np.load(folder / f"{name}.logmel64_first20.npy"), rtol=0, atol=1e-6)
    np.testing.assert_allclose(normalize(mel), np.load(folder / f"{name}.norm.npy"), rtol=0, atol=1e-5)


@pytest.mark.parametrize("samples", [1, 159, 160, 161, 400, 640, 1000])
def test_short_recording_equals_the_reference(golden, samples):
    reference = np.load(golden / "voice" / f"synthetic_{samples:06d}.npz")
    mel = log_mel(reference["pcm"])
    np.testing.assert_allclose(mel, reference["logmel"], rtol=0, atol=1e-6)
    np.testing.assert_allclose(normalize(mel), reference["norm"], rtol=0, atol=1e-5)


def slow_log_mel(pcm: np.ndarray) -> np.ndarray:
    """The definition, frame by frame."""
    mel, before = [], 0.0
    for start in range(0, len(pcm) + 1, 160):
        window = np.resize(pcm[start : start + 400], 400).astype(float) if start < len(pcm) else np.zeros(400)
        emphasised = window - 0.97 * np.array([before, *window[:-1]])
        before = window[-1]
        hamming = 0.54 - 0.46 * np.cos(2 * np.pi * np.arange(400) / 399)
        power = np.abs(np.fft.rfft(emphasised * hamming, 1024)) ** 2
        mel.append(np.log(np.maximum(power @ mel_filters(), 1e-5)))
    return np.array(mel)


# Around one hop, one window, and the 256 frames that are transformed at a time.
@pytest.mark.parametrize("samples", [1, 160, 401, 255 * 160, 256 * 160 - 1, 256 * 160, 257 * 160 + 7])
def test_fast_spectrogram_equals_the_definition(samples):
    pcm = np.random.default_rng(samples).integers(-9000, 9000, samples).astype(np.int16)
    np.testing.assert_allclose(log_mel(pcm), slow_log_mel(pcm), rtol=0, atol=2e-6)  # float32 of values up to 30


def test_filters_have_the_published_edges_and_heights():
    filters = mel_filters()
    assert filters.shape == (513, 64)
    assert np.flatnonzero(filters[:, 0]).tolist() == [2, 3, 4]
    assert filters[3, 0] == pytest.approx(0.032)
    assert np.flatnonzero(filters[:, -1])[[0, -1]].tolist() == [426, 460]
    assert filters[443, -1] == pytest.approx(0.0035556, rel=2e-5)  # the source gives five digits


def test_silence_is_floored_and_normalises_to_zero():
    mel = log_mel(np.zeros(1600, np.int16))
    np.testing.assert_allclose(mel, np.log(1e-5), rtol=1e-6)
    assert np.abs(normalize(mel)).max() < 10  # finite: the spread of a constant is rounding only


def test_no_samples_are_too_short():
    with pytest.raises(AudioError, match="too short: no samples"):
        log_mel(np.zeros(0, np.int16))
