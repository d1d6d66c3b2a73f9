"""From predicted faces to the files a question shows, made alike for every method."""

import hashlib
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from studyserver.generation.media import encoding
from studyserver.generation.media.comparisons import MEDIA_OF, SECTIONS, PlannedQuestion
from studyserver.generation.media.predictions import Floats, Predictions
from studyserver.generation.media.shelf import MediaShelf

# Part of the recipe of every file: raise it when rendering or encoding changes what participants see.
RECIPE_VERSION = 3

Triangles = NDArray[np.int64]
MeshOf = Callable[[Floats, Floats], tuple[Floats, Triangles]]
Turntable = Callable[[Floats, Triangles], Sequence[encoding.Pixels]]


class MediaMaker:
    """Makes the files of references and predictions, each once.

    Args:
        shelf: remembers what was made.
        topology: name of the meshes' topology.
        mesh_of: from shape (40,) and expression (10,) in standard deviations to vertices (N, 3) in mm and faces (F, 3).
        turntable: the twelve views of a mesh.
    """

    def __init__(self, shelf: MediaShelf, *, topology: str, mesh_of: MeshOf, turntable: Turntable) -> None:
        self._shelf = shelf
        self._topology = topology
        self._mesh_of = mesh_of
        self._turntable = turntable

    def reference(self, picture: Path) -> Path:
        """The reference face: its largest central square, at the size of the predictions."""
        content = picture.read_bytes()

        def make() -> dict[str, bytes]:
            with Image.open(picture) as opened:
                pixels = np.asarray(opened.convert("RGB"))
            return {"reference": encoding.encode_image(_central_square(pixels))}

        return self._shelf.fetch(_recipe("reference", content), ("reference",), make)["reference"]

    def faces(self, plan: PlannedQuestion, predictions: Predictions) -> dict[str, Path]:
        """What a section shows of one prediction: image, or mesh and turntable, or all three."""
        row = predictions.row(plan.utterance)
        wanted = MEDIA_OF[SECTIONS[plan.section - 1].medium]
        shape, expression = predictions.shapes[row], predictions.expressions[row]
        shown: dict[str, Path] = {}
        if "image" in wanted:
            image = predictions.images[row]
            recipe = _recipe("image", image.tobytes())
            shown |= self._shelf.fetch(recipe, ("image",), lambda: {"image": encoding.encode_image(image)})
        if "mesh" in wanted:
            recipe = _recipe(f"mesh {self._topology}", shape.tobytes() + expression.tobytes())
            shown |= self._shelf.fetch(recipe, ("mesh", "turntable"), lambda: self._mesh_files(shape, expression))
        return shown

    def _mesh_files(self, shape: Floats, expression: Floats) -> dict[str, bytes]:
        vertices, faces = self._mesh_of(shape, expression)
        return {
            "mesh": encoding.encode_mesh(vertices, faces),
            "turntable": encoding.encode_turntable(self._turntable(vertices, faces)),
        }


def _recipe(kind: str, content: bytes) -> str:
    return f"{RECIPE_VERSION} {kind} {hashlib.sha256(content).hexdigest()}"


def _central_square(pixels: encoding.Pixels) -> encoding.Pixels:
    height, width = pixels.shape[:2]
    side = min(height, width)
    top, left = (height - side) // 2, (width - side) // 2
    return pixels[top : top + side, left : left + side]
