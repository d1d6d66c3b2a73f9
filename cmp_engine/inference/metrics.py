"""The metrics of predicted coefficients against reference meshes: the paper's Table 1, and the others."""

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from functools import partial

import numpy as np
import torch
from numpy.typing import NDArray

from cmp_engine.data.exceptions import DatasetError
from cmp_engine.morphable import MorphableModel
from evaluation.faces.alignment import surface_errors
from evaluation.faces.coherence import coherence
from evaluation.faces.identities import IdentityErrors, gain, mean_error, per_identity
from evaluation.faces.keypoints import keypoint_errors
from evaluation.faces.landmarks import TOPOLOGIES
from evaluation.faces.ratios import absolute_ratio_errors
from evaluation.interval import Interval

Floats = NDArray[np.float32]
Coefficients = tuple[Floats, Floats]
"""Shape (U, 40) and expression (U, 10) of one identity's utterances, in standard deviations."""
Measure = Callable[[Floats, Floats], dict[str, NDArray[np.float64]]]
"""From predicted meshes (U, N, 3) and the reference (N, 3) to errors (U,) by name."""

BASELINE = "base-2"
COHERENCE = ("coherence", "coherence sd")
# The parts of the face that are measured by themselves, each the sum of soft masks of the analytic head. A model
# whose regions have other names is measured in those.
ANALYTIC_PARTS = {
    "eyes": ("sclera", "iris", "pupil", "lashes"),
    "brows": ("brows",),
    "cheeks": ("flush",),
    "nostrils": ("nostrils",),
    "mouth": ("lips", "mouth"),
    "scalp": ("hair",),
}


@dataclass(frozen=True)
class Scores:
    """All metrics of one condition or oracle.

    Attributes:
        errors: one value per identity, by metric: ER, FR, MR, CR and mean (ARE, no unit); keypoint (no unit); point
            and ``point of <part>`` (shares of the outer-interocular distance); coherence and its standard deviation
            (mm), which are missing where nobody has two utterances.
    """

    errors: Mapping[str, IdentityErrors]

    def as_table(self, baseline: "Scores | None" = None) -> dict[str, object]:
        """Plain numbers: mean and interval of each metric, its gain over a baseline, and each identity's errors."""
        means = {name: mean_error(errors) for name, errors in self.errors.items()}
        people: dict[str, dict[str, float]] = {}
        for name, errors in self.errors.items():
            for who, value in zip(errors.identities, errors.values, strict=True):
                people.setdefault(str(who), {})[name] = float(value)
        return {
            **{name: found.mean for name, found in means.items()},
            "intervals": {name: _bounds(found.interval) for name, found in means.items()},
            "gain": self.gains(baseline) if baseline else {},
            "per_identity": people,
        }

    def gains(self, other: "Scores") -> dict[str, dict[str, object]]:
        """How far each mean error lies from that of another condition or oracle, paired by identity.

        Returns:
            By metric ``relative`` (-0.2 is a fifth less error) and ``interval``, as plain numbers. Coherence has none:
            it is no error.

        Raises:
            ValueError: the other one was measured on other identities, or has no error to compare with.
        """
        found = {
            name: gain(errors, other.errors[name]) for name, errors in self.errors.items() if name not in COHERENCE
        }
        return {name: {"relative": each.relative, "interval": _bounds(each.interval)} for name, each in found.items()}


def model_for(vertices: int) -> MorphableModel:
    """The level of the analytic head that reference meshes of so many vertices are on.

    Raises:
        DatasetError: they are on none, so that predicted and reference proportions cannot be compared.
    """
    for level in ("low", "medium", "full"):
        model = MorphableModel.analytic(level)
        if len(model.mean) == vertices:
            return model
    for topology in TOPOLOGIES.values():
        if topology.vertices == vertices and topology.lines is None:
            raise DatasetError(
                f"the reference meshes are on topology {topology.name!r}, which lacks vertices of the absolute ratio "
                "error; rebuild them on one that has them."
            )
    raise DatasetError(
        f"the reference meshes have {vertices} vertices, which is no level of the built-in head; ratio errors need "
        "predictions and references on one topology."
    )


