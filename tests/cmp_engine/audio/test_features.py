import time

import numpy as np
import pytest
import soundfile

from cmp_engine.audio import AudioError, NoSpeechError, load_waveform, repeat, voice_features

RECORDINGS = ["Alan_Tudyk", "Alicja_Bachleda", "Gilles_Marini", "Moon_Bloodgood", "Suraj_Sharma", "Woody_Harrelson"]


@pytest.mark.parametrize("name", RECORDINGS)
def test_features_of_a_file_equal_the_reference(golden, name):
    features = voice_features(golden / "voice" / f"{name}.wav")
    assert features.dtype == np.float32
    reference = np.load(golden / "voice" / f"{name}.norm1000.npy")
    np.testing.assert_allclose(features, reference, rtol=0, atol=1e-5)


def test_features_look_like_the_published_ones(golden):
    published = np.load(min((golden / "fbank").glob("*.npy")))
    ours = voice_features(golden / "voice" / "Alan_Tudyk.wav")
    assert (ours.shape, ours.dtype) == (published.shape, published.dtype)


@pytest.mark.parametrize(("frames", "expected"), [(1, 1000), (365, 1000), (1000, 1000), (1751, 1751)])
def test_short_utterances_repeat_from_their_start(frames, expected):
    mel = np.arange(frames * 64, dtype=np.float32).reshape(frames, 64)
    repeated = repeat(mel)
    assert len(repeated) == expected
    for row in (0, expected // 2, expected - 1):
        np.testing.assert_array_equal(repeated[row], mel[row % frames])


@pytest.mark.parametrize(
    ("samples", "error", "message"),
    [(32000, NoSpeechError, "no speech found"), (500, AudioError, "too short: 31 ms of sound; record")],
)
def test_what_is_wrong_with_a_file_names_the_file(tmp_path, samples, error, message):
    path = tmp_path / "quiet.wav"
    soundfile.write(path, np.zeros(samples, np.int16), 16000)
    with pytest.raises(error, match=rf"quiet\.wav: {message}"):
        voice_features(path)


def test_front_end_is_a_hundred_times_faster_than_speech(golden):
    pcm = load_waveform(golden / "voice" / "Alicja_Bachleda.wav")
    voice_features(pcm)
    started = time.process_time()
    for _ in range(5):
        voice_features(pcm)
    assert 5 * len(pcm) / 16000 / (time.process_time() - started) > 100
