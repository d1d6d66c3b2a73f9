"""The table of a run: what its conditions, and the oracles, make of the test identities of its data set."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from cmp_engine.data import DatasetError, Voxceleb3D, read_obj
from cmp_engine.inference.metrics import BASELINE, Coefficients, Floats, Scores, all_scores, model_for, ratio_scores
from cmp_engine.inference.oracles import mean_shapes, oracle_shapes
from cmp_engine.morphable import MorphableModel
from evaluation.faces.ratios import PAPER_TABLE_1, RATIO_COLUMNS

MEAN_FACE = "mean-all"
Predicted = Mapping[str, Mapping[str, Coefficients]]
"""Per condition and identity."""
Progress = Callable[[int, int], object]


def ratio_table(predicted: Predicted, dataset: Voxceleb3D, *, progress: Progress) -> dict[str, Any]:
    """Absolute ratio errors of the conditions (paper, Table 1), as plain numbers.

    Args:
        predicted: coefficients for every test identity with a reference.
        dataset: with reference meshes.
        progress: called with the number of finished conditions and their total.

    Returns:
        ``topology``, ``identities``, ``simulated_data`` and ``conditions``; see docs/reference/metrics.md.

    Raises:
        DatasetError: there is no reference, its topology is none of the built-in head, or a prediction is missing.
    """
    model, references = _references(dataset)
    scores = {}
    for done, (condition, faces) in enumerate(predicted.items(), start=1):
        scores[condition] = ratio_scores(faces, references, model=model)
        progress(done, len(predicted))
    return _facts(dataset, model, references) | {"conditions": _rows(scores, scores.get(BASELINE))}


def metric_table(predicted: Predicted, dataset: Voxceleb3D, *, progress: Progress) -> dict[str, Any]:
    """Every metric of the conditions and of the oracles, and the paper's own numbers.

    Args:
        predicted, dataset: as for `ratio_table`.
        progress: called with the number of finished identities and the total over all rows.

    Returns:
        The keys of `ratio_table`, and ``oracles``, ``oracles_missing`` (why there are none; empty where there are),
        ``baseline`` and ``paper``; see docs/reference/metrics.md.

    Raises:
        DatasetError: as for `ratio_table`.
    """
    model, references = _references(dataset)
    oracles, missing = _oracles(dataset, model, references)
    done, total = 0, len(references) * (len(predicted) + len(oracles))

    def on_identity() -> None:
        nonlocal done
        done += 1
        progress(done, total)

    def score(faces: Mapping[str, Coefficients]) -> Scores:
        return all_scores(faces, references, model=model, on_identity=on_identity)

    scores = {condition: score(faces) for condition, faces in predicted.items()}
    oracle_scores = {name: score(faces) for name, faces in oracles.items()}
    baseline, mean_face = scores.get(BASELINE), oracle_scores.get(MEAN_FACE)
    return _facts(dataset, model, references) | {
        "conditions": _rows_beside(mean_face, scores, baseline),
        "oracles": _rows_beside(mean_face, oracle_scores, baseline),
        "oracles_missing": missing,
        "baseline": BASELINE if baseline else None,
        "paper": {name: dict(zip(RATIO_COLUMNS, row, strict=True)) for name, row in PAPER_TABLE_1.items()},
    }


def _references(dataset: Voxceleb3D) -> tuple[MorphableModel, dict[str, Floats]]:
    """The vertices (N, 3) of every reference mesh, and the model they are on."""
    references = {each.name: read_obj(each.reference.mesh)[0] for each in dataset.test if each.reference}
    if not references:
        raise DatasetError(f"{dataset.root}: no test identity has a reference in A2E_val/; complete the data set.")
    sizes = {len(vertices): name for name, vertices in references.items()}
    if len(sizes) > 1:
        (one, first), (other, second), *_ = sizes.items()
        raise DatasetError(
            f"{dataset.root}: the reference of {first} has {one} vertices, that of {second} {other}; all must be on "
            "one topology."
        )
    return model_for(next(iter(sizes))), references


def _oracles(
    dataset: Voxceleb3D, model: MorphableModel, references: Mapping[str, Floats]
) -> tuple[dict[str, dict[str, Coefficients]], str]:
    """What the oracles predict per identity; or why there are none, since a data set of test people has no fits."""
    try:
        means = mean_shapes(dataset, model)
    except DatasetError as error:
        return {}, str(error)
    neutral = np.zeros((1, len(model.expression_sd)), np.float32)
    identities = tuple(each for each in dataset.test if each.name in references)
    oracles = oracle_shapes(means, identities)
    return {
        name: {who: (shape[None], neutral) for who, shape in shapes.items()} for name, shapes in oracles.items()
    }, ""


def _rows(scores: Mapping[str, Scores], baseline: Scores | None) -> dict[str, dict[str, object]]:
    return {name: each.as_table(baseline if each is not baseline else None) for name, each in scores.items()}


def _rows_beside(
    mean_face: Scores | None, scores: Mapping[str, Scores], baseline: Scores | None
) -> dict[str, dict[str, object]]:
    """The rows, each with its gain over the oracle that a method must beat to show that it hears anything."""
    rows = _rows(scores, baseline)
    for name, each in scores.items():
        rows[name]["gain_over_mean_all"] = each.gains(mean_face) if mean_face and each is not mean_face else {}
    return rows


def _facts(dataset: Voxceleb3D, model: MorphableModel, references: Mapping[str, Floats]) -> dict[str, Any]:
    return {
        "topology": model.topology,
        "identities": len(references),
        "simulated_data": dataset.is_simulated,
    }
