"""The detector of the paper: face-alignment (A. Bulat and G. Tzimiropoulos, ICCV 2017), an optional package.

It brings no weights and would download them at the first call. Here they are asked for instead, and checked: their
names end in the beginning of their SHA-256, and one of them is a pickle that the package reads without restraint.
"""

import hashlib
import importlib
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import numpy as np
import torch
from numpy.typing import NDArray

from cmp_engine.building.exceptions import BuildError
from cmp_engine.device import choose_device

INSTALL = "pip install 'face-alignment>=1.5'"
NETWORKS = ("3DFAN-4", "depth")
FACE_DETECTOR = "s3fd"


class FaceAlignmentDetector:
    """face-alignment's landmarks in three dimensions, on a GPU where there is one.

    Raises:
        BuildError: the package or its weights are not installed, or a file of weights is not the published one.
    """

    def __init__(self) -> None:
        try:
            package = importlib.import_module("face_alignment")
            urls = importlib.import_module("face_alignment.api").models_urls
            detector_urls = importlib.import_module("face_alignment.detection.sfd.sfd_detector").models_urls
        except ImportError as error:
            raise BuildError(
                f"landmarks are found by the package face-alignment, which is not installed ({error}). Install it "
                f"({INSTALL}), or plug in a detector of your own: --landmarks mylab.landmarks.Detector"
            ) from error
        check_weights([*(urls[name] for name in NETWORKS), detector_urls[FACE_DETECTOR]])
        # Compiling pays after minutes, and needs a compiler.
        self._network: Any = package.FaceAlignment(
            package.LandmarksType.THREE_D, device=str(choose_device("auto")), compile=False
        )

    def __call__(self, picture: NDArray[np.uint8]) -> Sequence[NDArray[np.floating]]:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # it warns of every picture without a face
            return self._network.get_landmarks_from_image(picture) or []


def check_weights(urls: Sequence[str]) -> None:
    """Check that the published files are where PyTorch keeps downloads; nothing is downloaded.

    Raises:
        BuildError: one is missing, or is not the file that its name says.
    """
    folder = Path(torch.hub.get_dir()) / "checkpoints"
    names = {url: Path(urlsplit(url).path).name for url in urls}
    missing = [url for url, name in names.items() if not (folder / name).is_file()]
    if missing:
        raise BuildError(
            f"the weights of face-alignment are missing, and nothing is downloaded here. Put into {folder}: "
            + ", ".join(missing)
        )
    for name in names.values():
        expected = name.split(".")[0].rpartition("-")[2]
        with (folder / name).open("rb") as file:
            found = hashlib.file_digest(file, "sha256").hexdigest()
        if not found.startswith(expected):
            raise BuildError(f"{folder / name}: damaged (SHA-256 {found[:8]}, expected {expected}); download it again.")
