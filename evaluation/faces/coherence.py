"""Coherence: how much the face of one person changes between utterances (paper, Fig. 10)."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Coherence:
    """Variation of one person's meshes about the centre one, in their unit.

    Attributes
    ----------
    mean, sd : ndarray, shape (N,)
        Of each vertex's distances to its place in the centre mesh, over the other meshes: what Fig. 10 colours. The
        standard deviation is the population's (zero for two meshes).
    """

    mean: FloatArray
    sd: FloatArray

    @property
    def variation(self) -> float:
        """Mean over all vertices: the person's one number; 0 is perfect coherence."""
        return float(self.mean.mean())

    @property
    def variation_sd(self) -> float:
        """Mean over all vertices of `sd`: how unevenly the utterances depart from the centre one."""
        return float(self.sd.mean())


def coherence(meshes: npt.ArrayLike) -> Coherence:
    """Compare the meshes that one person's utterances were given with the middle one.

    Parameters
    ----------
    meshes : array_like, shape (U, N, 3)
        Frontal meshes without pose, in the order of the utterances, at least two.

    Returns
    -------
    Coherence

    Raises
    ------
    ValueError
        Another shape, fewer than two meshes, or a coordinate that is not finite.

    Notes
    -----
    The centre is mesh ``U // 2`` in the given order ("w.r.t. the center frame" in the paper). No alignment: all
    meshes of a morphable model share one frame, and a change of size counts as a change.

    A method that gives everybody the same face is perfectly coherent. Coherence is a virtue only beside errors.

    Examples
    --------
    >>> face = np.zeros((4, 3))
    >>> result = coherence([face + [0.0, 0.0, 1.0], face, face + [0.0, 3.0, 0.0]])
    >>> result.mean.tolist(), result.sd.tolist(), result.variation, result.variation_sd
    ([2.0, 2.0, 2.0, 2.0], [1.0, 1.0, 1.0, 1.0], 2.0, 1.0)
    """
    given = np.asarray(meshes, dtype=np.float64)
    if given.ndim != 3 or given.shape[2] != 3:
        raise ValueError(f"meshes must be (U, N, 3), got {given.shape}")
    if len(given) < 2:
        raise ValueError(f"coherence compares utterances: need at least two meshes, got {len(given)}")
    if not np.isfinite(given).all():
        raise ValueError("every coordinate of a mesh must be finite")
    centre = len(given) // 2
    distance = np.linalg.norm(np.delete(given, centre, axis=0) - given[centre], axis=2)  # (U - 1, N)
    return Coherence(distance.mean(axis=0), distance.std(axis=0))
