"""Fitting a morphable model to 68 landmarks in three dimensions, as the ground truth of Voxceleb-3D was made.

The paper detects landmarks with face-alignment and fits coefficients as 300W-LP-3D does (Sec. 4.1), without weights or
code. The problem here: with landmarks l_k, the model's landmark points V_k(a, b), a and b in standard deviations,

    minimise  sum_k w_k | f R V_k(a, b) + t - l_k |^2 + r (|a|^2 + |b|^2)    over f > 0, rotation R, t, a, b,

where the third coordinate counts ``depth_weight`` times as much as the others, and r = (noise f0)^2 with f0 the scale
of the first pose: the most probable face under N(0, 1) coefficients and landmarks that err by ``noise`` millimetres.

The first pose is the closed-form similarity of the mean face. From there, alternating it with ridge regression for a
and b, the obvious solver, creeps: hundreds of rounds, because pose and shape stand in for each other. So the ridge
regression has seven more unknowns, a small turn, stretch and shift of the head (a Gauss-Newton step), and three rounds
suffice.
"""

from dataclasses import dataclass

import torch
from torch import Tensor

from cmp_engine.exceptions import EngineError
from cmp_engine.morphable.model import MorphableModel

NOISE_MM = 2.0
"""Error of a detected landmark per axis. Ours: the paper names none; 2 % of the distance between the outer eyes."""
# After three the faces stand still to four digits, whatever the noise and the weight of depth.
ROUNDS = 6
FEWEST_LANDMARKS = 6


class FittingError(EngineError):
    """The model or the landmarks do not allow a fit."""


@dataclass(frozen=True)
class Similarity:
    """Points (B, L, 3) go to ``scale`` (B,) x ``rotation`` (B, 3, 3) point + ``translation`` (B, 3)."""

    scale: Tensor
    rotation: Tensor
    translation: Tensor

    def applied(self, points: Tensor) -> Tensor:
        """The points (B, L, 3) where the similarity takes them."""
        turned = points @ self.rotation.transpose(-1, -2)
        return self.scale[:, None, None] * turned + self.translation[:, None, :]


@dataclass(frozen=True)
class LandmarkFit:
    """Faces fitted to landmarks.

    Attributes:
        shape: (B, S) in standard deviations of the model.
        expression: (B, E), likewise.
        pose: takes millimetres of the model to the frame of the landmarks.
        error_mm: root of the weighted mean squared distance of the landmarks from the fit, mm of the face, (B,).
    """

    shape: Tensor
    expression: Tensor
    pose: Similarity
    error_mm: Tensor

    def alone(self, number: int) -> "LandmarkFit":
        """One of the faces, a batch of its own."""
        one = slice(number, number + 1)
        pose = Similarity(self.pose.scale[one], self.pose.rotation[one], self.pose.translation[one])
        return LandmarkFit(self.shape[one], self.expression[one], pose, self.error_mm[one])


def fit_landmarks(
    model: MorphableModel,
    landmarks: Tensor,
    *,
    weights: Tensor | None = None,
    depth_weight: float = 1.0,
    noise_mm: float = NOISE_MM,
) -> LandmarkFit:
    """Fit pose, shape and expression to landmarks.

    Args:
        model: any with landmarks; those that its topology lacks are left out.
        landmarks: (B, 68, 3) in ibug order; x to the right, y up, z towards the viewer, any one unit.
        weights: (68,) relative weights, 0 to leave a landmark out; all 1 by default.
        depth_weight: weight of z relative to x and y, in (0, 1]: detectors guess depth less well than place.
        noise_mm: how far a landmark of weight 1 may be off, per axis; more holds the face closer to the mean.

    Raises:
        FittingError: the model has fewer than six landmarks of positive weight, or the landmarks of a face lie in one
            point.
        ValueError: an argument has another shape or range.
    """
    weights = torch.ones(68, device=landmarks.device) if weights is None else weights
    _check(landmarks, weights, depth_weight, noise_mm)
    used = model.has_landmark & (weights > 0)
    require_landmarks(model, used)
    target, weight = landmarks[:, used].double(), weights[used].double()
    if not torch.isfinite(target).all() or (target.std(dim=1).amax(dim=1) == 0).any():
        raise FittingError("the landmarks of a face lie in one point or are not numbers; detect them again.")
    mean, directions = _landmark_space(model, used)
    pose = similarity(mean.expand_as(target), target, weight)
    ridge = (noise_mm * pose.scale) ** 2
    axes = torch.tensor([1.0, 1.0, depth_weight], dtype=torch.float64, device=target.device)
    points = mean.expand_as(target)
    for _ in range(ROUNDS):
        coefficients, pose = _round(pose, points, mean, directions, target, weight[:, None] * axes, ridge)
        points = mean + torch.einsum("lik,bk->bli", directions, coefficients)
    squared = (axes * (pose.applied(points) - target) ** 2).sum(dim=2)  # (B, L)
    error_mm = ((squared * weight).sum(dim=1) / weight.sum()).sqrt() / pose.scale
    shapes = len(model.shape_sd)
    return LandmarkFit(coefficients[:, :shapes].float(), coefficients[:, shapes:].float(), pose, error_mm)


