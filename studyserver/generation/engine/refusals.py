"""The engine's errors in our own terms."""

from collections.abc import Iterator
from contextlib import contextmanager

from studyserver.generation.exceptions import EngineRefused


@contextmanager
def engine_refusals() -> Iterator[None]:
    """Turn the engine's errors that a user can cause into one of ours, with the same message.

    Raises:
        EngineRefused: the engine raised one.
    """
    from cmp_engine.exceptions import EngineError

    try:
        yield
    except EngineError as error:
        raise EngineRefused(str(error)) from error
