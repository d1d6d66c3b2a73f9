"""Log-mel spectrogram of the published front-end.

400-sample windows every 160 samples, pre-emphasis 0.97, symmetric Hamming window, 1024-point power spectrum,
64 triangular mel filters from 20 to 7200 Hz, natural logarithm.
"""

from functools import cache

import numpy as np
import scipy.fft
from numpy.typing import NDArray

from cmp_engine.audio.activity import check_pcm
from cmp_engine.audio.exceptions import AudioError
from cmp_engine.audio.waveform import SAMPLE_RATE_HZ

MEL_BINS = 64
WINDOW_SAMPLES = 400
HOP_SAMPLES = 160
_FFT_SAMPLES = 1024
_PRE_EMPHASIS = 0.97
_ENERGY_FLOOR = 1e-5
_LOWEST_HZ = 20.0
_HIGHEST_HZ = 7200.0
# Frames transformed at a time: bounds the memory of hour-long recordings, and fits the cache.
_BLOCK_FRAMES = 256


def log_mel(pcm: NDArray[np.int16]) -> NDArray[np.float32]:
    """Compute the log-mel spectrogram of a recording.

    Args:
        pcm: samples, mono, 16 kHz, shape (L,), int16; used at this scale, not divided by 32768.
    Returns:
        Log energies, shape (floor(L / 160) + 1, 64), float32, time first.
    Raises:
        AudioError: there are no samples.
        ValueError: ``pcm`` is not a one-dimensional int16 array.
    """
    check_pcm(pcm)
    if not len(pcm):
        raise AudioError("too short: no samples; record a few seconds of speech.")
    count = len(pcm) // HOP_SAMPLES + 1
    firsts = range(0, count, _BLOCK_FRAMES)
    blocks = [_log_energies(_pre_emphasised(pcm, first, min(first + _BLOCK_FRAMES, count))) for first in firsts]
    return np.concatenate(blocks).astype(np.float32)


def normalize(mel: NDArray[np.float32]) -> NDArray[np.float32]:
    """Give every mel bin zero mean and unit variance over the utterance.

    Args:
        mel: log-mel spectrogram, shape (T, 64), float32.
    Returns:
        (mel - mean) / (population standard deviation + 2^-23), shape (T, 64), float32.
    """
    epsilon = np.finfo(np.float32).eps
    centred = mel - mel.mean(axis=0, dtype=np.float32)
    scaled: NDArray[np.float32] = centred / (mel.std(axis=0, dtype=np.float32) + epsilon)
    return scaled


def _windows(pcm: NDArray[np.int16], first: int, last: int) -> NDArray[np.float64]:
    """Windows first..last-1 of 400 samples every 160, shape (last - first, 400).

    A window that reaches past the end repeats the samples it has; one with no samples (or before the start) is zero.
    """
    starts = HOP_SAMPLES * np.arange(first, last)[:, None]
    # At least one, so that the modulus is defined; windows without samples are zeroed below.
    available = np.clip(len(pcm) - starts, 1, WINDOW_SAMPLES)
    positions = starts + np.arange(WINDOW_SAMPLES) % available
    windows: NDArray[np.float64] = pcm[np.clip(positions, 0, len(pcm) - 1)].astype(np.float64)
    windows[(starts[:, 0] < 0) | (starts[:, 0] >= len(pcm))] = 0.0
    return windows


def _pre_emphasised(pcm: NDArray[np.int16], first: int, last: int) -> NDArray[np.float64]:
    """y[n] = x[n] - 0.97 x[n-1] within windows first..last-1, shape (last - first, 400).

    Before a window's first sample stands the *last* sample of the window before, although windows overlap: the
    published extractor carries it over, and its networks expect so.
    """
    windows = _windows(pcm, first - 1, last)
    previous = np.concatenate([windows[:-1, -1:], windows[1:, :-1]], axis=1)
    emphasised: NDArray[np.float64] = windows[1:] - _PRE_EMPHASIS * previous
    return emphasised


def _log_energies(frames: NDArray[np.float64]) -> NDArray[np.float64]:
    """Pre-emphasised frames (T, 400) to log mel energies (T, 64)."""
    spectrum = scipy.fft.rfft(frames * np.hamming(WINDOW_SAMPLES), _FFT_SAMPLES, axis=1)  # (T, 513)
    power = spectrum.real**2 + spectrum.imag**2
    energies: NDArray[np.float64] = np.log(np.maximum(power @ mel_filters(), _ENERGY_FLOOR))
    return energies


@cache
def mel_filters() -> NDArray[np.float64]:
    """Triangular filters on the mel scale m = 2595 log10(1 + f / 700), shape (513, 64).

    66 edges equally spaced in mel from 20 to 7200 Hz are rounded to the nearest bin; the filter between edges
    l < c < r rises from 0 at l to 2 / (width in Hz) at c and falls to 0 at r.
    """
    hz_per_bin = SAMPLE_RATE_HZ / _FFT_SAMPLES
    lowest, highest = 2595 * np.log10(1 + np.array([_LOWEST_HZ, _HIGHEST_HZ]) / 700)
    edges_hz = 700 * (10 ** (np.linspace(lowest, highest, MEL_BINS + 2) / 2595) - 1)
    edges = np.rint(edges_hz / hz_per_bin)
    left, centre, right = edges[:-2], edges[1:-1], edges[2:]
    bins = np.arange(_FFT_SAMPLES // 2 + 1)[:, None]
    rising = (bins - left) / (centre - left)
    falling = (right - bins) / (right - centre)
    height = 2 / ((right - left) * hz_per_bin)
    filters: NDArray[np.float64] = height * np.clip(np.minimum(rising, falling), 0, None)
    return filters
