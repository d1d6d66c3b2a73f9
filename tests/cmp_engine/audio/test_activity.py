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


def test_silence_is_no_speech():
    with pytest.raises(NoSpeechError, match=r"no speech found in 2\.0 s of sound \(loudest sample 0 of 32768\)"):
        voiced(np.zeros(32000, np.int16))


def test_recording_of_two_frames_is_too_short():
    with pytest.raises(AudioError, match="too short: 40 ms of sound") as error:
        voiced(np.zeros(640, np.int16))
    assert not isinstance(error.value, NoSpeechError)


@pytest.mark.parametrize("wrong", [np.zeros(16000, np.float32), np.zeros((16000, 2), np.int16)])
def test_other_samples_than_mono_int16_are_refused(wrong):
    with pytest.raises(ValueError, match="expected mono int16 samples"):
        voiced(wrong)
