"""The files of each recipe, as they are made; participants get padded copies of them."""

import hashlib
from collections.abc import Callable, Sequence
from pathlib import Path

from cmp_engine.io import write_bytes


class MediaShelf:
    """Keeps the files of each recipe, so that a killed call goes on with the next one.

    Participants get padded copies, whose size is known only when all files of a study are there.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    def fetch(self, recipe: str, names: Sequence[str], make: Callable[[], dict[str, bytes]]) -> dict[str, Path]:
        """The files of ``recipe`` under their names, made by ``make`` (name -> content) unless all are there."""
        digest = hashlib.sha256(recipe.encode()).hexdigest()
        paths = {name: self._folder / f"{digest}.{name}" for name in names}
        if missing := [name for name, path in paths.items() if not path.exists()]:
            made = make()
            for name in missing:
                write_bytes(paths[name], made[name])
        return paths
