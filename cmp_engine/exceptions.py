"""Errors of the engine that a user can cause. Their messages say what was wrong and what to do."""


class EngineError(Exception):
    """Base of the errors below, and of those that audio, data and simulation define for themselves."""


class ConfigError(EngineError):
    """A profile, stage, condition or option that does not exist, or a value out of range."""


class CheckpointError(EngineError):
    """A checkpoint that is missing, damaged, or made for another architecture or configuration."""


class ArrayFileError(EngineError):
    """A file of arrays that is missing, damaged, or holds something other than plain numbers."""


class DeviceError(EngineError):
    """A device that this machine does not have."""


class WriteError(EngineError, OSError):
    """A file that cannot be written, for instance because the disk is full; whoever handles `OSError` handles it."""
