"""The absolute ratio error (ARE) of face meshes: four distances in units of the outer-interocular one."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from evaluation.faces.lines import UNIT_LINE, line_lengths, paired_batches

FloatArray = npt.NDArray[np.float64]

RATIO_COLUMNS = ("ER", "FR", "MR", "CR", "mean")
"""Ear, forehead, midline and cheek ratio, and their mean: the columns of the paper's Table 1."""

# The paper's Table 1, on BFM meshes of real people (the A-E identities of Voxceleb-3D). Base-1 is voice2face with
# 3DDFA-V2, Base-2 voice2face with SynergyNet.
PAPER_TABLE_1 = {
    "base-1": (0.0319, 0.0184, 0.0177, 0.0562, 0.0311),
    "base-2": (0.0311, 0.0173, 0.0173, 0.0551, 0.0302),
    "cmp-supervised": (0.0152, 0.0186, 0.0169, 0.0457, 0.0241),
    "cmp-unsupervised": (0.0181, 0.0169, 0.0174, 0.0480, 0.0251),
}


@dataclass(frozen=True)
class RatioErrors:
    """Absolute ratio errors, one value per mesh of the batch.

    Attributes
    ----------
    ear, forehead, midline, cheek : ndarray, shape (B,)
        ER, FR, MR and CR of the paper's Table 1.
    """

    ear: FloatArray
    forehead: FloatArray
    midline: FloatArray
    cheek: FloatArray

    @property
    def mean(self) -> FloatArray:
        """Plain average of the four errors, shape (B,): the column "Mean" of Table 1."""
        total: FloatArray = (self.ear + self.forehead + self.midline + self.cheek) / 4.0
        return total

    def columns(self) -> dict[str, FloatArray]:
        """The errors under the names of Table 1: ER, FR, MR, CR and mean, shape (B,) each."""
        return dict(zip(RATIO_COLUMNS, (self.ear, self.forehead, self.midline, self.cheek, self.mean), strict=True))


def face_ratios(vertices: npt.ArrayLike, topology: str = "bfm-53215") -> FloatArray:
    """Ear, forehead, midline and cheek distance over the outer-interocular distance.

    Parameters
    ----------
    vertices : array_like, shape (N, 3) or (B, N, 3)
        Meshes in any unit; ratios do not depend on scale, rotation or translation.
    topology : str, optional
        Key of `evaluation.faces.landmarks.TOPOLOGIES`.

    Returns
    -------
    ndarray, shape (B, 4)
        B is 1 for a single mesh.

    Raises
    ------
    TopologyError
        The topology is unknown, lacks the lines, or has another number of vertices.
    ValueError
        The array has another shape, or the outer-interocular distance of a mesh is zero or not finite.
    """
    lengths = line_lengths(vertices, topology)
    return np.stack([lengths[name] / lengths[UNIT_LINE] for name in ("ear", "forehead", "midline", "cheek")], axis=1)


def absolute_ratio_errors(
    predicted: npt.ArrayLike, reference: npt.ArrayLike, topology: str = "bfm-53215"
) -> RatioErrors:
    r"""Compare the proportions of predicted and reference faces.

    Parameters
    ----------
    predicted, reference : array_like, shape (N, 3) or (B, N, 3)
        Meshes in any unit; one reference may serve a whole batch.
    topology : str, optional
        Key of `evaluation.faces.landmarks.TOPOLOGIES`, the same for both.

    Returns
    -------
    RatioErrors
        One error of each kind per mesh.

    Raises
    ------
    TopologyError
        The topology is unknown, lacks the lines, or has another number of vertices.
    ValueError
        Shapes do not fit.

    Notes
    -----
    With :math:`d` one of the four distances and :math:`o` the outer-interocular distance (OICD), the error is
    :math:`|d_p / o_p - d_r / o_r|` (paper, Sec. 4.1). Average it over people with
    :mod:`evaluation.faces.identities`.

    It tells nothing of depth, of the nose or the mouth, or of anything between the ten vertices.

    Examples
    --------
    >>> from evaluation.faces.landmarks import TOPOLOGIES
    >>> def face(ear):  # a flat face: every line one unit wide but that between the ears
    ...     vertices = np.zeros((3242, 3))
    ...     for name, (_, end) in TOPOLOGIES["analytic-head-low"].lines.items():
    ...         vertices[end, 0] = ear if name == "ear" else 1.0
    ...     return vertices
    >>> errors = absolute_ratio_errors(face(1.5), face(1.4), topology="analytic-head-low")
    >>> {name: round(float(values[0]), 3) for name, values in errors.columns().items()}
    {'ER': 0.1, 'FR': 0.0, 'MR': 0.0, 'CR': 0.0, 'mean': 0.025}
    """
    ours, theirs = paired_batches(predicted, reference)
    error = np.abs(face_ratios(ours, topology) - face_ratios(theirs, topology))  # (B, 4)
    return RatioErrors(*error.T)
