"""3DDFA-V2 (Guo et al. 2020) around its network: what goes in, and what the 62 numbers that come out mean.

Base-1 of the paper regresses its meshes so. The network is `MobileNetV1`, its whitening comes from `read_whitening`,
and its pictures from `cmp_engine.detection`.
"""

import math
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from cmp_engine.data.faces import to_image_tensor
from cmp_engine.detection import Region
from cmp_engine.detection.crop import FACE_PIXELS
from cmp_engine.networks.mesh_regressor import EXPRESSION, POSE, SHAPE
from cmp_engine.networks.mobilenet_v1 import as_3ddfa_reads

PARAMETERS = 62
NEARLY_SIDEWAYS = 0.998  # Beyond this sine of the yaw, pitch and roll turn about one axis; roll is then set to zero.


class FaceParameters(NamedTuple):
    """De-whitened parameters of B faces; vertices v of the 3DMM appear at P v + t in the 120-pixel frame, y up."""

    pose: Tensor  # (B, 3, 4): P = scale times rotation, and offset t, in pixels
    shape: Tensor  # (B, 40), factors of `w_shp`
    expression: Tensor  # (B, 10), factors of `w_exp`


class Angles(NamedTuple):
    """How a head is turned, in degrees.

    Yaw has the sign of 3DDFA-V2, positive for a head whose nose points to the picture's left: that of
    `rendering.camera.rotation` is the opposite.
    """

    yaw: float
    pitch: float
    roll: float


def network_input(faces: NDArray[np.uint8]) -> Tensor:
    """Prepare faces as the network saw them in its training.

    Args:
        faces: **RGB** as `cmp_engine.detection.crop_face` makes them, shape (B, 120, 120, 3).

    Returns:
        **BGR**, (value - 127.5) / 128, shape (B, 3, 120, 120).
    """
    return as_3ddfa_reads(to_image_tensor(list(faces)))


def split_parameters(parameters: Tensor) -> FaceParameters:
    """Name the parts of de-whitened parameters (B, 62).

    Raises:
        ValueError: there are not 62 of them.
    """
    if parameters.shape[-1] != PARAMETERS:
        raise ValueError(f"expected {PARAMETERS} parameters (pose 12, shape 40, expression 10), got {parameters.shape}")
    return FaceParameters(parameters[:, POSE].reshape(-1, 3, 4), parameters[:, SHAPE], parameters[:, EXPRESSION])


def rotation(pose: Tensor) -> Tensor:
    """The rotations in poses (B, 3, 4), shape (B, 3, 3).

    The network's rows are not quite orthogonal. As in 3DDFA and SynergyNet the first two are scaled to unit length and
    the third is their cross product; CMP scales all three instead.
    """
    first, second = functional.normalize(pose[:, :2, :3], dim=-1).unbind(dim=1)  # (B, 3) each
    return torch.stack([first, second, torch.linalg.cross(first, second)], dim=1)


def angles(rotation: Tensor) -> Angles:
    """Yaw, pitch and roll of one rotation (3, 3), turned about x, then y, then z."""
    rows = rotation.double().tolist()
    sine = rows[2][0]
    if abs(sine) > NEARLY_SIDEWAYS:
        side = math.copysign(1, sine)
        return Angles(side * 90, math.degrees(math.atan2(-side * rows[0][1], -side * rows[0][2])), 0.0)
    return Angles(
        yaw=math.degrees(math.asin(sine)),
        pitch=math.degrees(math.atan2(rows[2][1], rows[2][2])),
        roll=math.degrees(math.atan2(rows[1][0], rows[0][0])),
    )


def to_photograph(points: Tensor, region: Region) -> Tensor:
    """Move points from the network's frame into the photograph that the face was cut from.

    Args:
        points: x, y, z in the 120-pixel frame, y up, counted from one as in Matlab; shape (B, N, 3).
        region: the square that was cut out, pixels of the photograph.

    Returns:
        Pixels of the photograph, x to the right, y down, and z towards the viewer from zero; shape (B, N, 3).
    """
    x_scale = (region.right - region.left) / FACE_PIXELS
    y_scale = (region.bottom - region.top) / FACE_PIXELS
    x, y, z = points.unbind(dim=-1)
    depth = z * (x_scale + y_scale) / 2
    return torch.stack(
        [
            (x - 1) * x_scale + region.left,
            (FACE_PIXELS - y) * y_scale + region.top,
            depth - depth.amin(dim=-1, keepdim=True),
        ],
        dim=-1,
    )
