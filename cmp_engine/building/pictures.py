"""The usable pictures of one person: landmarks are found in each and a face is fitted to them.

A person may have thousands, so no more than one picture is in memory: of each its place, its landmarks and its fit are
kept, and it is read again when it is written.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from cmp_engine.building.exceptions import BuildError
from cmp_engine.building.landmarks import largest_face, load_detector
from cmp_engine.building.record import Skipped
from cmp_engine.data.layout import numerically
from cmp_engine.detection import region_of_landmarks
from cmp_engine.detection.crop import touches
from cmp_engine.io.pictures import read_rgb
from cmp_engine.morphable import MorphableModel
from cmp_engine.morphable.fitting import LandmarkFit, fit_landmarks
from cmp_engine.rendering import frame_points

PICTURE_ENDINGS = frozenset({".jpg", ".jpeg", ".png"})
DEPTH_WEIGHT = 0.25
"""Depth is guessed from shading where place is seen: twice the error, a quarter of the weight. Ours; no paper says."""
LARGEST_TURN_DEGREES = 45.0
"""Ours; no paper says. From there to 60 degrees another seven or so of the 68 landmarks turn out of sight, and a
detector's guesses about the far half of the face, which is what widths hang on, spoil the fitted shape."""
FITTED_AT_ONCE = 32
"""Larger groups are hardly faster; one of the largest model takes about 80 megabytes."""


@dataclass(frozen=True)
class Found:
    """A picture with a face.

    Attributes:
        path: of its file.
        landmarks: (68, 3) in its pixels, depth towards the viewer.
        in_frame: the same in the 120-pixel frame.
    """

    path: Path
    landmarks: NDArray[np.float64]
    in_frame: NDArray[np.float64]


@dataclass(frozen=True)
class FittedPicture:
    """A usable picture.

    Attributes:
        path: of its file.
        landmarks: (68, 3) in its pixels, depth towards the viewer.
        fit: the one face fitted to them, in the 120-pixel frame.
    """

    path: Path
    landmarks: NDArray[np.float64]
    fit: LandmarkFit

    def picture(self) -> NDArray[np.uint8]:
        """Read the picture (H, W, 3) RGB again.

        Raises:
            BuildError: it cannot be read any more.
        """
        return read_picture(self.path)

    @property
    def turn_degrees(self) -> float:
        """How far the face is turned away from the viewer; a tilt in the plane of the picture does not matter."""
        cosine = float(self.fit.pose.rotation[0, 2, 2])  # between where the head looks and the viewer
        return math.degrees(math.acos(min(max(cosine, -1.0), 1.0)))


def pictures_in(
    folder: Path, *, detector_name: str, model: MorphableModel, skipped: list[Skipped]
) -> list[FittedPicture]:
    """The usable pictures of a folder, in numerical order.

    Args:
        folder: of one person's pictures.
        detector_name: as `load_detector` takes it.
        model: which is fitted.
        skipped: gets the pictures that cannot be used.

    Raises:
        BuildError: the detector cannot be loaded, fails, or does not return landmarks.
    """
    usable = []
    for fitted in _fitted(_with_a_face(folder, detector_name, skipped), model):
        if fitted.turn_degrees > LARGEST_TURN_DEGREES:
            turn = f"turned {fitted.turn_degrees:.1f} degrees from the viewer, more than {LARGEST_TURN_DEGREES:.0f}"
            skipped.append(Skipped(str(fitted.path), "face turned aside", turn))
        else:
            usable.append(fitted)
    return usable


def _with_a_face(folder: Path, detector_name: str, skipped: list[Skipped]) -> list[Found]:
    """The pictures in which a face is found, in numerical order."""
    found: dict[str, Found] = {}
    for path in sorted(folder.iterdir(), key=numerically):
        if path.suffix.lower() not in PICTURE_ENDINGS:
            continue
        if path.stem in found:
            other = found[path.stem].path.name
            skipped.append(Skipped(str(path), "picture named like another", f"{other} has the same name"))
            continue
        face = _face_in(path, detector_name)
        if isinstance(face, Skipped):
            skipped.append(face)
        else:
            found[path.stem] = face
    return list(found.values())


def _face_in(path: Path, detector_name: str) -> Found | Skipped:
    """The face in a picture, or why it is left out."""
    detector = load_detector(detector_name)
    try:
        picture = read_picture(path)
    except BuildError as error:
        return Skipped(str(path), "unreadable picture", str(error).removeprefix(f"{path}: "))
    landmarks = largest_face(detector, picture, name=detector_name, path=path)
    if landmarks is None:
        return Skipped(str(path), "picture without a face", f"{detector_name} found no face")
    if not touches(region_of_landmarks(landmarks.T), picture):
        return Skipped(str(path), "face outside its picture", f"{detector_name} found it beyond the edges")
    return Found(path, landmarks, frame_points(landmarks, max(picture.shape)))


def _fitted(found: Sequence[Found], model: MorphableModel) -> Iterator[FittedPicture]:
    for start in range(0, len(found), FITTED_AT_ONCE):
        group = found[start : start + FITTED_AT_ONCE]
        points = torch.from_numpy(np.stack([each.in_frame for each in group]))
        fit = fit_landmarks(model, points, depth_weight=DEPTH_WEIGHT)
        for number, each in enumerate(group):
            yield FittedPicture(each.path, each.landmarks, fit.alone(number))


def read_picture(path: Path) -> NDArray[np.uint8]:
    """The picture (H, W, 3) RGB in a file, upright.

    Raises:
        BuildError: there is none.
    """
    return read_rgb(path, error=BuildError, remedy="replace or remove it.")
