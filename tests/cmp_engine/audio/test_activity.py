import numpy as np
import pytest

from cmp_engine.audio import AudioError, NoSpeechError, load_waveform, voice_activity, voiced

RECORDINGS = ["Alan_Tudyk", "Alicja_Bachleda", "Gilles_Marini", "Moon_Bloodgood", "Suraj_Sharma", "Woody_Harrelson"]


@pytest.mark.parametrize("name", RECORDINGS)
def test_segments_queries_and_samples_equal_the_reference(golden, name):
    pcm = load_waveform(golden / "voice" / f"{name}.wav")
    reference = np.load(golden / "voice" / f"{name}.vad.npz")
    activity = voice_activity(pcm)
    np.testing.assert_array_equal(activity.segments, reference["segments"])
    np.testing.assert_array_equal(activity.calls, reference["calls"])
    np.testing.assert_array_equal(voiced(pcm), reference["pcm"])


def test_recordings_do_not_influence_each_other(golden):
    first, second = (load_waveform(golden / "voice" / f"{name}.wav") for name in RECORDINGS[:2])
    alone = voiced(second)
    voiced(first)
    np.testing.assert_array_equal(voiced(second), alone)


@pytest.mark.parametrize(("samples", "frames"), [(320, 0), (321, 1), (640, 1), (641, 2), (1280, 3), (1281, 4)])
def test_frame_that_ends_with_the_recording_is_not_looked_at(samples, frames):
    asked = voice_activity(np.zeros(samples, np.int16)).calls[:, 0]
    assert len(set(asked.tolist())) == frames


@pytest.mark.parametrize("level", [0, 10_000, 32_767])
def test_constant_is_silence(level):
    with pytest.raises(NoSpeechError, match=r"^no speech found in 2\.00 s of sound \(loudest sample 0 of 32768\)"):
        voiced(np.full(32000, level, np.int16))


@pytest.mark.parametrize(("ms", "speech"), [(50, "0.04"), (100, "0.08"), (500, "0.48")])
def test_less_than_half_a_second_of_speech_is_refused_with_what_was_found(golden, ms, speech):
    pcm = load_waveform(golden / "voice" / "Alan_Tudyk.wav")[16_000:]
    with pytest.raises(NoSpeechError, match=rf"^only {speech} s of speech found in .* at least 0\.5 s are needed"):
        voiced(pcm[: 16 * ms])
    assert len(voiced(pcm[:9_600])) >= 8_000


def test_recording_of_two_frames_is_too_short():
    with pytest.raises(AudioError, match="too short: 40 ms of sound") as error:
        voiced(np.zeros(640, np.int16))
    assert not isinstance(error.value, NoSpeechError)


@pytest.mark.parametrize("wrong", [np.zeros(16000, np.float32), np.zeros((16000, 2), np.int16)])
def test_other_samples_than_mono_int16_are_refused(wrong):
    with pytest.raises(ValueError, match="expected mono int16 samples"):
        voiced(wrong)
