"""Arrays to the files that participants receive. One setting for all methods; nothing in a file tells its origin."""

import io
from collections.abc import Sequence
from functools import cache

import DracoPy
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from studyserver.generation.media.padding import RIFF_BYTES, chunk, riff

IMAGE_SIZE = 256  # pixels, the side at which reference and predicted faces are shown
TURNTABLE_FRAMES = 12
MESH_BITS = 14
# The cube that every mesh is quantised in. It is the same for all, so that the header of a file depends on nothing;
# a step is 360 mm / (2^14 - 1) = 0.022 mm, and a vertex moves by at most half the step's diagonal, 0.019 mm.
MESH_CUBE_MM = 360.0
MESH_CUBE_FROM_MM = (-180.0, -225.0, -180.0)  # The neck reaches further down than the crown reaches up.
# Participants see pictures in an oval. What surrounds a face is no likeness, and a generator leaves its own tint there,
# strongest along the edges, by which a method could be told from one question to the next.
OVAL = (0.42, 0.49)  # half axes, as shares of the side: ears and chin stay
OVAL_FADE = 0.08  # the last share of the half axes, in which the picture goes over into the surround
SURROUND = (233, 231, 227)  # as behind the meshes beside them: --stage of base.css

Pixels = NDArray[np.uint8]


def encode_image(pixels: Pixels, *, size: int = IMAGE_SIZE) -> bytes:
    """Encode a square picture in an oval as WebP without loss and without metadata.

    Args:
        pixels: RGB, shape (H, H, 3), 0 to 255.
        size: side of the result; pictures of another size are resampled with one filter (bicubic).

    Raises:
        ValueError: the array is not a square RGB picture of bytes.
    """
    return _webp(Image.composite(_resampled(pixels, size), Image.new("RGB", (size, size), SURROUND), _oval(size)))


def encode_turntable(frames: Sequence[Pixels]) -> bytes:
    """Encode the twelve views of a mesh side by side as one WebP without loss and without metadata.

    Raises:
        ValueError: there are not twelve frames, or their shapes differ.
    """
    if len(frames) != TURNTABLE_FRAMES:
        raise ValueError(f"a turntable has {TURNTABLE_FRAMES} frames, got {len(frames)}")
    return _webp(Image.fromarray(np.concatenate(list(frames), axis=1)))


def encode_mesh(vertices: NDArray[np.float32], faces: NDArray[np.int64]) -> bytes:
    """Compress a mesh with Draco; vertices move by at most 0.019 mm and may come out in another order.

    Args:
        vertices: shape (N, 3), millimetres, in the model's frame.
        faces: shape (F, 3), indices of vertices.

    Raises:
        ValueError: a vertex is not a number or lies outside the cube that all meshes share.
    """
    lowest = np.array(MESH_CUBE_FROM_MM)
    if not ((vertices >= lowest) & (vertices <= lowest + MESH_CUBE_MM)).all():
        raise ValueError(
            f"vertices must lie in the cube of {MESH_CUBE_MM:g} mm from {MESH_CUBE_FROM_MM}, "
            f"got {vertices.min(axis=0)} to {vertices.max(axis=0)}"
        )
    encoded: bytes = DracoPy.encode(
        vertices.astype(np.float32),
        faces.astype(np.uint32),
        quantization_bits=MESH_BITS,
        compression_level=10,
        quantization_range=MESH_CUBE_MM,
        quantization_origin=list(MESH_CUBE_FROM_MM),
    )
    return encoded


def _resampled(pixels: Pixels, size: int) -> Image.Image:
    if pixels.dtype != np.uint8 or pixels.ndim != 3 or pixels.shape[2] != 3 or pixels.shape[0] != pixels.shape[1]:
        raise ValueError(f"need square RGB bytes of shape (H, H, 3), got {pixels.dtype} of shape {pixels.shape}")
    picture = Image.fromarray(pixels)
    return picture if picture.size == (size, size) else picture.resize((size, size), Image.Resampling.BICUBIC)


@cache
def _oval(size: int) -> Image.Image:
    """How much of a picture is seen: 255 within the oval, 0 outside."""
    across, down = ((np.arange(size) + 0.5) / size - 0.5) / np.array(OVAL)[:, None]
    distance = np.hypot(across, down[:, None])  # (size, size), 1 on the oval
    seen = np.clip((1 - distance) / OVAL_FADE, 0, 1)
    return Image.fromarray(np.round(255 * seen).astype(np.uint8))


def _webp(picture: Image.Image) -> bytes:
    buffer = io.BytesIO()
    # A face takes two thirds of its PNG; more effort saves a tenth of a turntable and doubles the time.
    picture.save(buffer, format="WEBP", lossless=True, method=1, quality=20)
    # The extended form: the simple one has no place for padding.
    last_column, last_row = (side - 1 for side in picture.size)
    canvas = bytes(4) + last_column.to_bytes(3, "little") + last_row.to_bytes(3, "little")
    return riff(chunk(b"VP8X", canvas) + buffer.getvalue()[RIFF_BYTES:])
