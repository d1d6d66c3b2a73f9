"""What the voice encoder hears: from a recording to normalised, repeated log-mel frames."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from cmp_engine.audio.activity import voiced
from cmp_engine.audio.exceptions import AudioError
from cmp_engine.audio.spectrogram import log_mel, normalize
from cmp_engine.audio.waveform import load_waveform

MIN_FRAMES = 1000  # ten seconds


def repeat(mel: NDArray[np.float32], min_frames: int = MIN_FRAMES) -> NDArray[np.float32]:
    """Repeat an utterance (T, 64) from its start until it has ``min_frames`` frames; longer ones stay as they are."""
    return mel[np.arange(max(len(mel), min_frames)) % len(mel)]


def voice_features(pcm_or_path: NDArray[np.int16] | str | Path, min_frames: int = MIN_FRAMES) -> NDArray[np.float32]:
    """Turn a recording into the input of the voice encoder.

    Args:
        pcm_or_path: an audio file, or its samples as ``load_waveform`` returns them.
        min_frames: shorter utterances are repeated to this length (100 frames per second).
    Returns:
        Normalised log-mel frames of the voiced parts, shape (T >= min_frames, 64), float32.
    Raises:
        AudioError: the file cannot be read or is too short; the message names the file.
        NoSpeechError: nobody speaks, or for less than half a second.
    """
    if isinstance(pcm_or_path, np.ndarray):
        return repeat(normalize(log_mel(voiced(pcm_or_path))), min_frames)
    pcm = load_waveform(pcm_or_path)
    try:
        return voice_features(pcm, min_frames)
    except AudioError as error:
        raise type(error)(f"{pcm_or_path}: {error}") from error
