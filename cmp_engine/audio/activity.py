"""Voice activity: which 20 ms frames of a recording hold speech."""

from typing import NamedTuple

import numpy as np
import webrtcvad
from numpy.typing import NDArray

from cmp_engine.audio.exceptions import AudioError, NoSpeechError
from cmp_engine.audio.waveform import SAMPLE_RATE_HZ

FRAME_SAMPLES = SAMPLE_RATE_HZ // 50  # 20 ms
_FRAME_BYTES = 2 * FRAME_SAMPLES
_AGGRESSIVENESS = 2
_LEAST_SPEECH_S = 0.5  # A click, or a microphone that is switched on, counts as up to 0.1 s of speech.


class VoiceActivity(NamedTuple):
    """Speech found in a recording.

    Attributes:
        segments: start and end (exclusive) in samples of the recording, shape (k, 2), int64.
        calls: every query of the detector in order: frame index and answer (0 or 1), shape (m, 2), int32.
    """

    segments: NDArray[np.int64]
    calls: NDArray[np.int32]


def voice_activity(pcm: NDArray[np.int16]) -> VoiceActivity:
    """Find the speech in a recording with the WebRTC detector and the published two-frame rule.

    The last two frames are kept. Idle turns to active when both are speech (the segment starts with them), active to
    idle when neither is (the segment keeps them), and a switch forgets both. Each new frame puts *every* kept frame to
    the detector, oldest first: the detector adapts with each query, so the order decides the answers, and a fresh
    detector per recording keeps recordings independent. A frame that ends with the recording is not looked at.

    Args:
        pcm: samples, mono, 16 kHz, shape (L,), int16.
    Raises:
        ValueError: ``pcm`` is not a one-dimensional int16 array.
    """
    check_pcm(pcm)
    recording = pcm.tobytes()
    is_speech = webrtcvad.Vad(_AGGRESSIVENESS).is_speech
    frames = [recording[at : at + _FRAME_BYTES] for at in range(0, len(recording) - _FRAME_BYTES, _FRAME_BYTES)]
    kept: list[int] = []
    segments: list[tuple[int, int]] = []
    calls: list[tuple[int, bool]] = []
    active = False
    start = 0
    for index in range(len(frames)):
        kept = [*kept[-1:], index]
        answers = [is_speech(frames[each], SAMPLE_RATE_HZ) for each in kept]
        calls.extend(zip(kept, answers, strict=True))
        if len(kept) == 2 and answers[0] == answers[1] != active:
            if active:
                segments.append((start, index + 1))
            else:
                start = kept[0]
            active = not active
            kept = []
    if active:
        segments.append((start, len(frames)))
    return VoiceActivity(
        segments=np.array(segments, np.int64).reshape(-1, 2) * FRAME_SAMPLES,
        calls=np.array(calls, np.int32).reshape(-1, 2),
    )


def voiced(pcm: NDArray[np.int16]) -> NDArray[np.int16]:
    """Return the voiced segments of a recording, concatenated.

    Args:
        pcm: samples, mono, 16 kHz, shape (L,), int16.
    Returns:
        Voiced samples, shape (n x 320,), int16, at least half a second.
    Raises:
        AudioError: the recording is too short for the detector (two frames of 20 ms, and one sample).
        NoSpeechError: nobody speaks, or for less than half a second.
        ValueError: ``pcm`` is not a one-dimensional int16 array.
    """
    check_pcm(pcm)
    duration_s = len(pcm) / SAMPLE_RATE_HZ
    if len(pcm) <= 2 * FRAME_SAMPLES:
        raise AudioError(f"too short: {1000 * duration_s:.0f} ms of sound; record a few seconds of speech.")
    speech = np.concatenate([pcm[:0], *(pcm[start:end] for start, end in voice_activity(pcm).segments)])
    # A constant has no sound, but begins like one.
    speech_s = len(speech) / SAMPLE_RATE_HZ if (pcm != pcm[0]).any() else 0.0
    if speech_s < _LEAST_SPEECH_S:
        loudest = round(np.abs(pcm - pcm.mean()).max())
        found = f"only {speech_s:.2f} s of speech" if speech_s else "no speech"
        raise NoSpeechError(
            f"{found} found in {duration_s:.2f} s of sound (loudest sample {loudest} of 32768), where at least "
            f"{_LEAST_SPEECH_S} s are needed; check the microphone and record a few seconds of speech."
        )
    return speech


def check_pcm(pcm: NDArray[np.int16]) -> None:
    """Raise ValueError unless ``pcm`` is what ``load_waveform`` returns; floats would be taken for near silence."""
    if pcm.ndim != 1 or pcm.dtype != np.int16:
        raise ValueError(f"expected mono int16 samples of shape (L,), got {pcm.dtype} of shape {pcm.shape}")
