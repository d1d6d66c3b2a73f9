"""Source-filter speech synthesis: glottal pulses and noise, shaped by the resonances of a vocal tract.

In the manner of Klatt (1980, J. Acoust. Soc. Am. 67, 971), but the time-varying filters work on whole utterances:
every frame's all-pole filter is applied in the frequency domain and the frames are overlapped and added.
"""

from dataclasses import dataclass

import numpy as np
import scipy.fft
from numpy.typing import NDArray

from cmp_engine.audio import SAMPLE_RATE_HZ
from cmp_engine.simulation.phonemes import FRAMES_PER_S, Articulation, babble

REFERENCE_TRACT_CM = 17.0
_HOP = SAMPLE_RATE_HZ // FRAMES_PER_S  # 128 samples
_WINDOW = 2 * _HOP
# Room for a frame and the ringing of its filter: 24 ms, in which a 60 Hz wide resonance decays by 39 dB.
_FFT = 5 * _HOP
_UPPER_FORMANTS_HZ = (3500.0, 4500.0, 5500.0, 6500.0)
_BANDWIDTHS_HZ = np.array([70.0, 90.0, 130.0, 200.0, 250.0, 350.0, 500.0])
_HIGHEST_FORMANT_HZ = 7800.0
Signal = NDArray[np.float64]


@dataclass(frozen=True)
class Voice:
    """Physical parameters of a speaker.

    Attributes:
        f0_hz: mean fundamental frequency (geometric), set by the larynx.
        vocal_tract_cm: length of the vocal tract; formants scale with its inverse.
        breathiness: share of noise at the glottis, from 0 to 1.
        open_quotient: part of a cycle with the glottis open, about 0.45 (pressed) to 0.75 (lax).
        tilt_hz: corner frequency above which the voice loses 12 dB per octave more.
        syllables_per_s: speaking rate.
        liveliness: size of the pitch movements, in semitones.
        jitter, shimmer: relative standard deviation of cycle length and of cycle amplitude.
    """

    f0_hz: float
    vocal_tract_cm: float
    breathiness: float = 0.2
    open_quotient: float = 0.6
    tilt_hz: float = 4000.0
    syllables_per_s: float = 4.5
    liveliness: float = 2.0
    jitter: float = 0.008
    shimmer: float = 0.05


def synthesize(voice: Voice, seconds: float, rng: np.random.Generator) -> NDArray[np.int16]:
    """Let a speaker say something, recorded in a room of its own loudness and noise.

    Args:
        voice: the speaker.
        seconds: length, rounded down to whole frames of 8 ms.
        rng: what is said, how, and the recording's conditions.
    Returns:
        Samples, mono, 16 kHz, shape (L,), int16.
    """
    frames = int(seconds * FRAMES_PER_S)
    speech = babble(frames, voice.syllables_per_s * rng.lognormal(0, 0.05), rng)
    pulses, opening = glottal_source(voice, pitch_hz(voice, speech, rng), rng)
    noise = rng.standard_normal(frames * _HOP)
    breath = np.maximum(_per_sample(speech.aspiration), 0.3 * voice.breathiness * _per_sample(speech.voicing) * opening)
    spoken = _shaped(pulses * _per_sample(speech.voicing) + 0.4 * noise * breath, *_tract(voice, speech))
    spoken += _frication(voice, speech, rng.standard_normal(frames * _HOP))
    return _recorded(spoken, rng)


def pitch_hz(voice: Voice, speech: Articulation, rng: np.random.Generator) -> Signal:
    """Fundamental frequency per frame (F,): falling through each phrase, rising on accents, slightly unsteady."""
    wander = np.cumsum(rng.standard_normal(len(speech.phrase)))
    wander = (wander - np.linspace(0, wander[-1], len(wander))) / (np.abs(wander).max() + 1.0)
    semitones = voice.liveliness * (1.2 * (0.5 - speech.phrase) + 1.5 * speech.accent + 0.5 * wander)
    voiced = speech.voicing > 0.5
    if voiced.any():
        semitones = semitones - semitones[voiced].mean()
    pitch: Signal = voice.f0_hz * 2 ** (semitones / 12)
    return pitch


def glottal_source(voice: Voice, f0_hz: Signal, rng: np.random.Generator) -> tuple[Signal, Signal]:
    """Derivative of the glottal flow, with the lips' radiation, and the opening of the glottis.

    The flow over a cycle is t^2 (q - t) while the glottis is open, t from 0 to the open quotient q, then zero
    (Klatt and Klatt 1990). Cycles differ in length (jitter) and amplitude (shimmer).

    Args:
        voice: the speaker.
        f0_hz: fundamental frequency per frame, (F,).
        rng: jitter and shimmer.
    Returns:
        Source with peak about -1, and opening from 0 to 1; (128 F,) each.
    """
    cycles_per_sample = _per_sample(f0_hz) / SAMPLE_RATE_HZ
    cycle = np.cumsum(cycles_per_sample).astype(np.int64)
    deviations = rng.standard_normal((2, cycle[-1] + 1))
    phase = np.cumsum(cycles_per_sample * (1 + voice.jitter * deviations[0])[cycle])
    cycle = np.minimum(phase.astype(np.int64), cycle[-1])
    phase -= np.floor(phase)
    place = phase / voice.open_quotient
    is_open = place < 1
    pulses = np.where(is_open, place * (2 - 3 * place), 0.0) * (1 + voice.shimmer * deviations[1])[cycle]
    opening = np.where(is_open, 6.75 * place**2 * (1 - place), 0.0)
    return pulses, opening


