"""The root of our own errors: each carries one sentence for people, with the value and the remedy."""


class PerceptionistError(Exception):
    """A rule of the platform was broken; ``str(error)`` may be shown to whoever caused it."""