def ratio_scores(
    predicted: Mapping[str, Coefficients], references: Mapping[str, Floats], *, model: MorphableModel
) -> Scores:
    """Measure only the absolute ratio errors (paper, Sec. 4.1): milliseconds, where `all_scores` takes seconds.

    Args:
        predicted: per identity.
        references: per identity the vertices (N, 3) of the reference mesh, in the order of ``model``; identities
            without one are left out, as in the published evaluation.
        model: turns coefficients into meshes.

    Raises:
        DatasetError: an identity with a reference has no prediction.
        ValueError: no identity has a reference, or a reference has another number of vertices than the model.
    """
    return Scores(_measured(predicted, references, model, partial(_ratios, topology=model.topology)))


def all_scores(
    predicted: Mapping[str, Coefficients],
    references: Mapping[str, Floats],
    *,
    model: MorphableModel,
    on_identity: Callable[[], object] = lambda: None,
) -> Scores:
    """Measure every metric of docs/reference/metrics.md.

    Args:
        predicted, references, model: as for `ratio_scores`.
        on_identity: called after each identity, for progress.

    Raises:
        DatasetError, ValueError: as for `ratio_scores`.
    """
    parts = parts_of(model)

    def measure(meshes: Floats, reference: Floats) -> dict[str, NDArray[np.float64]]:
        surface = surface_errors(meshes, reference, model.topology)
        errors = {
            **_ratios(meshes, reference, model.topology),
            "keypoint": keypoint_errors(meshes, reference, model.landmarks.numpy(), model.topology),
            "point": surface.point,
            **{f"point of {part}": values for part, values in surface.of_regions(parts).items()},
        }
        if len(meshes) > 1:
            found = coherence(meshes)
            errors |= {"coherence": np.array([found.variation]), "coherence sd": np.array([found.variation_sd])}
        on_identity()
        return errors

    return Scores(_measured(predicted, references, model, measure))


def parts_of(model: MorphableModel) -> dict[str, Floats]:
    """Weights (N,) of the parts of the face that are measured by themselves."""
    weights = {name: weight.numpy() for name, weight in model.regions.items()}
    if not all(mask in weights for masks in ANALYTIC_PARTS.values() for mask in masks):
        return weights
    return {part: np.sum([weights[mask] for mask in masks], axis=0) for part, masks in ANALYTIC_PARTS.items()}


def _ratios(meshes: Floats, reference: Floats, topology: str) -> dict[str, NDArray[np.float64]]:
    return absolute_ratio_errors(meshes, reference, topology).columns()


def _measured(
    predicted: Mapping[str, Coefficients], references: Mapping[str, Floats], model: MorphableModel, measure: Measure
) -> dict[str, IdentityErrors]:
    """Errors by metric, averaged over the utterances of each identity."""
    unheard = sorted(references.keys() - predicted.keys())
    if unheard:
        raise DatasetError(
            f"{len(unheard)} of {len(references)} test identities have no prediction, such as {unheard[0]}; make the "
            "predictions again with generate_stimuli."
        )
    names: dict[str, list[str]] = {}
    values: dict[str, list[NDArray[np.float64]]] = {}
    for who, reference in references.items():
        shape, expression = predicted[who]
        meshes = model.vertices(torch.from_numpy(shape), torch.from_numpy(expression)).numpy()  # (U, N, 3)
        for metric, errors in measure(meshes, reference).items():
            names.setdefault(metric, []).extend([who] * len(errors))
            values.setdefault(metric, []).append(errors)
    if not values:
        raise ValueError("no identity has a reference mesh to compare with")
    return {metric: per_identity(names[metric], np.concatenate(values[metric])) for metric in values}


def _bounds(interval: Interval | None) -> dict[str, float] | None:
    return None if interval is None else asdict(interval)
