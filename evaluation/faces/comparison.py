"""One face against mean faces: which it resembles, and how its widths differ (the paper's microphone demo)."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from evaluation.faces.lines import UNIT_LINE, line_lengths


@dataclass(frozen=True)
class Resemblance:
    """Which of several faces is nearest.

    Attributes
    ----------
    nearest : str
        Name of the face at the smallest distance; the first of them on a tie.
    distances : Mapping of str to float
        To every face, in the order given.
    """

    nearest: str
    distances: Mapping[str, float]


@dataclass(frozen=True)
class WidthComparison:
    """A straight width of a face beside that of another.

    Attributes
    ----------
    width, reference : float
        In the unit of the meshes.
    percent : float
        ``100 * (width - reference) / reference``.
    """

    width: float
    reference: float
    percent: float


def resemblance(vertices: npt.ArrayLike, faces: Mapping[str, npt.ArrayLike]) -> Resemblance:
    r"""Find the face that a mesh resembles most.

    Parameters
    ----------
    vertices : array_like, shape (N, 3)
        A mesh.
    faces : Mapping of str to array_like, shape (N, 3)
        Named faces with the same vertices, in the same unit and frame, at least one.

    Returns
    -------
    Resemblance

    Raises
    ------
    ValueError
        There is no face to compare with, or shapes differ.

    Notes
    -----
    The distance of the released microphone demo: :math:`\| V - F \|_F / N`, the Frobenius norm of the difference over
    the number of vertices. It is proportional to the root mean square distance of corresponding vertices, without
    any alignment, so size and place of the face decide as well. It says what the mesh is like, not what the speaker
    is.

    Examples
    --------
    >>> face = np.zeros((4, 3))
    >>> resemblance(face, {"near": face + 1.0, "far": face + 2.0}).nearest
    'near'
    """
    mesh = np.asarray(vertices, dtype=np.float64)
    if not faces:
        raise ValueError("no face to compare with")
    distances = {}
    for name, face in faces.items():
        other = np.asarray(face, dtype=np.float64)
        if mesh.ndim != 2 or other.shape != mesh.shape:
            raise ValueError(f"face {name!r} has shape {other.shape}, the mesh {mesh.shape}; need the same (N, 3)")
        distances[name] = float(np.linalg.norm(mesh - other)) / len(mesh)
    return Resemblance(min(distances, key=distances.__getitem__), distances)


def compare_widths(
    vertices: npt.ArrayLike, reference: npt.ArrayLike, topology: str = "bfm-53215"
) -> dict[str, WidthComparison]:
    """Compare ear, forehead, midline and cheek widths of two faces.

    Parameters
    ----------
    vertices, reference : array_like, shape (N, 3)
        Meshes in one unit, such as millimetres.
    topology : str, optional
        Key of `evaluation.faces.landmarks.TOPOLOGIES`, the same for both.

    Returns
    -------
    dict of str to WidthComparison
        ``ear``, ``forehead``, ``midline`` and ``cheek``.

    Raises
    ------
    TopologyError
        The topology is unknown, lacks the lines, or has another number of vertices.
    ValueError
        Another shape, or a width of the reference is zero.

    Notes
    -----
    Plain distances, not ratios: unlike the absolute ratio error they depend on the size of the face.

    Examples
    --------
    >>> from evaluation.faces.landmarks import TOPOLOGIES
    >>> face = np.random.default_rng(0).normal(size=(TOPOLOGIES["analytic-head-low"].vertices, 3))
    >>> widths = compare_widths(1.1 * face, face, topology="analytic-head-low")
    >>> {name: round(each.percent, 6) for name, each in widths.items()}
    {'ear': 10.0, 'forehead': 10.0, 'midline': 10.0, 'cheek': 10.0}
    """
    for mesh in (vertices, reference):
        if np.ndim(mesh) != 2:
            raise ValueError(
                f"need one mesh (N, 3) each, got shape {np.shape(mesh)}; compare the meshes of a batch one by one"
            )
    ours, theirs = (line_lengths(mesh, topology) for mesh in (vertices, reference))
    widths = {}
    for name in (name for name in ours if name != UNIT_LINE):
        width, expected = float(ours[name][0]), float(theirs[name][0])
        if not expected > 0:
            raise ValueError(f"the reference's {name} width must be positive, got {expected}")
        widths[name] = WidthComparison(width, expected, 100.0 * (width - expected) / expected)
    return widths