def require_landmarks(model: MorphableModel, used: Tensor) -> None:
    """Check that the landmarks ``used``, (68,) bool, of a model are enough for a fit.

    Raises:
        FittingError: they are fewer than six.
    """
    if used.sum() < FEWEST_LANDMARKS:
        raise FittingError(
            f"{model.name!r} has {int(used.sum())} of the landmarks to fit, at least {FEWEST_LANDMARKS} are needed; "
            "put the file with its landmarks beside the model (docs/reference/morphable-models.md), or use another "
            "model."
        )


def similarity(points: Tensor, target: Tensor, weight: Tensor) -> Similarity:
    """The similarity that takes ``points`` closest to ``target``, both (B, L, 3), with weights (L,).

    S. Umeyama, *Least-squares estimation of transformation parameters between two point patterns*, PAMI 1991, with
    weights. Never a reflection.
    """
    share = weight / weight.sum()
    from_centre, to_centre = (torch.einsum("l,bli->bi", share, each) for each in (points, target))
    source, goal = points - from_centre[:, None], target - to_centre[:, None]
    left, singular, right = torch.linalg.svd(torch.einsum("l,bli,blj->bij", share, goal, source))
    signs = torch.ones_like(singular)
    signs[:, 2] = torch.linalg.det(left @ right).sign()
    rotation = left @ (signs[:, :, None] * right)
    spread = torch.einsum("l,bli->b", share, source**2)
    scale = (signs * singular).sum(dim=1) / spread
    moved = torch.einsum("bij,bj->bi", rotation, from_centre)
    return Similarity(scale, rotation, to_centre - scale[:, None] * moved)


def _check(landmarks: Tensor, weights: Tensor, depth_weight: float, noise_mm: float) -> None:
    if landmarks.ndim != 3 or landmarks.shape[1:] != (68, 3):
        raise ValueError(f"landmarks must be (B, 68, 3), got {tuple(landmarks.shape)}")
    if weights.shape != (68,) or not (weights >= 0).all():
        raise ValueError(f"weights must be 68 numbers from 0 on, got {tuple(weights.shape)}, lowest {weights.min()}")
    if not 0 < depth_weight <= 1:
        raise ValueError(f"depth_weight must lie in (0, 1], got {depth_weight}")
    if noise_mm <= 0:
        raise ValueError(f"noise_mm must be positive, got {noise_mm}")


def _landmark_space(model: MorphableModel, used: Tensor) -> tuple[Tensor, Tensor]:
    """Mean points (L, 3) and what one standard deviation of each coefficient adds to them, (L, 3, S + E)."""
    vertices = model.landmarks[used]
    directions = [
        (basis.reshape(len(model.mean), 3, -1)[vertices] * sd).double()
        for basis, sd in ((model.shape_basis, model.shape_sd), (model.expression_basis, model.expression_sd))
    ]
    return model.mean[vertices].double(), torch.cat(directions, dim=2)


def _round(
    pose: Similarity,
    points: Tensor,
    mean: Tensor,
    directions: Tensor,
    target: Tensor,
    weight: Tensor,
    ridge: Tensor,
) -> tuple[Tensor, Similarity]:
    """Coefficients (B, S + E) and pose after one ridge regression for both.

    Args:
        pose: the present pose.
        points: the present landmark points (B, L, 3) in mm, about which turning is made linear.
        mean: (L, 3).
        directions: (L, 3, S + E).
        target: (B, L, 3).
        weight: of each coordinate, (L, 3).
        ridge: weight of each squared coefficient, (B,).
    """
    batch, coefficients = len(target), directions.shape[2]
    scaled = pose.scale[:, None, None] * pose.rotation
    columns = torch.cat(
        [
            torch.einsum("bij,ljk->blik", scaled, directions),
            scaled[:, None] @ -_cross_matrix(points),  # turns about the head's own axes
            (points @ scaled.transpose(-1, -2))[..., None],  # relative growth
            torch.eye(3, dtype=target.dtype, device=target.device).expand(batch, len(mean), 3, 3),  # shifts
        ],
        dim=3,
    ).flatten(1, 2)  # (B, 3L, S + E + 7)
    remaining = (target - pose.applied(mean.expand_as(target))).flatten(1, 2)  # (B, 3L)
    weighted = weight.reshape(-1, 1) * columns
    normal = weighted.transpose(-1, -2) @ columns
    normal.diagonal(dim1=1, dim2=2)[:, :coefficients] += ridge[:, None]
    solution = torch.linalg.solve(normal, torch.einsum("brk,br->bk", weighted, remaining))
    found, step = solution[:, :coefficients], solution[:, coefficients:]  # a step is [turn 3 | growth 1 | shift 3]
    turned = pose.rotation @ torch.linalg.matrix_exp(_cross_matrix(step[:, :3]))
    return found, Similarity(pose.scale * step[:, 3].exp(), turned, pose.translation + step[:, 4:])


def _cross_matrix(vectors: Tensor) -> Tensor:
    """Matrices (..., 3, 3) that multiply like the cross product with vectors (..., 3)."""
    x, y, z = vectors.unbind(-1)
    zero = torch.zeros_like(x)
    return torch.stack([zero, -z, y, z, zero, -x, -y, x, zero], dim=-1).reshape(*vectors.shape, 3)
