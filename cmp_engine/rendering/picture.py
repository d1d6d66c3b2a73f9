"""Coloured face pictures: the head dressed with skin, hair and eyes, lit and slightly turned."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch

from cmp_engine.morphable import MorphableModel
from cmp_engine.rendering.camera import Camera, rotation
from cmp_engine.rendering.raster import Image, Light, render

Color = tuple[float, float, float]
FloatArray = npt.NDArray[np.floating]

SCALE = 0.48
"""Frame pixels per mm: the head fills the 120-pixel frame as a face crop does."""
SCLERA: Color = (0.90, 0.88, 0.86)
DARK: Color = (0.13, 0.08, 0.08)
RED: Color = (0.66, 0.26, 0.25)


@dataclass(frozen=True)
class Appearance:
    """What a voice cannot tell: colours in [0, 1] RGB, light, pose in degrees, framing.

    Attributes:
        skin: colour of the skin.
        hair: colour of hair and brows.
        hair_volume: thickness of the hair on the scalp, mm.
        hair_length: 0 for short hair to 1 for hair that falls beside the neck over the ears.
        iris: colour of the eyes.
        background: colour behind the head.
        light: direction towards the light (x right, y up, z to the viewer).
        yaw: turn to the viewer's right, degrees.
        pitch: turn upwards, degrees.
        roll: turn counter-clockwise, degrees.
        scale: size of the head relative to the standard framing.
        offset: shift to the right and up, in pixels of the 120-pixel frame.
    """

    skin: Color = (0.80, 0.62, 0.52)
    hair: Color = (0.20, 0.14, 0.10)
    hair_volume: float = 7.0
    hair_length: float = 0.0
    iris: Color = (0.30, 0.22, 0.14)
    background: Color = (0.62, 0.68, 0.74)
    light: tuple[float, float, float] = (-0.4, 0.5, 0.8)
    yaw: float = 0.0
    pitch: float = 0.0
    roll: float = 0.0
    scale: float = 1.0
    offset: tuple[float, float] = (0.0, 0.0)


def face_picture(
    model: MorphableModel, shape: FloatArray, expression: FloatArray, appearance: Appearance, size: int = 64
) -> tuple[Image, npt.NDArray[np.float32]]:
    """A photograph-like picture of one face and the pose under which it was taken.

    Args:
        model: a model with regions; the "medium" level serves pictures up to about 128 pixels.
        shape: (40,) in standard deviations.
        expression: (10,) in standard deviations.
        appearance: colours, light and pose.
        size: edge of the picture in pixels.

    Returns:
        The picture, uint8 (size, size, 3) RGB, and the pose ``[sR | t]``, float32 (12,), row by row in the 120-pixel
        frame (``cmp_engine.rendering.camera``).

    Raises:
        ValueError: the model does not say where its hair, lips and eyes are.
    """
    if not model.regions:
        raise ValueError(f"model {model.name!r} has no regions to colour; use MorphableModel.analytic()")
    coefficients = (torch.as_tensor(np.asarray(row, dtype=np.float32))[None] for row in (shape, expression))
    vertices = model.vertices(*coefficients)[0].numpy()
    camera = camera_for(appearance)
    light = Light(direction=appearance.light, key=0.74, fill=0.14, sky=0.44, gloss=0.05)
    image = render(
        combed(model, vertices, appearance),
        model.faces.numpy(),
        camera=camera,
        size=size,
        colors=vertex_colors(model, appearance),
        light=light,
        background=appearance.background,
    )
    return image, camera.pose12


def camera_for(appearance: Appearance) -> Camera:
    """The camera of a picture: the head in the middle of the frame, from the chin to the crown."""
    turn = rotation(appearance.yaw, appearance.pitch, appearance.roll)
    camera = Camera.centered(SCALE * appearance.scale, turn, (0.0, 8.0, 20.0))
    return Camera(camera.scale, turn, camera.offset + np.array([*appearance.offset, 0.0]))


def combed(model: MorphableModel, vertices: FloatArray, appearance: Appearance) -> FloatArray:
    """The vertices (N, 3) with the scalp raised by the hair and, for long hair, the sides and nape widened, mm."""
    short, long = _hair_weights(model, appearance)
    raised = vertices - np.array([0.0, -10.0, -5.0])
    raised /= np.linalg.norm(raised, axis=1, keepdims=True)
    beside = vertices * [1.0, 0.0, 1.0] - np.array([0.0, 0.0, -25.0])
    around = np.linalg.norm(beside, axis=1, keepdims=True)
    fall = np.clip(84.0 - around, 0.0, None) * beside / around
    result: FloatArray = vertices + appearance.hair_volume * short[:, None] * raised + long[:, None] * fall
    return result


def _hair_weights(model: MorphableModel, appearance: Appearance) -> tuple[FloatArray, FloatArray]:
    """Weights (N,) of the hair on the scalp and of the hair that falls as far as its length goes."""
    ends = 20.0 - 170.0 * appearance.hair_length
    reached = 1.0 / (1.0 + np.exp((ends - model.mean[:, 1].numpy()) / 4.0))
    long = model.regions["long hair"].numpy() * reached if appearance.hair_length > 0 else np.zeros(len(model.mean))
    return model.regions["hair"].numpy(), long


def vertex_colors(model: MorphableModel, appearance: Appearance) -> FloatArray:
    """Colours (N, 3) of the vertices: one part painted over the other."""
    skin = np.asarray(appearance.skin)
    short, long = _hair_weights(model, appearance)
    colors = np.tile(skin, (len(model.mean), 1))
    for region, color, strength in (
        ("flush", skin * [1.04, 0.86, 0.84], 0.6),
        ("nostrils", np.asarray(DARK), 0.75),
        ("lips", 0.5 * skin + 0.5 * np.asarray(RED) * (0.4 + 0.75 * skin.mean()), 0.85),
        ("mouth", np.asarray(DARK), 0.85),
        ("sclera", np.asarray(SCLERA), 1.0),
        ("iris", np.asarray(appearance.iris), 1.0),
        ("pupil", np.asarray(DARK) / 3, 1.0),
        ("lashes", 0.3 * np.asarray(appearance.hair), 0.75),
        ("brows", 0.9 * np.asarray(appearance.hair), 0.85),
    ):
        weight = strength * model.regions[region].numpy()[:, None]
        colors = colors * (1.0 - weight) + color * weight
    hair = np.maximum(short, long)[:, None]
    dressed: FloatArray = colors * (1.0 - hair) + np.asarray(appearance.hair) * hair
    return dressed
