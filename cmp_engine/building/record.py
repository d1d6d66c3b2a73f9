"""What became of one person: how much is in the data set, and what was left out and why."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from cmp_engine.io import write_text


@dataclass(frozen=True)
class Skipped:
    """A file or folder that is not in the data set.

    Attributes:
        path: of the file, or of the folder of a person who is left out.
        kind: what was wrong with it, in words that others share.
        reason: the same with its details.
    """

    path: str
    kind: str
    reason: str


@dataclass(frozen=True)
class PersonRecord:
    """What became of one person: numbers of utterances and faces written, both 0 where the person was left out."""

    name: str
    utterances: int
    faces: int
    skipped: tuple[Skipped, ...]

    @classmethod
    def read(cls, path: Path) -> "PersonRecord":
        """What `write` wrote."""
        content = json.loads(path.read_text(encoding="utf-8"))
        return cls(**content | {"skipped": tuple(Skipped(**each) for each in content["skipped"])})

    def write(self, path: Path) -> None:
        """As JSON."""
        write_text(path, json.dumps(asdict(self)))
