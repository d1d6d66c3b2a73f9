"""FaceBoxes on photographs: load once, call many times."""

from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from cmp_engine.detection.anchors import anchors, decode
from cmp_engine.detection.exceptions import NoFaceError
from cmp_engine.detection.faceboxes import FaceBoxes, RawDetections
from cmp_engine.detection.resize import resize
from cmp_engine.detection.suppression import suppress
from cmp_engine.device import choose_device
from cmp_engine.networks import load_published

LARGEST_HEIGHT = 720  # Larger pictures are made smaller, as 3DDFA-V2 does for speed; boxes are of the original.
LARGEST_WIDTH = 1080
MEAN_BGR = (104.0, 117.0, 123.0)
SMALLEST_SCORE = 0.5
OVERLAP = 0.3


class FaceBox(NamedTuple):
    """A face in a photograph; edges in pixels, x to the right, y down, and may lie outside."""

    left: float
    top: float
    right: float
    bottom: float
    score: float  # probability of a face


class FaceDetector:
    """Finds faces in photographs.

    Args:
        network: FaceBoxes with its published weights; is moved and set to evaluation mode.
        device: ``cpu``, ``cuda`` or ``auto``.
    """

    def __init__(self, network: FaceBoxes, device: str = "cpu") -> None:
        self.device = choose_device(device)
        self.network = network.to(self.device).eval()

    @classmethod
    def load(cls, weights: str | Path, device: str = "cpu") -> "FaceDetector":
        """Make a detector with the published weights, ``FaceBoxesProd.pth``.

        Raises:
            CheckpointError: the file is missing, unreadable or of another network.
            DeviceError: there is no such device.
        """
        network = FaceBoxes()
        load_published(network, weights)
        return cls(network, device)

    def detect(self, photograph: NDArray[np.uint8]) -> list[FaceBox]:
        """All faces with a score above one half, best first.

        The published code keeps boxes of lower scores through the suppression of overlapping ones and drops them
        afterwards. Suppression only goes from better to worse, so the faces are the same.

        Args:
            photograph: RGB, shape (H, W, 3).

        Raises:
            ValueError: another shape or type of values.
        """
        if photograph.ndim != 3 or photograph.shape[2] != 3 or photograph.dtype != np.uint8 or not photograph.size:
            raise ValueError(f"expected RGB uint8 of shape (H, W, 3), got {photograph.dtype} {photograph.shape}")
        height, width = photograph.shape[:2]
        factor = min(1.0, LARGEST_HEIGHT / height, LARGEST_WIDTH / width)
        small = photograph
        if factor < 1:
            small = resize(photograph, max(1, int(factor * height)), max(1, int(factor * width)))
        boxes, scores = self._candidates(small)
        kept = suppress(boxes, scores, overlap=OVERLAP)
        faces = torch.cat([boxes[kept] / factor, scores[kept, None]], dim=1)  # (K, 5)
        return [FaceBox(*face) for face in faces.tolist()]

    def best(self, photograph: NDArray[np.uint8]) -> FaceBox:
        """The face that the detector is surest of.

        Raises:
            NoFaceError: there is none.
        """
        if not (faces := self.detect(photograph)):
            height, width = photograph.shape[:2]
            raise NoFaceError(
                f"no face found in a picture of {width} x {height} pixels; use one in which the face is upright, "
                "well lit and at least 20 pixels high."
            )
        return faces[0]

    @torch.no_grad()
    def _candidates(self, photograph: NDArray[np.uint8]) -> tuple[Tensor, Tensor]:
        """Boxes (N, 4) and scores (N,) of all anchors that look like a face, on the CPU."""
        bgr = torch.from_numpy(photograph[:, :, ::-1].copy()) - torch.tensor(MEAN_BGR)  # (H, W, 3)
        raw: RawDetections = self.network(bgr.permute(2, 0, 1)[None].to(self.device))
        offsets, scores = raw.offsets[0].cpu(), raw.score[0].cpu()
        likely = scores > SMALLEST_SCORE
        return decode(offsets[likely], anchors(*photograph.shape[:2])[likely]), scores[likely]
