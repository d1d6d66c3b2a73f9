"""The catalogue of the analytic head: ``python -m cmp_engine.rendering.catalogue OUT.jpg``."""

import argparse
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
import torch
from PIL import Image as Picture
from PIL import ImageDraw

from cmp_engine.io import whole_file
from cmp_engine.morphable import MorphableModel
from cmp_engine.morphable.analytic.directions import NAMED
from cmp_engine.morphable.analytic.expressions import EXPRESSIONS
from cmp_engine.rendering.picture import Appearance, face_picture
from cmp_engine.rendering.raster import Image
from cmp_engine.rendering.still import still

WIDTH = 1200
DIRECTIONS_SHOWN = 8
SKIN = ((0.90, 0.73, 0.63), (0.76, 0.56, 0.44), (0.55, 0.37, 0.27), (0.38, 0.25, 0.19))
HAIR = ((0.06, 0.05, 0.05), (0.20, 0.13, 0.08), (0.55, 0.42, 0.25), (0.50, 0.49, 0.48), (0.38, 0.17, 0.09))
IRIS = ((0.25, 0.16, 0.10), (0.33, 0.42, 0.50), (0.33, 0.38, 0.25))


def main(arguments: Sequence[str] | None = None) -> None:
    """Draw the catalogue and write it as a JPEG."""
    parser = argparse.ArgumentParser(prog="python -m cmp_engine.rendering.catalogue", description=__doc__)
    parser.add_argument("out", type=Path, help="The picture to write, for example docs/explanation/analytic-head.jpg.")
    out: Path = parser.parse_args(arguments).out
    if not out.parent.is_dir():
        parser.error(f"the folder {out.parent} does not exist; create it first")
    picture = Picture.fromarray(catalogue())
    with whole_file(out) as file:
        picture.save(file, format="JPEG", quality=82, optimize=True)


def catalogue() -> Image:
    """Mean, shape directions, expressions and coloured faces of the analytic head, uint8 (H, 1200, 3)."""
    model = MorphableModel.analytic("full")
    return np.concatenate(
        [
            titled("mean head: front, three-quarter, profile, back", mean_row(model)),
            titled(f"first {DIRECTIONS_SHOWN} shape directions at -2 and +2 standard deviations", shape_rows(model)),
            titled("expressions at +2 standard deviations", expression_rows(model)),
            titled("face pictures, 256 pixels", face_row(model, 5, 240, seed=4)),
            titled("face pictures as the networks see them, 64 pixels, other people", face_row(model, 16, 75, seed=5)),
        ]
    )


def mean_row(model: MorphableModel) -> Image:
    """The mean from four sides."""
    vertices, faces = model.mean.numpy(), model.faces.numpy()
    return row(still(vertices, faces, WIDTH // 4, azimuth) for azimuth in (0.0, -40.0, -90.0, 150.0))


def shape_rows(model: MorphableModel) -> Image:
    """Each direction at both ends, from the front and from the side: two directions a row."""
    cells = []
    for index, field in enumerate(NAMED[:DIRECTIONS_SHOWN]):
        for deviations in (-2.0, 2.0):
            vertices = posed(model, shape={index: deviations})
            for azimuth in (0.0, -75.0):
                cell = still(vertices, model.faces.numpy(), WIDTH // 8, azimuth)
                name = f"{field.__name__.replace('_', ' ')} {deviations:+.0f}"
                cells.append(captioned(cell, name if azimuth == 0 else ""))
    return np.concatenate([row(cells[start : start + 8]) for start in range(0, len(cells), 8)])


def expression_rows(model: MorphableModel) -> Image:
    """The ten expressions, five a row."""
    cells = []
    for index, field in enumerate(EXPRESSIONS):
        vertices = posed(model, expression={index: 2.0})
        cell = still(vertices, model.faces.numpy(), WIDTH // 5, -15.0)
        cells.append(captioned(cell, field.__name__.replace("_", " ")))
    return np.concatenate([row(cells[:5]), row(cells[5:])])


def face_row(model: MorphableModel, count: int, edge: int, seed: int) -> Image:
    """Pictures of invented people, ``edge`` pixels each on the catalogue."""
    rng = np.random.default_rng(seed)
    cells = []
    for _ in range(count):
        look = Appearance(
            skin=SKIN[rng.integers(len(SKIN))],
            hair=HAIR[rng.integers(len(HAIR))],
            iris=IRIS[rng.integers(len(IRIS))],
            background=(rng.uniform(0.4, 0.8), rng.uniform(0.4, 0.8), rng.uniform(0.4, 0.8)),
            hair_length=float(rng.choice([0.0, 0.0, 0.9])),
            hair_volume=rng.uniform(3.0, 11.0),
            yaw=rng.normal(0.0, 6.0),
            pitch=rng.normal(0.0, 3.0),
        )
        size = 64 if edge < 128 else 256
        image, _ = face_picture(model, rng.normal(size=40), rng.normal(0.0, 0.4, 10), look, size)
        cells.append(np.asarray(Picture.fromarray(image).resize((edge, edge), Picture.Resampling.BICUBIC)))
    return row(cells)


def posed(
    model: MorphableModel, *, shape: dict[int, float] | None = None, expression: dict[int, float] | None = None
) -> np.ndarray:
    """Vertices (N, 3) with a few coefficients set, in standard deviations."""
    coefficients = []
    for chosen, sd in ((shape, model.shape_sd), (expression, model.expression_sd)):
        values = torch.zeros(1, len(sd))
        for index, value in (chosen or {}).items():
            values[0, index] = value
        coefficients.append(values)
    vertices: np.ndarray = model.vertices(*coefficients)[0].numpy()
    return vertices


def row(cells: Iterable[Image]) -> Image:
    """Pictures side by side, filled up with white to the width of the catalogue."""
    joined = np.concatenate(list(cells), axis=1)
    return np.pad(joined, ((0, 0), (0, WIDTH - joined.shape[1]), (0, 0)), constant_values=255)


def captioned(cell: Image, words: str) -> Image:
    """A picture under a few words on a band of its own grey."""
    picture = Picture.fromarray(np.pad(cell, ((16, 0), (0, 0), (0, 0)), mode="edge"))
    ImageDraw.Draw(picture).text((6, 3), words, fill=(90, 90, 90))
    return np.asarray(picture)


def titled(words: str, rows: Image) -> Image:
    """Rows under a line of words."""
    band = Picture.new("RGB", (WIDTH, 30), "white")
    ImageDraw.Draw(band).text((8, 8), words, fill=(30, 30, 30), font_size=15)
    return np.concatenate([np.asarray(band), rows])


if __name__ == "__main__":
    main()
