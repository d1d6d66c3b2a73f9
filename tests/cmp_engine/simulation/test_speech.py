import numpy as np
import pytest
import soundfile
from scipy.linalg import solve_toeplitz
from scipy.signal import lfilter

from cmp_engine.audio import load_waveform, voice_features, voiced
from cmp_engine.simulation import Voice, draw_population, speech, synthesize
from cmp_engine.simulation.phonemes import Articulation
from cmp_engine.simulation.speech import SAMPLE_RATE_HZ, all_pole, glottal_source, pitch_hz

PEOPLE = draw_population(24, "default", seed=11)


def speak(voice: Voice, seed: int = 0, seconds: float = 6.0) -> np.ndarray:
    return synthesize(voice, seconds, np.random.default_rng(seed))


def loud_frames(pcm: np.ndarray, samples: int) -> np.ndarray:
    """The louder half of the voiced frames, (F, samples)."""
    speech = voiced(pcm).astype(float)
    frames = speech[: len(speech) // samples * samples].reshape(-1, samples)
    spread = frames.std(axis=1)
    return frames[spread > np.median(spread)]


def estimated_f0(pcm: np.ndarray) -> float:
    """Median over frames of the first strong peak of the normalised autocorrelation."""
    frames = loud_frames(lfilter([1], [1, -0.9], pcm.astype(float)).astype(np.int16), 640)
    frames = (frames - frames.mean(axis=1, keepdims=True)) * np.hanning(640)
    correlation = np.fft.irfft(np.abs(np.fft.rfft(frames, 2048)) ** 2)[:, :260]
    correlation /= np.fft.irfft(np.abs(np.fft.rfft(np.hanning(640), 2048)) ** 2)[:260]
    correlation /= correlation[:, :1]
    lags = np.arange(36, 250)  # 64 to 444 Hz
    inner = correlation[:, lags]
    peak = (inner > correlation[:, lags - 1]) & (inner >= correlation[:, lags + 1])
    strong = peak & (inner > 0.85 * inner.max(axis=1, keepdims=True)) & (inner > 0.5)
    found = strong.any(axis=1)
    return float(np.median(SAMPLE_RATE_HZ / lags[strong[found].argmax(axis=1)]))


def estimated_tract_cm(pcm: np.ndarray) -> float:
    """From the fourth formant by linear prediction: 3500 Hz in a tract of 17 cm."""
    fourth = []
    for frame in loud_frames(lfilter([1, -0.97], 1, pcm.astype(float)).astype(np.int16), 480) * np.hamming(480):
        correlation = np.correlate(frame, frame, "full")[479:498]
        correlation[0] *= 1.0001
        roots = np.roots([1, *-solve_toeplitz(correlation[:-1], correlation[1:])])
        roots = roots[roots.imag > 0]
        hz = np.angle(roots) * SAMPLE_RATE_HZ / (2 * np.pi)
        width_hz = -np.log(np.abs(roots)) * SAMPLE_RATE_HZ / np.pi
        formants = np.sort(hz[(width_hz < 500) & (hz > 200)])
        if len(formants) > 4:
            fourth.append(formants[3])
    return 17.0 * 3500 / float(np.median(fourth))


@pytest.fixture(scope="module")
def recordings() -> list[np.ndarray]:
    return [speak(person.voice, seed) for seed, person in enumerate(PEOPLE)]


def test_recordings_pass_as_speech(recordings):
    shares = [len(voiced(pcm)) / len(pcm) for pcm in recordings]
    assert min(shares) > 0.7
    assert max(shares) < 0.99  # pauses are pauses


def test_pitch_can_be_measured_and_is_the_planted_one(recordings):
    planted = np.array([person.voice.f0_hz for person in PEOPLE])
    measured = np.array([estimated_f0(pcm) for pcm in recordings])
    assert np.corrcoef(np.log(planted), np.log(measured))[0, 1] > 0.97
    assert np.median(np.abs(measured / planted - 1)) < 0.06  # the melody moves by semitones


def test_vocal_tract_can_be_measured_and_is_the_planted_one(recordings):
    planted = np.array([person.voice.vocal_tract_cm for person in PEOPLE])
    measured = np.array([estimated_tract_cm(pcm) for pcm in recordings])
    assert np.corrcoef(planted, measured)[0, 1] > 0.98
    assert np.abs(measured / planted - 1).max() < 0.03


def test_features_tell_speakers_apart(recordings):
    """Two recordings of one person are nearer in their mean spectrum than recordings of two people, mostly."""

    def timbre(pcm: np.ndarray) -> np.ndarray:
        spectrum = np.log(np.abs(np.fft.rfft(loud_frames(pcm, 512) * np.hanning(512))) + 1).mean(axis=0)
        return spectrum - spectrum.mean()

    first = np.array([timbre(pcm) for pcm in recordings])
    second = np.array([timbre(speak(person.voice, 1000 + k)) for k, person in enumerate(PEOPLE)])
    distances = np.linalg.norm(first[:, None] - second[None], axis=2)
    assert np.mean(distances.argmin(axis=1) == np.arange(len(PEOPLE))) > 0.4  # chance: 0.04


def test_length_scale_and_repeatability():
    pcm = speak(Voice(120, 16), seconds=2.5)
    assert pcm.dtype == np.int16
    assert len(pcm) == 39936  # 312 frames of 8 ms
    assert 500 < np.abs(pcm.astype(int)).max() < 32768
    np.testing.assert_array_equal(pcm, speak(Voice(120, 16), seconds=2.5))
    assert not np.array_equal(pcm, speak(Voice(120, 16), seed=1, seconds=2.5))


def test_resonators_peak_at_their_frequencies():
    denominator = all_pole(np.array([[500.0, 1500.0, 2500.0]]), np.array([[60.0, 80.0, 120.0]]))[0]
    gain = 1 / np.abs(np.fft.rfft(denominator, 16000))  # 1 Hz per bin
    peaks = np.flatnonzero((gain[1:-1] > gain[:-2]) & (gain[1:-1] > gain[2:])) + 1
    assert peaks == pytest.approx([500, 1500, 2500], abs=10)  # neighbours pull a little


def test_jitter_and_shimmer_make_cycles_differ():
    steady, rough = (
        glottal_source(Voice(100, 17, jitter=jitter, shimmer=shimmer), np.full(250, 100.0), np.random.default_rng(0))[0]
        for jitter, shimmer in ((0, 0), (0.02, 0.1))
    )
    assert np.abs(np.diff(np.flatnonzero(np.diff(steady) > 0.5)) - 160).max() <= 1
    lengths = np.diff(np.flatnonzero(np.diff(rough) > 0.5))
    assert 0.01 < lengths.std() / 160 < 0.04


def test_recording_goes_through_files_and_front_end(tmp_path):
    pcm = speak(PEOPLE[0].voice)
    soundfile.write(tmp_path / "a.wav", pcm, SAMPLE_RATE_HZ)
    np.testing.assert_array_equal(load_waveform(tmp_path / "a.wav"), pcm)
    assert voice_features(tmp_path / "a.wav").shape == (1000, 64)


def articulation(frames: int, **tracks) -> Articulation:
    """Silence of a tract at rest, but for the given tracks."""
    still = {name: np.zeros(frames) for name in Articulation._fields} | {
        "formants_hz": np.tile([500.0, 1500.0, 2500.0], (frames, 1)),
        "damping": np.ones(frames),
    }
    return Articulation(**still | tracks)


def test_melody_falls_and_rises_around_the_pitch_of_the_voice():
    said = articulation(
        100, voicing=np.repeat([0.0, 1.0], 50), phrase=np.linspace(0, 1, 100), accent=np.repeat([0, 0, 0, 1.0], 25)
    )
    pitch = pitch_hz(Voice(120, 17, liveliness=3.0), said, np.random.default_rng(0))
    assert np.exp(np.log(pitch[50:]).mean()) == pytest.approx(120, rel=1e-12)  # of what is voiced, and only that
    assert pitch[:50].mean() != pytest.approx(120, rel=0.01)
    flat = pitch_hz(Voice(120, 17, liveliness=0.0), said, np.random.default_rng(0))
    np.testing.assert_allclose(flat, 120)


def test_silence_has_a_pitch_too():
    assert np.isfinite(pitch_hz(Voice(120, 17), articulation(50), np.random.default_rng(0))).all()


@pytest.mark.parametrize("quotient", [0.4, 0.5, 0.75])
def test_glottis_is_open_for_its_quotient_and_lets_out_what_it_takes_in(quotient):
    voice = Voice(100, 17, open_quotient=quotient, jitter=0.0, shimmer=0.0)
    pulses, opening = glottal_source(voice, np.full(250, 100.0), np.random.default_rng(0))
    assert np.mean(opening > 0) == pytest.approx(quotient, abs=0.01)
    assert opening.max() == pytest.approx(1.0, abs=1e-3)  # t^2 (1 - t) is largest at 2/3, where it is 1 / 6.75
    assert (pulses[opening == 0] == 0).sum() > 0.98 * (opening == 0).sum()
    assert pulses.min() == pytest.approx(-1.0, abs=0.06)  # it closes at once, between two samples
    assert abs(pulses.mean()) < 0.01  # the derivative of a flow that begins and ends at zero


def test_formants_scale_with_the_inverse_of_the_tract_and_flatten_out_at_the_edge_of_the_band():
    hz, widths = speech._tract(Voice(120, 8.5, tilt_hz=3000.0), articulation(4, damping=np.full(4, 2.0)))
    np.testing.assert_allclose(hz[0], [1000, 3000, 5000, 7000, 7800, 7800, 7800, 0])
    doubled = 2.0 * np.sqrt(2.0)  # by the damping, and by the root of the scale
    np.testing.assert_allclose(widths[0], [70 * doubled, 90 * doubled, 130 * doubled, 200 * doubled, *[4000] * 3, 6000])


def test_a_changing_filter_that_does_not_change_is_a_filter():
    rng = np.random.default_rng(0)
    source = rng.standard_normal(128 * 40)
    hz, widths = np.tile([700.0, 1800.0], (40, 1)), np.tile([150.0, 200.0], (40, 1))
    poles = all_pole(hz, widths)[0]
    assert poles[:3] != pytest.approx([1.0, 0.0, 0.0])
    expected = lfilter([poles.sum()], poles, source)
    found = speech._shaped(source, hz, widths)
    inner = slice(256, -256)  # at the ends a window lacks its neighbour
    error = np.abs(found - expected)[inner].max() / np.abs(expected).max()
    assert error < 0.02  # rings on for 24 ms only
