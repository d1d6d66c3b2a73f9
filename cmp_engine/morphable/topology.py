"""From one vertex order of the Basel Face Model to a smaller one: 53,490 to 53,215 to 38,365.

The tables of kept vertices come with the models and are read from the user's files: ``trimIndex`` of 3DDFA's
``model_info.mat`` and 3DDFA-V2's ``indices.npy``. A mesh (B, N, 3) is converted by ``mesh[:, kept]``.
"""

from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from cmp_engine.morphable.model import MorphableModel
from cmp_engine.morphable.readers.array_files import load_npy
from cmp_engine.morphable.readers.arrays import NO_VERTEX, basis_rows, checked_numbers
from cmp_engine.morphable.readers.bfm import EARED, NECKLESS, VERTICES
from cmp_engine.morphable.readers.bfm_mat import read_trim_index
from cmp_engine.morphable.readers.exceptions import ModelFileError
from evaluation.faces.landmarks import named_topology

__all__ = ["read_neckless_index", "read_trim_index", "restricted"]


def read_neckless_index(path: Path) -> NDArray[np.int64]:
    """The numbers (38365,) among the 53,215 vertices of those that 3DDFA-V2 keeps: its ``indices.npy``.

    Raises:
        ModelFileError: the file is missing, damaged, or keeps another number of vertices.
    """
    kept = load_npy(path).reshape(-1)
    if len(kept) != VERTICES[NECKLESS]:
        raise ModelFileError(f"{path}: keeps {len(kept)} vertices, expected {VERTICES[NECKLESS]}; use 3DDFA-V2's.")
    return checked_numbers(kept, VERTICES[EARED], "indices", path)


def restricted(model: MorphableModel, kept: NDArray[np.integer], topology: str) -> MorphableModel:
    """The same model on some of its vertices; its coefficients keep their meaning.

    Faces and landmarks that lose a vertex are left out.

    Args:
        model: the model on more vertices.
        kept: (M,) numbers of the vertices to keep, in the order of ``topology``.
        topology: name of the smaller vertex order, a key of ``evaluation.faces.landmarks.TOPOLOGIES``.

    Raises:
        TopologyError: there is no such topology.
        ValueError: the topology has not M vertices, or ``kept`` names a vertex twice or one that the model lacks.
    """
    expected = named_topology(topology).vertices
    if len(kept) != expected or len(np.unique(kept)) != expected or kept.min() < 0 or kept.max() >= len(model.mean):
        raise ValueError(
            f"{topology!r} takes {expected} different vertices of the {len(model.mean)} of {model.name!r}, got "
            f"{len(kept)} numbers from {kept.min()} to {kept.max()}"
        )
    vertices = torch.from_numpy(kept.astype(np.int64))
    rows = torch.from_numpy(basis_rows(kept))
    places = torch.full((len(model.mean) + 1,), NO_VERTEX)  # the last entry is that of vertex -1, which no mesh has
    places[vertices] = torch.arange(len(vertices))
    faces: Tensor = places[model.faces]
    return replace(
        model,
        topology=topology,
        mean=model.mean[vertices],
        shape_basis=model.shape_basis[rows],
        expression_basis=model.expression_basis[rows],
        faces=faces[(faces != NO_VERTEX).all(dim=1)],
        landmarks=places[model.landmarks],
        regions={name: weight[vertices] for name, weight in model.regions.items()},
    )
