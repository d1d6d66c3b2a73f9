"""A contact sheet: test identities beside what the conditions make of their voices."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from cmp_engine.data import DatasetError, Identity, Voxceleb3D, load_features, read_obj
from cmp_engine.exceptions import CheckpointError, ConfigError
from cmp_engine.inference.voice_to_face import FacePrediction, VoiceToFace
from cmp_engine.io.pictures import read_rgb
from cmp_engine.morphable import MorphableModel
from cmp_engine.rendering import still
from cmp_engine.runs.folder import finished_conditions

CELL = 192  # pixels
CLOSE = 230  # pixels; heads fill about 70 % of a still's width
Picture = NDArray[np.uint8]


def draw_sheet(run: Path, dataset: Voxceleb3D, *, rows: int = 8) -> Picture:
    """One row per test identity: reference picture and mesh, then picture and mesh of each trained condition.

    Args:
        run: folder of a trained run; conditions whose stages are not finished are left out.
        dataset: with references for its test identities.
        rows: number of identities at most, from 1; half of them men where there are enough, last.

    Returns:
        RGB, (rows * 192, columns * 192, 3) uint8. Columns: reference picture, reference mesh, then for
        base-1, base-2, cmp-unsupervised and cmp-supervised picture (where the condition makes one) and mesh.

    Raises:
        DatasetError: no test identity has a reference, or a picture or mesh of one cannot be read.
        CheckpointError: the run has no finished condition.
        ConfigError: ``rows`` is less than 1.
    """
    if rows < 1:
        raise ConfigError(f"a sheet of {rows} rows shows nobody; ask for 1 or more.")
    identities = women_and_men([each for each in dataset.test if each.reference is not None], rows)
    if not identities:
        raise DatasetError(f"{dataset.root}: no test identity has a reference in A2E_val/; complete the data set.")
    model = MorphableModel.analytic("medium")
    conditions = finished_conditions(run)
    if not conditions:
        raise CheckpointError(f"{run} has no finished condition; train first: python -m cmp_engine train.")
    columns = [[reference_picture(each) for each in identities], [reference_mesh(each) for each in identities]]
    for condition in conditions:
        features = [load_features(each.utterances[0]) for each in identities]
        predictions = VoiceToFace.load(run, condition).predict(features)
        pictures = [enlarged(each.image) for each in predictions if each.image is not None]
        columns += [pictures] if pictures else []
        columns += [[mesh_picture(each, model) for each in predictions]]
    return np.concatenate([np.concatenate(column, axis=0) for column in columns], axis=1)


def women_and_men(identities: Sequence[Identity], count: int) -> list[Identity]:
    """The first ``count`` identities, half of them men where there are enough; men last.

    People of whom the meta file does not say count among the women.
    """
    men = [each for each in identities if each.gender == "m"]
    others = [each for each in identities if each.gender != "m"]
    places_of_men = min(len(men), max(count // 2, count - len(others)))
    return others[: count - places_of_men] + men[:places_of_men]


def reference_picture(identity: Identity) -> Picture:
    """The picture of a test identity at the size of a cell."""
    assert identity.reference is not None
    picture = read_rgb(identity.reference.picture, error=DatasetError, remedy="restore the file.")
    return np.asarray(Image.fromarray(picture).resize((CELL, CELL), Image.Resampling.LANCZOS))


def reference_mesh(identity: Identity) -> Picture:
    """The mesh of a test identity, drawn from the front."""
    assert identity.reference is not None
    return close_up(*read_obj(identity.reference.mesh))


def mesh_picture(prediction: FacePrediction, model: MorphableModel) -> Picture:
    """The predicted mesh, drawn from the front."""
    return close_up(prediction.vertices(model), model.faces.numpy())


def close_up(vertices: NDArray[np.float32], faces: NDArray[np.int64]) -> Picture:
    """A mesh from the front, (192, 192, 3), drawn larger than the cell: differences of heads are small.

    What does not fit is background at the sides and the neck below; the crown stays.
    """
    side = (CLOSE - CELL) // 2
    return still(vertices, faces, size=CLOSE)[:CELL, side : side + CELL]


def enlarged(image: Picture) -> Picture:
    """A generated picture at the size of a cell."""
    return np.asarray(Image.fromarray(image).resize((CELL, CELL), Image.Resampling.BICUBIC))
