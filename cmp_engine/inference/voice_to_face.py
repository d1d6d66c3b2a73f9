"""From voices to faces with a trained run: load once, call many times."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple, Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from cmp_engine.audio.spectrogram import MEL_BINS
from cmp_engine.config import NetworkConfig, stages_of
from cmp_engine.device import choose_device
from cmp_engine.morphable import MorphableModel
from cmp_engine.networks import (
    MESH_PARAMETERS,
    FaceGenerator,
    ImageTo3D,
    MeshRegressor,
    MobileNetV1,
    SupervisedDecoder,
    VoiceEncoder,
    Whitening,
    mesh_parameters,
)
from cmp_engine.networks.image_to_3d import enlarge
from cmp_engine.networks.mesh_regressor import EXPRESSION, POSE, SHAPE
from cmp_engine.networks.placement import Network, onto, to_freeze
from cmp_engine.networks.supervised_decoder import DECODED_ALPHA
from cmp_engine.networks.voice_encoder import voice_embedding
from cmp_engine.runs.checkpoint import load_network, read_checkpoint
from cmp_engine.runs.folder import final_checkpoint, read_config

BATCH = 32  # utterances per pass: memory of about 200 MB at the published sizes, and no gain beyond


@dataclass(frozen=True)
class FacePrediction:
    """The face a voice was given.

    Attributes:
        image: RGB picture, (64, 64, 3) uint8; None where the condition makes none (cmp-supervised).
        shape: shape coefficients in standard deviations of the morphable model, (40,) float32.
        expression: expression coefficients, likewise, (10,) float32.
        pose: ``[sR | t]`` of the head in the picture, as the expert sees it, (12,) float32 in the 120-pixel frame of
            ``cmp_engine.rendering.camera``; None where there is no picture.
    """

    image: NDArray[np.uint8] | None
    shape: NDArray[np.float32]
    expression: NDArray[np.float32]
    pose: NDArray[np.float32] | None

    def vertices(self, model: MorphableModel) -> NDArray[np.float32]:
        """The frontal mesh in millimetres, (N, 3): shape and expression, no pose (Eq. 1)."""
        return mesh_of(model, self.shape, self.expression)


def mesh_of(
    model: MorphableModel, shape: NDArray[np.float32], expression: NDArray[np.float32] | None = None
) -> NDArray[np.float32]:
    """The frontal mesh (N, 3) in mm of shape (40,) and expression (10,) in standard deviations; neutral without."""
    told = None if expression is None else torch.from_numpy(expression)[None]
    mesh: NDArray[np.float32] = model.vertices(torch.from_numpy(shape)[None], told)[0].numpy()
    return mesh


class Faces(NamedTuple):
    """What a method makes of a batch of voices; picture (B, 3, 64, 64) and pose (B, 12) or None."""

    picture: Tensor | None
    shape: Tensor  # (B, 40)
    expression: Tensor  # (B, 10)
    pose: Tensor | None


class Method(Protocol):
    """The part of a condition that follows the voice encoder."""

    def __call__(self, embedding: Tensor) -> Faces:
        """Voice embeddings (B, 64, 1, 1) to faces."""


@dataclass(frozen=True)
class Cascade:
    """Face generator and image-to-3D network: an expert for Base-1 and Base-2, the student for CMP-unsupervised.

    The pose is always the expert's: the student is not taught any (Eq. 4 compares shape and expression).
    """

    generator: FaceGenerator
    expert: ImageTo3D
    student: ImageTo3D | None
    whitening: Whitening  # of the 62 parameters of a mesh
    pixels: int

    def __call__(self, embedding: Tensor) -> Faces:
        """See `Method`."""
        picture = self.generator(embedding)
        enlarged = enlarge(picture, self.pixels)
        seen = self.whitening.restore(mesh_parameters(self.expert, enlarged))  # (B, 62)
        told = seen if self.student is None else self.whitening.restore(mesh_parameters(self.student, enlarged))
        return Faces(picture, told[:, SHAPE], told[:, EXPRESSION], seen[:, POSE])


@dataclass(frozen=True)
class DirectDecoder:
    """Coefficients straight from the voice embedding: CMP-supervised."""

    decoder: SupervisedDecoder
    whitening: Whitening

    def __call__(self, embedding: Tensor) -> Faces:
        """See `Method`."""
        alpha = self.whitening.restore(self.decoder(embedding)[:, DECODED_ALPHA])  # (B, 50)
        return Faces(None, alpha[:, :40], alpha[:, 40:], None)


class VoiceToFace:
    """A condition of a trained run, ready to be called."""

    def __init__(self, encoder: VoiceEncoder, method: Method, device: torch.device) -> None:
        self._encoder = encoder
        self._method = method
        self._device = device

    @classmethod
    def load(cls, run: Path, condition: str, device: str = "cpu") -> "VoiceToFace":
        """Load the finished stages of a condition.

        Args:
            run: folder of a training run.
            condition: ``base-1``, ``base-2``, ``cmp-unsupervised`` or ``cmp-supervised``.
            device: ``cpu``, ``cuda`` or ``auto``.

        Raises:
            ConfigError: unknown condition, or a damaged ``config.toml``.
            CheckpointError: the run lacks a stage of the condition, or a checkpoint does not fit.
            DeviceError: this machine lacks the device.
        """
        stages = stages_of(condition)
        chosen = choose_device(device)
        shelf = Shelf(run, read_config(run).networks, chosen)
        if condition == "cmp-supervised":
            method: Method = DirectDecoder(shelf.decoder(), shelf.whitening("supervised"))
        else:
            expert_stage, image_stage = stages[-2:]
            method = Cascade(
                generator=shelf.generator(image_stage),
                expert=shelf.expert(expert_stage),
                student=shelf.student() if image_stage == "joint" else None,
                whitening=shelf.whitening(expert_stage).part(MESH_PARAMETERS),
                pixels=shelf.sizes.regressor_pixels,
            )
        return cls(shelf.voice_encoder(), method, chosen)

    @torch.inference_mode()
    def predict(self, mels: Sequence[NDArray[np.float32]]) -> list[FacePrediction]:
        """Give each voice a face; many at once take less time than one by one and give the same to rounding.

        Args:
            mels: normalised log-mel features of one utterance each, (T, 64); the whole utterance is used.

        Raises:
            ValueError: features of another shape.
        """
        for mel in mels:
            if mel.ndim != 2 or mel.shape[1] != MEL_BINS or not len(mel):
                raise ValueError(f"expected features of shape (T, {MEL_BINS}), got {mel.shape}")
        predictions: list[FacePrediction] = []
        for start in range(0, len(mels), BATCH):
            predictions += _each(self._method(self._embeddings(mels[start : start + BATCH])))
        return predictions

    def _embeddings(self, mels: Sequence[NDArray[np.float32]]) -> Tensor:
        """(B, 64, 1, 1). Only utterances of equal length share a pass: padding would change their means over time."""
        rows_of: dict[int, list[int]] = {}
        for row, mel in enumerate(mels):
            rows_of.setdefault(len(mel), []).append(row)
        embeddings: dict[int, Tensor] = {}
        for rows in rows_of.values():
            batch = np.stack([np.asarray(mels[row].T, np.float32) for row in rows])  # (b, 64, T)
            found = voice_embedding(self._encoder, torch.from_numpy(batch).to(self._device))
            embeddings.update(zip(rows, found, strict=True))
        return torch.stack([embeddings[row] for row in range(len(mels))])


def _each(faces: Faces) -> list[FacePrediction]:
    """The faces of a batch one by one, on the CPU."""
    shapes, expressions = faces.shape.cpu().numpy(), faces.expression.cpu().numpy()
    images = [None] * len(shapes) if faces.picture is None else [to_uint8(each) for each in faces.picture]
    poses = [None] * len(shapes) if faces.pose is None else list(faces.pose.cpu().numpy())
    return [FacePrediction(*parts) for parts in zip(images, shapes, expressions, poses, strict=True)]


@dataclass(frozen=True)
class Shelf:
    """The frozen networks of a run."""

    run: Path
    sizes: NetworkConfig
    device: torch.device

    def voice_encoder(self) -> VoiceEncoder:
        """The voice encoder of all conditions."""
        encoder = VoiceEncoder(channels=self.sizes.voice_channels, embedding=self.sizes.embedding)
        return self._loaded(encoder, "voice-encoder", "voice_encoder")

    def generator(self, stage: str) -> FaceGenerator:
        """The face generator that a stage trained."""
        generator = FaceGenerator(self.sizes.embedding, self.sizes.generator_channels)
        return self._loaded(generator, stage, "generator")

    def expert(self, stage: str) -> ImageTo3D:
        """The image-to-3D network that a stage trained."""
        if stage == "base-1-expert":
            return self._loaded(MobileNetV1(self.sizes.base_1_width), stage, "expert")
        return self._loaded(MeshRegressor(self.sizes.regressor_width), stage, "expert")

    def student(self) -> MeshRegressor:
        """The student of joint training."""
        return self._loaded(MeshRegressor(self.sizes.regressor_width), "joint", "student")

    def decoder(self) -> SupervisedDecoder:
        """The decoder of CMP-supervised."""
        return self._loaded(SupervisedDecoder(self.sizes.embedding), "supervised", "decoder")

    def whitening(self, stage: str) -> Whitening:
        """The whitening that a stage was trained with."""
        constants = read_checkpoint(final_checkpoint(self.run, stage))["constants"]
        return onto(Whitening(constants["mean"], constants["std"]), self.device)

    def _loaded(self, network: Network, stage: str, name: str) -> Network:
        path = final_checkpoint(self.run, stage)
        load_network(network, read_checkpoint(path), path=path, name=name)
        return to_freeze(network, self.device)


def to_uint8(picture: Tensor) -> NDArray[np.uint8]:
    """A picture (3, H, W) in [-1, 1] as (H, W, 3) uint8: clamp, 127.5 v + 128, truncate, as released."""
    grey = (picture.clamp(-1, 1) * 127.5 + 128).clamp(max=255)
    result: NDArray[np.uint8] = grey.permute(1, 2, 0).to(torch.uint8).cpu().numpy()
    return result
