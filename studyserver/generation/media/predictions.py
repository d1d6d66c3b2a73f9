"""What a condition made of the test recordings, on disk between inference and rendering."""

import io
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Self
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from cmp_engine.io import write_bytes
from studyserver.generation.exceptions import RequestRefused

Floats = NDArray[np.float32]


@dataclass(frozen=True)
class Predictions:
    """Faces predicted from recordings, one row per recording.

    Attributes:
        identities: who speaks, n names.
        utterances: which recording, n paths within the voice folder, without suffix.
        images: RGB, shape (n, 64, 64, 3); n = 0 for a condition that makes no image.
        shapes: coefficients in standard deviations, shape (n, 40).
        expressions: coefficients in standard deviations, shape (n, 10).
    """

    identities: tuple[str, ...]
    utterances: tuple[str, ...]
    images: NDArray[np.uint8]
    shapes: Floats
    expressions: Floats

    @property
    def recordings(self) -> dict[str, list[str]]:
        """The recordings of each person, in their stored (sorted) order."""
        found: dict[str, list[str]] = {}
        for identity, utterance in zip(self.identities, self.utterances, strict=True):
            found.setdefault(identity, []).append(utterance)
        return found

    def row(self, utterance: str) -> int:
        return self.utterances.index(utterance)

    def by_identity(self) -> Iterator[tuple[str, NDArray[np.intp]]]:
        """Each person with the rows of their recordings."""
        names = np.array(self.identities)
        for name in dict.fromkeys(self.identities):
            yield name, np.flatnonzero(names == name)

    def save(self, path: Path) -> None:
        """Write all rows into one file, which appears whole or not at all."""
        buffer = io.BytesIO()
        np.savez(
            buffer,
            identities=np.array(self.identities),
            utterances=np.array(self.utterances),
            images=self.images,
            shapes=self.shapes,
            expressions=self.expressions,
        )
        write_bytes(path, buffer.getvalue())

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read what ``save`` wrote.

        Raises:
            RequestRefused: there is no such file, or it is damaged.
        """
        try:
            with np.load(path, allow_pickle=False) as stored:
                return cls(
                    identities=tuple(stored["identities"].tolist()),
                    utterances=tuple(stored["utterances"].tolist()),
                    images=stored["images"],
                    shapes=stored["shapes"],
                    expressions=stored["expressions"],
                )
        except FileNotFoundError as error:
            raise RequestRefused(
                f"There is no {path}. Call generate_stimuli for the study it belongs to: it predicts these faces again."
            ) from error
        except (ValueError, KeyError, EOFError, BadZipFile) as error:
            raise RequestRefused(
                f"{path} is damaged ({error}). Delete it, then call generate_stimuli: it predicts these faces again."
            ) from error
