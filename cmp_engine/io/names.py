"""Where what is made of a file goes."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from cmp_engine.exceptions import EngineError


def folder_names(voices: Sequence[Path]) -> dict[Path, str]:
    """The folder of each recording's faces: its name without suffix, or all of it where that is no name of its own.

    Raises:
        EngineError: two have one name.
    """
    name, count = Counter(voice.name for voice in voices).most_common(1)[0]
    if count > 1:
        raise EngineError(f"{count} recordings are called {name!r}, and faces are named like them; rename some.")
    stems = Counter(voice.stem for voice in voices)
    # The stem of "...wav" is "..", the folder above.
    return {voice: voice.stem if stems[voice.stem] == 1 and voice.stem.strip(".") else voice.name for voice in voices}
