"""The root of our own errors: each carries one sentence for people, with the value and the remedy."""

from django.db import IntegrityError


class PerceptionistError(Exception):
    """A rule of the platform was broken; ``str(error)`` may be shown to whoever caused it."""


class RefusedByDatabase(PerceptionistError, IntegrityError):
    """A constraint or trigger refused what no service had: nothing of the transaction is stored."""
