"""Who finds the 68 landmarks in a picture: face-alignment, or anything that can be called the same way."""

import importlib
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from cmp_engine.building.exceptions import BuildError

FACE_ALIGNMENT = "face-alignment"
_FACE_ALIGNMENT_PATH = "cmp_engine.building.face_alignment.FaceAlignmentDetector"


class LandmarkDetector(Protocol):
    """Finds faces in a picture."""

    def __call__(self, picture: NDArray[np.uint8]) -> Sequence[NDArray[np.floating]] | None:
        """The landmarks of each face found, (68, 3) in ibug order; an empty sequence, or None, where there is none.

        Column and row are 0-based pixel centres of ``picture`` (H, W, 3) RGB; depth is in the same pixels and grows
        towards the viewer, from any zero.
        """


@lru_cache(maxsize=1)
def load_detector(name: str) -> LandmarkDetector:
    """Make a detector, once per process.

    Args:
        name: ``face-alignment``, or the dotted path of a class or function that makes a `LandmarkDetector` when it is
            called without arguments, for instance ``mylab.landmarks.Detector``.

    Raises:
        BuildError: there is no such class, it cannot be made, or face-alignment or its weights are not installed.
    """
    module_name, _, attribute = (_FACE_ALIGNMENT_PATH if name == FACE_ALIGNMENT else name).rpartition(".")
    try:
        detector: LandmarkDetector = getattr(importlib.import_module(module_name), attribute)()
    except BuildError:
        raise
    # The code is the user's own and may fail in any way, when it is imported or when it is called.
    except Exception as error:
        raise BuildError(
            f"cannot load the landmark detector {name!r} ({type(error).__name__}: {error}); use {FACE_ALIGNMENT}, or "
            "the dotted path of a class that can be imported from here and called without arguments, such as "
            "mylab.landmarks.Detector."
        ) from error
    return detector


def largest_face(
    detector: LandmarkDetector, picture: NDArray[np.uint8], *, name: str, path: Path
) -> NDArray[np.float64] | None:
    """Landmarks (68, 3) of the face that is tallest in the picture; None where none is found.

    Args:
        detector: as `load_detector` makes it; one that answers None found no face either.
        picture: (H, W, 3) RGB.
        name: what the detector is called, for messages.
        path: where the picture is from, for messages.

    Raises:
        BuildError: the detector failed, or returned something else.
    """
    try:
        found = detector(picture)
        faces = [] if found is None else [np.asarray(face, np.float64) for face in found]
    except BuildError:
        raise
    except Exception as error:  # The user's own code, and whatever it returns.
        raise BuildError(
            f"the landmark detector {name!r} failed on {path} ({type(error).__name__}: {error}); mend it, or take the "
            "picture out of its folder."
        ) from error
    if strange := [face.shape for face in faces if face.shape != (68, 3)]:
        raise BuildError(
            f"the landmark detector {name!r} returned landmarks {strange[0]} for {path}, expected (68, 3) for each "
            "face; mend it."
        )
    usable = [face for face in faces if np.isfinite(face).all() and np.ptp(face[:, 1]) > 0]
    return max(usable, key=lambda face: float(np.ptp(face[:, 1])), default=None)
