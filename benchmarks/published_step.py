"""The joint training step as the released code takes it, in plain PyTorch: what ours is measured against.

Its costs are kept: dense meshes of 53,215 vertices, a pass each for anchors, positives and negatives, a voice encoder
and an expert that collect gradients which nobody uses, contiguous memory.
"""

import torch
from torch import Tensor, nn
from torch.nn import functional

from cmp_engine.data import FaceBatch, TripletBatch
from cmp_engine.networks import (
    Discriminator,
    FaceEmbedding,
    FaceGenerator,
    IdentityClassifier,
    MeshRegressor,
    VoiceEncoder,
)

VERTICES = 53_215
IDENTITIES = 924


class PublishedStep:
    """Networks of published size with random weights, a basis of published size, and the two optimisers."""

    def __init__(self) -> None:
        self.encoder, self.generator = VoiceEncoder(), FaceGenerator()
        self.student, self.expert = MeshRegressor(), MeshRegressor().eval()
        self.face_embedding, self.discriminator = FaceEmbedding(), Discriminator()
        self.classifier = IdentityClassifier(IDENTITIES)
        self.mean, self.basis = 50 * torch.randn(3 * VERTICES, 1), torch.randn(3 * VERTICES, 50)
        judges = (self.face_embedding, self.discriminator, self.classifier)
        self.d_adam = self._adam(*judges)
        self.g_adam = self._adam(self.generator, self.student)

    @staticmethod
    def _adam(*networks: nn.Module) -> torch.optim.Adam:
        return torch.optim.Adam([p for network in networks for p in network.parameters()], 2e-4, (0.5, 0.999))

    def take(self, voice: TripletBatch, real: FaceBatch) -> None:
        """One step of the judges, then one of generator and student."""
        noise = 0.05 * torch.randn(len(voice.label), 64, 1, 1)
        faces = [self._face(mel, noise) for mel in (voice.anchor, voice.positive, voice.negative)]
        self._teach_judges(faces[0], real)
        pictures = [functional.interpolate(face, (120, 120), mode="bilinear", align_corners=True) for face in faces]
        answers = [self.student(picture) for picture in pictures]
        expert = self.expert(pictures[0])
        anchor, positive, negative = (self._mesh(answer.parameters) for answer in answers)
        seen = self.face_embedding(faces[0])
        logit = self.discriminator(seen)
        loss = functional.binary_cross_entropy_with_logits(logit, torch.ones_like(logit))
        loss = loss + functional.cross_entropy(self.classifier(seen), voice.label)
        loss = loss + 0.5 * functional.mse_loss(anchor, self._mesh(expert.parameters))
        loss = loss + 10_000 * (
            transfer(expert.pooled, answers[0].pooled) + transfer(expert.intermediate, answers[0].intermediate)
        )
        loss = loss + 1.5 * functional.triplet_margin_loss(anchor, positive, negative)
        self.g_adam.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        self.g_adam.step()

    def _face(self, mel: Tensor, noise: Tensor) -> Tensor:
        unit = functional.normalize(self.encoder(mel))
        face: Tensor = self.generator(functional.normalize(unit + noise))
        return face

    def _mesh(self, parameters: Tensor) -> Tensor:
        scale = (parameters[:, 0:3].norm(dim=1) + parameters[:, 4:7].norm(dim=1)) / 2
        points = self.mean + self.basis @ parameters[:, 12:62].T  # (3N, B)
        mesh: Tensor = scale[:, None, None] * points.T.reshape(len(parameters), VERTICES, 3).transpose(1, 2)
        return mesh

    def _teach_judges(self, fake: Tensor, real: FaceBatch) -> None:
        seen = self.face_embedding(real.image)
        true_logit, false_logit = self.discriminator(seen), self.discriminator(self.face_embedding(fake.detach()))
        loss = functional.binary_cross_entropy_with_logits(true_logit, torch.ones_like(true_logit))
        loss = loss + functional.binary_cross_entropy_with_logits(false_logit, torch.zeros_like(false_logit))
        loss = loss + functional.cross_entropy(self.classifier(seen), real.label)
        self.d_adam.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        self.d_adam.step()


def transfer(expert: Tensor, student: Tensor) -> Tensor:
    """The released distillation between two batches of features."""
    neighbours = []
    for features in (expert.flatten(1), student.flatten(1)):
        direction = features / (features.square().sum(dim=1, keepdim=True).sqrt() + 1e-7)
        kernel = (direction @ direction.T + 1) / 2
        neighbours.append(kernel / kernel.sum(dim=1, keepdim=True))
    target, model = neighbours
    return (model * torch.log((model + 1e-7) / (target + 1e-7))).mean()
