"""Morphable models by name, as commands take them."""

from collections.abc import Callable
from pathlib import Path

from cmp_engine.exceptions import EngineError
from cmp_engine.morphable.model import LEVELS, Level, MorphableModel

_READERS: dict[str, Callable[[str], MorphableModel]] = {
    "bfm-arrays": MorphableModel.from_bfm_arrays,
    "bfm-mat": MorphableModel.from_bfm_mat,
    "3ddfa-v2": MorphableModel.from_3ddfa_v2,
    "surrey": MorphableModel.from_surrey,
}
_LEVELS: dict[str, Level] = {level: level for level in LEVELS}
SOURCES = ("analytic", *(f"analytic:{level}" for level in _LEVELS), *(f"{kind}:PATH" for kind in _READERS))


class UnknownModelError(EngineError):
    """No morphable model has this name."""


def open_model(source: str) -> MorphableModel:
    """A morphable model from ``analytic``, ``analytic:medium`` (or another level), ``bfm-arrays:DIR``,
    ``bfm-mat:FILE``, ``3ddfa-v2:FILE`` or ``surrey:FILE``.

    Raises:
        UnknownModelError: the source is written in another way.
        ModelFileError: a file of the model is missing, damaged or of another model.
    """
    kind, which = _parts(source)
    return _READERS[kind](which) if kind in _READERS else MorphableModel.analytic(_LEVELS[which])


def resolved_source(source: str) -> str:
    """The one way to write a source: ``analytic`` with its level, a path absolute and without links.

    Raises:
        UnknownModelError: the source is written in another way.
    """
    kind, which = _parts(source)
    return f"{kind}:{Path(which).resolve() if kind in _READERS else which}"


def _parts(source: str) -> tuple[str, str]:
    """Kind of the model, and its path or level."""
    kind, colon, which = source.partition(":")
    if kind in _READERS and which:
        return kind, which
    if kind == "analytic" and (which in _LEVELS or not colon):
        return kind, which or "full"
    raise UnknownModelError(f"unknown morphable model {source!r}; choose one of: {', '.join(SOURCES)}")
