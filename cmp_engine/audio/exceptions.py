"""What can be wrong with a recording; each message names the value and the remedy."""

from cmp_engine.exceptions import EngineError


class AudioError(EngineError):
    """The recording cannot be used: missing, not audio, damaged, or too short."""


class NoSpeechError(AudioError):
    """The recording can be read, but nobody speaks in it, or hardly."""
