"""Batches of utterances: crops of features, labels, and triplets of the same and of another person.

A draw depends only on the data set, the batch size and the generator, so a run resumes by restoring the generator.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from cmp_engine.data.exceptions import DatasetError
from cmp_engine.data.voxceleb3d import Identity
from cmp_engine.io.arrays import load_array

MEL_BINS = 64
Numbers = NDArray[np.int64]


@dataclass(frozen=True)
class CropRule:
    """How training crops utterances (in frames, 100 per second); the defaults are the published values.

    Each utterance gets a random window; each batch one length from ``shortest`` to ``window`` and one place inside the
    window, the same for all its utterances (anchors, positives and negatives alike).
    """

    window: int = 800
    shortest: int = 300

    def __post_init__(self) -> None:
        if not 0 < self.shortest <= self.window:
            raise ValueError(f"need 0 < shortest <= window, got {self.shortest=}, {self.window=}")


class UtteranceBatch(NamedTuple):
    """Features ``mel`` (B, 64, n) float32 and the speakers' ``label`` (B,) int64."""

    mel: Tensor
    label: Tensor


class TripletBatch(NamedTuple):
    """Features (B, 64, n) float32: ``positive`` is another utterance of the anchor's speaker, ``negative`` is another
    person (but see `TripletSampler`); ``label`` (B,) int64 is the anchor's speaker."""

    anchor: Tensor
    positive: Tensor
    negative: Tensor
    label: Tensor


def load_features(path: Path) -> NDArray[np.float32]:
    """Read the features of one utterance, shape (T, 64), float32; mapped, so a crop reads only what it needs.

    Raises:
        DatasetError: the file is missing, damaged or of another shape.
    """
    features: NDArray[np.float32] = load_array(path, error=DatasetError, remedy="make it again.", mapped=True)
    if features.ndim != 2 or features.shape[1] != MEL_BINS or features.dtype != np.float32:
        found = f"{features.shape} {features.dtype}"
        raise DatasetError(f"{path}: expected (T, {MEL_BINS}) float32 features, found {found}; make them again.")
    return features


class UtteranceSampler:
    """Draws utterances uniformly over all files, with replacement.

    Raises:
        DatasetError: there are no identities.
    """

    def __init__(self, identities: Sequence[Identity], crop: CropRule = CropRule()) -> None:
        if not identities:
            raise DatasetError("no identities to draw from: the split of the data set is empty; use a larger data set.")
        self.identities = tuple(identities)
        self.crop = crop
        # Files of identity k are numbered from starts[k] to ends[k] - 1.
        self._ends = np.array(list(accumulate(len(each.utterances) for each in identities)))
        self._starts = np.concatenate([[0], self._ends[:-1]])

    def draw(self, size: int, rng: np.random.Generator) -> UtteranceBatch:
        """Draw a batch of ``size`` cropped utterances."""
        people, files = self._anchors(size, rng)
        (mel,) = self._crops([self._paths(people, files)], rng)
        return UtteranceBatch(mel, self._labels(people))

    def _anchors(self, size: int, rng: np.random.Generator) -> tuple[Numbers, Numbers]:
        """Person and file within the person, (B,) each, uniform over files."""
        return self._located(rng.integers(self._ends[-1], size=size))

    def _located(self, numbers: Numbers) -> tuple[Numbers, Numbers]:
        """Person and file within the person of files numbered over all people, (B,) each."""
        people = np.searchsorted(self._ends, numbers, side="right")
        return people, numbers - self._starts[people]

    def _paths(self, people: Numbers, files: Numbers) -> list[Path]:
        return [self.identities[person].utterances[file] for person, file in zip(people, files, strict=True)]

    def _labels(self, people: Numbers) -> Tensor:
        return torch.tensor([self.identities[person].label for person in people])

    def _crops(self, groups: Sequence[Sequence[Path]], rng: np.random.Generator) -> list[Tensor]:
        """One crop per file, the same length and place for all groups, (B, 64, n) each."""
        length = int(rng.integers(self.crop.shortest, self.crop.window + 1))
        offset = int(rng.integers(self.crop.window - length + 1))
        return [
            torch.from_numpy(np.stack([self._crop(path, offset, length, rng) for path in paths])).transpose(1, 2)
            for paths in groups
        ]

    def _crop(self, path: Path, offset: int, length: int, rng: np.random.Generator) -> NDArray[np.float32]:
        """``length`` frames from ``offset`` in a random window of the utterance, (n, 64)."""
        features = load_features(path)
        if len(features) < self.crop.window:
            raise DatasetError(
                f"{path}: {len(features)} frames, but training crops windows of {self.crop.window}; "
                "repeat short utterances to 1000 frames."
            )
        start = int(rng.integers(len(features) - self.crop.window + 1)) + offset
        return features[start : start + length]


class TripletSampler(UtteranceSampler):
    """Draws an anchor, another utterance of the same person and an utterance of another person, all uniformly.

    Args:
        identities: who is drawn.
        crop: how utterances are cropped.
        positive_is_next_file: as released: the positive is the file after the anchor's in the list of all files (for
            the last one the file before), so some are of another person.
        negative_is_any_file: as released: the negative is any file, so some are of the same person.

    Raises:
        DatasetError: fewer than two identities, or an identity with fewer than two utterances.
    """

    def __init__(
        self,
        identities: Sequence[Identity],
        crop: CropRule = CropRule(),
        *,
        positive_is_next_file: bool = False,
        negative_is_any_file: bool = False,
    ) -> None:
        super().__init__(identities, crop)
        if len(identities) < 2:
            raise DatasetError(f"triplets need at least 2 identities, got {len(identities)}; use a larger data set.")
        lonely = [each.name for each in identities if len(each.utterances) < 2]
        if lonely:
            raise DatasetError(f"triplets need 2 utterances per identity; {', '.join(lonely[:5])} have one.")
        self._positives = self._next_files if positive_is_next_file else self._other_utterances
        self._negatives = self._any_files if negative_is_any_file else self._other_people

    def draw_triplets(self, size: int, rng: np.random.Generator) -> TripletBatch:
        """Draw ``size`` triplets."""
        anchors = self._anchors(size, rng)
        positives = self._positives(*anchors, rng)
        negatives = self._negatives(*anchors, rng)
        groups = [self._paths(*files) for files in (anchors, positives, negatives)]
        anchor, positive, negative = self._crops(groups, rng)
        return TripletBatch(anchor, positive, negative, self._labels(anchors[0]))

    def _other_utterances(self, people: Numbers, files: Numbers, rng: np.random.Generator) -> tuple[Numbers, Numbers]:
        counts = np.array([len(self.identities[person].utterances) for person in people])
        # A step of 1..n-1 around the circle reaches every other element with equal chance.
        return people, (files + 1 + rng.integers(counts - 1)) % counts

    def _other_people(self, people: Numbers, _: Numbers, rng: np.random.Generator) -> tuple[Numbers, Numbers]:
        others = (people + 1 + rng.integers(len(self.identities) - 1, size=len(people))) % len(self.identities)
        return others, rng.integers([len(self.identities[other].utterances) for other in others])

    def _next_files(self, people: Numbers, files: Numbers, _: np.random.Generator) -> tuple[Numbers, Numbers]:
        numbers = self._starts[people] + files + 1
        return self._located(np.where(numbers == self._ends[-1], numbers - 2, numbers))

    def _any_files(self, people: Numbers, _: Numbers, rng: np.random.Generator) -> tuple[Numbers, Numbers]:
        return self._anchors(len(people), rng)
