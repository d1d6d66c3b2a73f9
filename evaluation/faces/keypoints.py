"""The keypoint error of face meshes: 68 landmarks in units of the reference's size."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from evaluation.faces.landmarks import TopologyError
from evaluation.faces.lines import UNIT_LINE, line_lengths, paired_batches

FloatArray = npt.NDArray[np.float64]

LANDMARKS = 68


def keypoint_errors(
    predicted: npt.ArrayLike,
    reference: npt.ArrayLike,
    landmarks: Sequence[int] | npt.NDArray[np.integer],
    topology: str = "bfm-53215",
) -> FloatArray:
    r"""Distance of the 68 face landmarks after scaling, in units of the reference's size in the picture plane.

    Parameters
    ----------
    predicted, reference : array_like, shape (N, 3) or (B, N, 3)
        Frontal meshes in any unit, x to the side and y upwards; one reference may serve a whole batch.
    landmarks : sequence of int, length 68
        Vertex numbers in ibug order: a property of the morphable model.
    topology : str, optional
        Key of `evaluation.faces.landmarks.TOPOLOGIES`; its outer-interocular line sets the scale.

    Returns
    -------
    ndarray, shape (B,)
        No unit.

    Raises
    ------
    TopologyError
        The topology is unknown, lacks the lines, or has another number of vertices, or a landmark is none of them.
    ValueError
        Shapes do not fit, there are not 68 landmarks, or a reference has no width or height.

    Notes
    -----
    With landmarks :math:`p_k, r_k` and outer-interocular distances :math:`o_p, o_r`, the error is

    .. math:: \sqrt{\textstyle\sum_k \| (o_r / o_p)\, p_k - r_k \|^2} \,/\, \sqrt{w_r h_r},

    where :math:`w_r, h_r` are width and height of the bounding box of the whole reference mesh. This is what the
    released evaluation code of the paper computes. It scales about the origin and neither rotates nor shifts, so it
    depends on where a model puts its origin; and the sum is not divided by 68, so it compares only with itself.

    Examples
    --------
    >>> from evaluation.faces.landmarks import ANALYTIC_LANDMARKS, TOPOLOGIES
    >>> face = np.zeros((3242, 3))
    >>> start, end = TOPOLOGIES["analytic-head-low"].lines["outer_interocular"]
    >>> face[end] = [1.0, 4.0, 0.0]  # a bounding box of 1 x 4
    >>> moved = face.copy()
    >>> moved[ANALYTIC_LANDMARKS[0]] = [0.0, 0.0, 3.0]
    >>> keypoint_errors(moved, face, ANALYTIC_LANDMARKS, "analytic-head-low").tolist()
    [1.5]
    """
    ours, theirs = paired_batches(predicted, reference)
    numbers = _landmark_numbers(landmarks, theirs.shape[1])
    scale = line_lengths(theirs, topology)[UNIT_LINE] / line_lengths(ours, topology)[UNIT_LINE]  # (B,)
    ours, expected = ours[:, numbers].astype(np.float64), theirs[:, numbers].astype(np.float64)
    distance = np.linalg.norm(scale[:, None, None] * ours - expected, axis=(1, 2))
    extent = np.ptp(theirs[:, :, :2], axis=1).astype(np.float64)  # (B, 2): width and height
    if not (extent > 0).all():
        raise ValueError(f"a reference must have width and height, got {extent[(extent <= 0).any(axis=1)][0]}")
    error: FloatArray = distance / np.sqrt(extent.prod(axis=1))
    return error


def _landmark_numbers(landmarks: Sequence[int] | npt.NDArray[np.integer], vertices: int) -> npt.NDArray[np.integer]:
    numbers = np.asarray(landmarks)
    if numbers.shape != (LANDMARKS,):
        raise ValueError(f"need {LANDMARKS} landmarks, got shape {numbers.shape}")
    beyond = numbers[(numbers < 0) | (numbers >= vertices)]
    if beyond.size:
        raise TopologyError(f"landmark {beyond[0]} is no vertex of a mesh of {vertices} vertices")
    return numbers
