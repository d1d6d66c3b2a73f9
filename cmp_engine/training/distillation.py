"""What the student of joint training learns by: the expert's answers (Eq. 4 to 6) and triplets of voices (Eq. 3)."""

from dataclasses import dataclass

import torch
from torch import Tensor

from cmp_engine.config import JointConfig
from cmp_engine.losses import (
    MeshDistance,
    divergence_loss,
    frontal_coefficients,
    pose_scale,
    regression_loss,
    triplet_loss,
)
from cmp_engine.morphable import MorphableModel
from cmp_engine.networks import MeshRegressor, Regression, Whitening
from cmp_engine.networks.image_to_3d import enlarge
from cmp_engine.networks.mesh_regressor import ALPHA, POSE
from cmp_engine.training.parallel import gathered


@dataclass(frozen=True)
class Distillation:
    """Student and expert, and how their answers are compared."""

    student: MeshRegressor
    expert: MeshRegressor  # frozen
    whitening: Whitening  # of the parameters of both
    meshes: MeshDistance | None  # of the morphable model, where the configuration compares meshes
    pixels: int  # side of the pictures that both see

    def ask_student(self, faces: Tensor) -> Regression:
        """The student's answer to synthesised faces (B, 3, 64, 64)."""
        answer: Regression = self.student(enlarge(faces, self.pixels))
        return answer

    def ask_expert(self, faces: Tensor, config: JointConfig) -> Regression:
        """The expert's pseudo ground truth; gradients pass to the faces only where the configuration lets them."""
        with torch.set_grad_enabled(config.expert_passes_gradients):
            shown = faces.flip(1) if config.expert_sees_swapped_colours else faces
            answer: Regression = self.expert(enlarge(shown, self.pixels))
        return answer

    def frontal(self, parameters: Tensor) -> Tensor:
        """What the frontal meshes of whitened parameters (B, 102) are linear in, (B, 51)."""
        restored = self.whitening.restore(parameters)
        return frontal_coefficients(pose_scale(restored[:, POSE]), restored[:, ALPHA])


def student_losses(parts: Distillation, faces: Tensor, config: JointConfig) -> dict[str, Tensor]:
    """Distillation on the anchors (Eq. 4 and 6) and the triplet term (Eq. 3).

    The released code distils the pooled features and those of the second 64-channel block and adds
    the two; "intermediate layers" of the paper is read the same way.

    Args:
        parts: student and expert are used.
        faces: synthesised faces of anchors, positives and negatives, (3 B, 3, 64, 64).
        config: says in which form the losses are wanted.
    """
    anchors = len(faces) // 3
    answer = parts.ask_student(faces)
    expert = parts.ask_expert(faces[:anchors], config)
    return {
        "pseudo_ground_truth": pseudo_ground_truth_loss(
            parts, answer.parameters[:anchors], expert.parameters, on_meshes=config.pseudo_ground_truth_on_meshes
        ),
        "divergence": distilled(expert.pooled, answer.pooled[:anchors], config)
        + distilled(expert.intermediate, answer.intermediate[:anchors], config),
        "triplet": coherence_loss(parts, answer.parameters, config),
    }


def pseudo_ground_truth_loss(parts: Distillation, student: Tensor, expert: Tensor, *, on_meshes: bool) -> Tensor:
    """Eq. 4 between whitened parameters (B, 102), or its released form between the meshes that they give."""
    if on_meshes:
        assert parts.meshes is not None
        return parts.meshes.half_mean_squared_error(parts.frontal(student), parts.frontal(expert))
    return regression_loss(student[:, ALPHA], expert[:, ALPHA])


def distilled(expert: Tensor, student: Tensor, config: JointConfig) -> Tensor:
    """Eq. 6 in the form that the configuration asks for, between embeddings (B, ...)."""
    return divergence_loss(
        gathered(expert),
        gathered(student),
        from_student=config.divergence_from_student,
        with_diagonal=config.divergence_with_diagonal,
        averaged=config.divergence_averaged,
    )


def coherence_loss(parts: Distillation, parameters: Tensor, config: JointConfig) -> Tensor:
    """Eq. 3 on whitened parameters (3 B, 102) of anchors, positives and negatives, or on the meshes that they give."""
    if config.triplet_on_meshes:
        assert parts.meshes is not None
        return parts.meshes.triplet_loss(*parts.frontal(parameters).chunk(3), margin=config.triplet_margin)
    return triplet_loss(*parameters[:, ALPHA].chunk(3), margin=config.triplet_margin)


def student_weights(config: JointConfig) -> dict[str, float]:
    """Weights of `student_losses`."""
    return {
        "pseudo_ground_truth": config.pseudo_ground_truth_weight,
        "divergence": config.divergence_weight,
        "triplet": config.triplet_weight,
    }


def mesh_distance(config: JointConfig) -> MeshDistance | None:
    """Distances of the built-in head's meshes, where the configuration has losses on meshes.

    Distances per coordinate row grow with the number of vertices, so the finest head stands for the published
    53,215 vertices.
    """
    if not (config.pseudo_ground_truth_on_meshes or config.triplet_on_meshes):
        return None
    model = MorphableModel.analytic("full")
    return MeshDistance(model.mean, model.basis)
