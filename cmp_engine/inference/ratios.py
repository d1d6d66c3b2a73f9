"""The paper's Table 1 for predicted coefficients: ratio errors against reference meshes."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from cmp_engine.data.errors import DatasetError
from cmp_engine.morphable import MorphableModel
from evaluation.ratios import RatioErrors, absolute_ratio_errors, mean_over_identities

Floats = NDArray[np.float32]
Coefficients = tuple[Floats, Floats]
"""Shape (U, 40) and expression (U, 10) of one identity's utterances, in standard deviations."""


@dataclass(frozen=True)
class RatioTable:
    """Absolute ratio errors of one condition.

    Attributes:
        total: averaged over the utterances of each identity, then over identities.
        per_identity: averaged over the utterances of each.
    """

    total: RatioErrors
    per_identity: Mapping[str, RatioErrors]

    def as_table(self) -> dict[str, object]:
        """Plain numbers: ER, FR, MR, CR, their mean, and the same per identity."""
        return {**_row(self.total), "per_identity": {name: _row(errors) for name, errors in self.per_identity.items()}}


def model_for(vertices: int) -> MorphableModel:
    """The level of the analytic head that reference meshes of so many vertices are on.

    Raises:
        DatasetError: they are on none, so that predicted and reference proportions cannot be compared.
    """
    for level in ("low", "medium", "full"):
        model = MorphableModel.analytic(level)
        if len(model.mean) == vertices:
            return model
    raise DatasetError(
        f"the reference meshes have {vertices} vertices, which is no level of the built-in head; ratio errors need "
        "predictions and references on one topology."
    )


def ratio_table(
    predicted: Mapping[str, Coefficients], references: Mapping[str, Floats], *, model: MorphableModel
) -> RatioTable:
    """Measure how far the proportions of predicted faces are from those of the people (paper, Sec. 4.1).

    Args:
        predicted: per identity.
        references: per identity the vertices (N, 3) of the reference mesh, in the order of ``model``; identities
            without one are left out, as in the published evaluation.
        model: turns coefficients into meshes.

    Raises:
        ValueError: no identity has a reference, or a reference has another number of vertices than the model.
    """
    per_identity = {}
    for name, (shape, expression) in predicted.items():
        if name in references:
            meshes = model.vertices(torch.from_numpy(shape), torch.from_numpy(expression)).numpy()  # (U, N, 3)
            per_identity[name] = absolute_ratio_errors(meshes, references[name], model.topology).averaged()
    return RatioTable(mean_over_identities(per_identity.items()), per_identity)


def _row(errors: RatioErrors) -> dict[str, float]:
    columns = {"ER": errors.ear, "FR": errors.forehead, "MR": errors.midline, "CR": errors.cheek, "mean": errors.mean}
    return {name: float(values[0]) for name, values in columns.items()}
