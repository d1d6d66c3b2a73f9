"""How well a fit recovers known faces from noisy landmarks: the table of docs/reference/morphable-models.md.

    python -m cmp_engine.morphable.noise_table SOURCE

prints it for a model (``analytic``, or a file as in ``cmp_engine.morphable.sources``).
"""

import argparse
from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor

from cmp_engine.exceptions import EngineError
from cmp_engine.morphable.fitting import fit_landmarks, similarity
from cmp_engine.morphable.model import MorphableModel
from cmp_engine.morphable.sources import open_model

FACES = 200
NOISES_MM = (0.0, 0.5, 1.0, 2.0, 4.0)
SMALLEST_NOISE_MM = 0.1
"""Assumed of landmarks without noise, for which the fit still needs some."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the table of a model."""
    parser = argparse.ArgumentParser(prog="python -m cmp_engine.morphable.noise_table", description=__doc__)
    parser.add_argument("source", metavar="SOURCE", help="The model, for example analytic:medium.")
    source: str = parser.parse_args(arguments).source
    try:
        print(table(open_model(source)))  # noqa: T201 - made to print
    except EngineError as error:
        parser.error(str(error))


class Recovery(NamedTuple):
    """Mean distances to the true faces in mm, with the landmarks laid on each other, and how much shape is recovered.

    Attributes:
        landmarks_mm: of the landmarks.
        face_mm: of all vertices.
        shape_explained: variance of the shape coefficients that the fit explains, at most 1.
    """

    landmarks_mm: float
    face_mm: float
    shape_explained: float


def recovery(model: MorphableModel, noise_mm: float, *, faces: int = FACES, seed: int = 0) -> Recovery:
    """Draw faces, disturb their landmarks by normal noise per axis, fit, and compare.

    Args:
        model: any with landmarks.
        noise_mm: standard deviation of the noise, which the fit is told.
        faces: how many.
        seed: of coefficients and noise.
    """
    generator = torch.Generator().manual_seed(seed)
    shape, expression = _draw(model, faces, generator)
    true = model.vertices(shape, expression)
    landmarks = true[:, model.landmarks] + noise_mm * torch.randn(faces, 68, 3, generator=generator)
    fit = fit_landmarks(model, landmarks, noise_mm=max(noise_mm, SMALLEST_NOISE_MM))
    explained = 1.0 - (fit.shape - shape).square().mean() / shape.square().mean()
    return Recovery(*_distances(model, model.vertices(fit.shape, fit.expression), true), explained.item())


def without_fit(model: MorphableModel, *, faces: int = FACES, seed: int = 0) -> Recovery:
    """The same for the mean face in the place of a fit: what a fit must beat."""
    true = model.vertices(*_draw(model, faces, torch.Generator().manual_seed(seed)))
    return Recovery(*_distances(model, model.mean.expand_as(true), true), 0.0)


def table(model: MorphableModel) -> str:
    """The table in Markdown."""
    rows = {"mean face": without_fit(model)} | {str(noise_mm): recovery(model, noise_mm) for noise_mm in NOISES_MM}
    lines = [
        "| noise per axis (mm) | landmarks off by (mm) | face off by (mm) | shape explained |",
        "|---|---|---|---|",
    ]
    for name, found in rows.items():
        explained = f"{100 * found.shape_explained:.0f} %"
        lines.append(f"| {name} | {found.landmarks_mm:.2f} | {found.face_mm:.2f} | {explained} |")
    return "\n".join(lines)


def _draw(model: MorphableModel, faces: int, generator: torch.Generator) -> tuple[Tensor, Tensor]:
    shape = torch.randn(faces, len(model.shape_sd), generator=generator)
    return shape, torch.randn(faces, len(model.expression_sd), generator=generator)


def _distances(model: MorphableModel, vertices: Tensor, true: Tensor) -> tuple[float, float]:
    """Mean distance of the landmarks and of all vertices; place, turn and size are no matter of shape."""
    known = model.landmarks[model.has_landmark]
    vertices, true = vertices.double(), true.double()
    pose = similarity(vertices[:, known], true[:, known], torch.ones(len(known)).double())
    distance = (pose.applied(vertices) - true).norm(dim=2)  # (B, N)
    return distance[:, known].mean().item(), distance.mean().item()


if __name__ == "__main__":
    main()
