"""Rigid alignment of face meshes, and the point and region errors that are left after it.

The paper names such metrics ("points, lines and regions", Sec. 4.1) and defines them in a supplement that we could
not read. The definitions here are ours.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.spatial import cKDTree

from evaluation.faces.lines import UNIT_LINE, line_lengths, paired_batches

FloatArray = npt.NDArray[np.float64]

MOST_ITERATIONS = 100
SMALLEST_CHANGE = 1e-4
"""Alignment ends once an iteration lowers the root mean square distance by less than this share of it."""
MOST_SAMPLES = 2_000
"""Vertices that find the motion; all of them are measured. More change a point error by less than a thousandth."""


@dataclass(frozen=True)
class RigidMotion:
    """A rotation and a translation: ``moved = points @ rotation.T + translation``.

    Attributes
    ----------
    rotation : ndarray, shape (3, 3)
        Orthonormal, determinant 1.
    translation : ndarray, shape (3,)
        In the unit of the points.
    """

    rotation: FloatArray
    translation: FloatArray

    def apply(self, points: npt.NDArray[np.floating]) -> FloatArray:
        """Move points (N, 3)."""
        moved: FloatArray = points @ self.rotation.T + self.translation
        return moved


@dataclass(frozen=True)
class SurfaceErrors:
    """What is left between aligned meshes.

    Attributes
    ----------
    distances : ndarray, shape (B, N)
        From every predicted vertex to the nearest vertex of its reference, in units of the reference's
        outer-interocular distance.
    """

    distances: FloatArray

    @property
    def point(self) -> FloatArray:
        """The point error, shape (B,): the mean over all vertices."""
        mean: FloatArray = self.distances.mean(axis=1)
        return mean

    def of_regions(self, regions: Mapping[str, npt.ArrayLike]) -> dict[str, FloatArray]:
        """The region errors: means over parts of the face, after alignment of the whole.

        Parameters
        ----------
        regions : Mapping of str to array_like, shape (N,)
            Weight of each vertex in each part, not negative; masks are weights of 0 and 1.

        Returns
        -------
        dict of str to ndarray, shape (B,)
            Weighted mean distances, in the order of `regions`.

        Raises
        ------
        ValueError
            A region has another number of vertices, a negative weight, or no weight at all.
        """
        return {name: self.distances @ _shares(name, weights, self.distances) for name, weights in regions.items()}


def surface_errors(predicted: npt.ArrayLike, reference: npt.ArrayLike, topology: str = "bfm-53215") -> SurfaceErrors:
    r"""Align predicted meshes with their references and measure what distance is left.

    Parameters
    ----------
    predicted, reference : array_like, shape (N, 3) or (B, N, 3)
        Meshes in any unit; one reference may serve a whole batch.
    topology : str, optional
        Key of `evaluation.faces.landmarks.TOPOLOGIES`, the same for both.

    Returns
    -------
    SurfaceErrors

    Raises
    ------
    TopologyError
        The topology is unknown, lacks the lines, or has another number of vertices.
    ValueError
        Shapes do not fit, or a coordinate is not finite.

    Notes
    -----
    Our definition. The prediction is scaled so that both outer-interocular distances :math:`o_r` agree, as for the
    ratio and keypoint errors, then moved by rigid iterative-closest-point alignment [1]_ that starts from the best
    motion between corresponding vertices. The error of vertex :math:`p_i` is
    :math:`\min_j \| R p_i + t - r_j \| / o_r`.

    The nearest vertex is seldom the corresponding one: sliding along the surface costs nothing, so the error is
    smaller than a distance between corresponding points, and differences below the vertex spacing drown in it.
    Compare it on one topology only. The mean counts the back of the head and the neck like the face.

    References
    ----------
    .. [1] Besl, P. J. and McKay, N. D. (1992). A method for registration of 3-D shapes. IEEE TPAMI 14, 239-256.

    Examples
    --------
    >>> from evaluation.faces.landmarks import TOPOLOGIES
    >>> face = np.random.default_rng(0).normal(size=(TOPOLOGIES["analytic-head-low"].vertices, 3))
    >>> turned = 3.0 * face @ np.array([[0.8, -0.6, 0.0], [0.6, 0.8, 0.0], [0.0, 0.0, 1.0]]) + [5.0, 0.0, 1.0]
    >>> errors = surface_errors(turned, face, "analytic-head-low")
    >>> errors.distances.shape, bool(errors.point[0] < 1e-12)
    ((1, 3242), True)
    """
    ours, theirs = paired_batches(predicted, reference)
    unit = line_lengths(theirs, topology)[UNIT_LINE]  # (1,) or (B,)
    scale = unit / line_lengths(ours, topology)[UNIT_LINE]  # (B,)
    targets = [mesh.astype(np.float64) for mesh in theirs]
    if not all(np.isfinite(mesh).all() for mesh in (*ours, *targets)):
        raise ValueError("every coordinate of a mesh must be finite")
    trees = [cKDTree(mesh) for mesh in targets]
    distances = np.empty(ours.shape[:2])
    for row, mesh in enumerate(ours):
        scaled = scale[row] * mesh.astype(np.float64)
        which = row % len(targets)
        motion = align(scaled, trees[which], start=best_motion(scaled, targets[which]))
        distances[row] = trees[which].query(motion.apply(scaled))[0] / unit[which]
    return SurfaceErrors(distances)


def align(points: FloatArray, target: cKDTree, *, start: RigidMotion) -> RigidMotion:
    """Move points onto a target by iterating nearest neighbours and the best motion to them (ICP, point to point).

    Parameters
    ----------
    points : ndarray, shape (N, 3)
        An evenly spread sample of at most `MOST_SAMPLES` finds the motion.
    target : cKDTree
        Of the points (M, 3) to move to, in the same unit.
    start : RigidMotion
        Where to begin: the result is the nearest local minimum.

    Returns
    -------
    RigidMotion

    Notes
    -----
    Ends after `MOST_ITERATIONS`, or once an iteration improves by less than `SMALLEST_CHANGE`.

    Examples
    --------
    >>> corners = np.array([[0.0, 0.0, 0.0], [4.0, 0.0, 0.0], [0.0, 2.0, 0.0], [0.0, 0.0, 1.0]])
    >>> stay = RigidMotion(np.eye(3), np.zeros(3))
    >>> align(corners, cKDTree(corners[::-1] + [0.1, 0.3, 0.2]), start=stay).translation.round(6).tolist()
    [0.1, 0.3, 0.2]
    """
    sample = points[:: -(-len(points) // MOST_SAMPLES)]
    motion, before = start, np.inf
    for _ in range(MOST_ITERATIONS):
        distance, nearest = target.query(motion.apply(sample))
        error = float(np.sqrt(np.mean(distance**2)))
        if before - error <= SMALLEST_CHANGE * error:
            break
        motion, before = best_motion(sample, target.data[nearest]), error
    return motion


def best_motion(points: FloatArray, matched: FloatArray) -> RigidMotion:
    """The rigid motion of points (N, 3) that comes closest to the matched ones (N, 3) in the sum of squares.

    Notes
    -----
    Closed form by singular value decomposition [1]_, mirror images excluded.

    References
    ----------
    .. [1] Kabsch, W. (1978). A discussion of the solution for the best rotation to relate two sets of vectors. Acta
       Crystallographica A 34, 827-828.

    Examples
    --------
    >>> corners = np.array([[0.0, 0.0, 0.0], [4.0, 0.0, 0.0], [0.0, 2.0, 0.0], [0.0, 0.0, 1.0]])
    >>> quarter = np.array([[0.0, -1.0, 0.0], [1.0, 0.0, 0.0], [0.0, 0.0, 1.0]])
    >>> bool(np.allclose(best_motion(corners, corners @ quarter.T + 5.0).rotation, quarter))
    True
    """
    middle, goal = points.mean(axis=0), matched.mean(axis=0)
    left, _, right = np.linalg.svd((matched - goal).T @ (points - middle))
    handedness = np.sign(np.linalg.det(left @ right))
    rotation = (left * [1.0, 1.0, handedness]) @ right
    return RigidMotion(rotation, goal - rotation @ middle)


def _shares(name: str, weights: npt.ArrayLike, distances: FloatArray) -> FloatArray:
    weight = np.asarray(weights, dtype=np.float64)
    if weight.shape != distances.shape[1:]:
        raise ValueError(
            f"region {name!r} has weights of shape {weight.shape}, the meshes {distances.shape[1]} vertices"
        )
    if not (weight >= 0).all() or not weight.sum() > 0:
        raise ValueError(f"region {name!r} must have weights of zero or more, and one above zero")
    share: FloatArray = weight / weight.sum()
    return share