def _tract(voice: Voice, speech: Articulation) -> tuple[Signal, Signal]:
    """Frequencies and bandwidths per frame in Hz, (F, 8): seven formants, and the tilt as a double pole at 0 Hz."""
    scale = REFERENCE_TRACT_CM / voice.vocal_tract_cm
    upper = np.broadcast_to(_UPPER_FORMANTS_HZ, (len(speech.voicing), len(_UPPER_FORMANTS_HZ)))
    formants = np.concatenate([speech.formants_hz, upper], axis=1) * scale
    widths = _BANDWIDTHS_HZ * speech.damping[:, None] * np.sqrt(scale)
    tilt = np.full((len(formants), 1), voice.tilt_hz)
    # Resonances that leave the band flatten out instead of piling up at its edge.
    widths = np.where(formants > _HIGHEST_FORMANT_HZ, SAMPLE_RATE_HZ / 4, widths)
    formants = np.minimum(formants, _HIGHEST_FORMANT_HZ)
    return np.concatenate([formants, 0 * tilt], axis=1), np.concatenate([widths, 2 * tilt], axis=1)


def _frication(voice: Voice, speech: Articulation, noise: Signal) -> Signal:
    """Noise made in the mouth: one broad resonance per frame, a little higher in a shorter tract."""
    scale = np.sqrt(REFERENCE_TRACT_CM / voice.vocal_tract_cm)
    centre = np.minimum(speech.noise_hz * scale, _HIGHEST_FORMANT_HZ)[:, None]
    shaped = _shaped(noise * _per_sample(speech.frication), centre, speech.noise_width_hz[:, None])
    return 0.12 * np.diff(shaped, prepend=0.0)


def _shaped(source: Signal, resonances_hz: Signal, bandwidths_hz: Signal) -> Signal:
    """Filter a source with a cascade of resonances that changes from frame to frame.

    Args:
        source: samples, (128 F,).
        resonances_hz, bandwidths_hz: (F, R) each.
    Returns:
        Filtered samples, (128 F,); every resonance has gain 1 at 0 Hz.
    """
    poles = all_pole(resonances_hz, bandwidths_hz)
    # The products of poles need double precision, the spectra do not; single is twice as fast.
    response = (poles.sum(axis=1, keepdims=True) / scipy.fft.rfft(poles, _FFT, axis=1)).astype(np.complex64)
    halves = np.concatenate([np.zeros(_HOP), source]).reshape(-1, _HOP).astype(np.float32)  # (F + 1, 128)
    windowed = np.concatenate([halves[:-1], halves[1:]], axis=1) * np.hanning(_WINDOW + 1)[:-1].astype(np.float32)
    filtered = scipy.fft.irfft(scipy.fft.rfft(windowed, _FFT, axis=1) * response, _FFT, axis=1)
    pieces = filtered.reshape(len(filtered), -1, _HOP)  # (F, 5, 128)
    added = np.zeros((len(filtered) + pieces.shape[1], _HOP), np.float32)
    for delay in range(pieces.shape[1]):
        added[delay : delay + len(filtered)] += pieces[:, delay]
    return added[1 : len(filtered) + 1].ravel().astype(np.float64)


def all_pole(resonances_hz: Signal, bandwidths_hz: Signal) -> Signal:
    """Denominators of cascaded two-pole resonators in powers of 1/z, (F, R) each -> (F, 2 R + 1)."""
    radius = np.exp(-np.pi * bandwidths_hz / SAMPLE_RATE_HZ)
    linear = -2 * radius * np.cos(2 * np.pi * resonances_hz / SAMPLE_RATE_HZ)
    product = np.ones((len(radius), 1))
    for first, second in zip(linear.T[:, :, None], (radius**2).T[:, :, None], strict=True):
        grown = np.pad(product, ((0, 0), (0, 2)))
        grown[:, 1:-1] += first * product
        grown[:, 2:] += second * product
        product = grown
    return product


def _recorded(speech: Signal, rng: np.random.Generator) -> NDArray[np.int16]:
    """A recording at some loudness (-30 to -20 dB of full scale) with a quiet hum of noise (25 to 45 dB below)."""
    level = 10 ** (rng.uniform(-30, -20) / 20)
    noise = np.cumsum(rng.standard_normal(len(speech)))
    noise = noise - 0.98 * np.concatenate([[0.0], noise[:-1]])
    noise *= 10 ** (-rng.uniform(25, 45) / 20) / noise.std()
    loud = level * (speech / speech.std() + noise)
    # Rare peaks beyond full scale are bent, not clipped.
    samples: NDArray[np.int16] = np.rint(32767 * np.tanh(loud)).astype(np.int16)
    return samples


def _per_sample(track: Signal) -> Signal:
    """A track at frame rate (F,) interpolated to the sample rate (128 F,)."""
    steps = np.diff(track, append=track[-1])
    fine: Signal = (track[:, None] + steps[:, None] * (np.arange(_HOP) / _HOP)).ravel()
    return fine
