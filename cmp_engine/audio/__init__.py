"""Voice front-end: waveform, voiced segments, log-mel spectrogram.

Compatible with the features the published networks were trained on: a log-mel spectrogram of the voiced parts,
normalised per utterance and repeated to at least ten seconds. Rates are fixed: 16 kHz samples, 100 frames per second.
"""

import cmp_engine.installed  # noqa: F401 - says what to install where something is missing
from cmp_engine.audio.activity import VoiceActivity, voice_activity, voiced
from cmp_engine.audio.exceptions import AudioError, NoSpeechError
from cmp_engine.audio.features import repeat, voice_features
from cmp_engine.audio.spectrogram import log_mel, normalize
from cmp_engine.audio.waveform import SAMPLE_RATE_HZ, load_waveform

__all__ = [
    "SAMPLE_RATE_HZ",
    "AudioError",
    "NoSpeechError",
    "VoiceActivity",
    "load_waveform",
    "log_mel",
    "normalize",
    "repeat",
    "voice_activity",
    "voice_features",
    "voiced",
]
