"""Morphable models by name, as commands take them."""

from collections.abc import Callable

from cmp_engine.exceptions import EngineError
from cmp_engine.morphable.model import LEVELS, Level, MorphableModel

_READERS: dict[str, Callable[[str], MorphableModel]] = {
    "bfm-arrays": MorphableModel.from_bfm_arrays,
    "bfm-mat": MorphableModel.from_bfm_mat,
    "3ddfa-v2": MorphableModel.from_3ddfa_v2,
    "surrey": MorphableModel.from_surrey,
}
_LEVELS: dict[str, Level] = {"": "full", **{f":{level}": level for level in LEVELS}}
SOURCES = (*(f"analytic{suffix}" for suffix in _LEVELS), *(f"{kind}:PATH" for kind in _READERS))


class UnknownModelError(EngineError):
    """No morphable model has this name."""


def open_model(source: str) -> MorphableModel:
    """A morphable model from ``analytic``, ``analytic:medium`` (or another level), ``bfm-arrays:DIR``,
    ``bfm-mat:FILE``, ``3ddfa-v2:FILE`` or ``surrey:FILE``.

    Raises:
        UnknownModelError: the source is written in another way.
        ModelFileError: a file of the model is missing, damaged or of another model.
    """
    kind, _, path = source.partition(":")
    if kind in _READERS and path:
        return _READERS[kind](path)
    suffix = source.removeprefix("analytic")
    if suffix != source and suffix in _LEVELS:
        return MorphableModel.analytic(_LEVELS[suffix])
    raise UnknownModelError(f"unknown morphable model {source!r}; choose one of: {', '.join(SOURCES)}")
