"""Mean faces of the training set: what a method must beat, and what a face is compared with."""

import io
import logging
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from cmp_engine.data import DatasetError, Identity, Voxceleb3D
from cmp_engine.data.fits import read_shapes
from cmp_engine.data.layout import FITS
from cmp_engine.io import WriteError, write_bytes
from cmp_engine.io.arrays import load_arrays
from cmp_engine.morphable import MorphableModel
from cmp_engine.runs.people import require_trained_on

log = logging.getLogger(__name__)

Floats = NDArray[np.float32]

GENDERS = {"female": "f", "male": "m"}
"""What the meta file of the data set writes. Female first: the released microphone demo calls a tie so."""


def mean_shapes(dataset: Voxceleb3D, model: MorphableModel) -> dict[str, Floats]:
    """The mean shape of all, of the female and of the male training identities.

    The oracles of the paper (Sec. 4, "simple oracles that use mean shapes of labels, such as male/female, as
    predictions"). Fits are averaged over the pictures of each identity, then over identities.

    Args:
        dataset: with fitted coefficients of the training identities in ``F2Z``.
        model: the model whose directions they belong to.

    Returns:
        Under ``all``, ``female`` and ``male``: shape coefficients in standard deviations, (40,). A gender that the
        meta file gives nobody is missing.

    Raises:
        DatasetError: a training identity has no fitted coefficients, or there is none, or they belong to another model.
    """
    dataset.require_fits_of("analytic-head")
    fitted = {each: _fitted_shape(dataset.root / FITS / each.name) / model.shape_sd.numpy() for each in dataset.train}
    if not fitted:
        raise DatasetError(f"{dataset.root} has no training identities (names from F to Z), so no mean faces.")
    groups = {"all": list(fitted.values())}
    for name, letter in GENDERS.items():
        groups[name] = [shape for each, shape in fitted.items() if each.gender == letter]
    return {name: np.mean(shapes, axis=0, dtype=np.float32) for name, shapes in groups.items() if shapes}


def mean_shapes_of_run(run: Path, dataset: str | Path | None, model: MorphableModel) -> dict[str, Floats]:
    """`mean_shapes` of a run's training set, kept in ``RUN/mean-shapes.npz`` for the next time.

    Args:
        run: folder of the run.
        dataset: what the run was trained on; read only the first time, when it must be named.
        model: as for `mean_shapes`.

    Returns:
        The means; where they cannot be kept, as in a folder that is read only, a warning says so.

    Raises:
        CheckpointError: the run has no voice encoder yet, whose checkpoint says what it was trained on.
        DatasetError: the data set is not named, gone, has no fitted coefficients or is not that of the run, or the
            file is damaged.
    """
    path = run / "mean-shapes.npz"
    if not path.is_file():
        if dataset is None:
            raise DatasetError(f"{run} keeps no mean faces yet; name the data set that it was trained on.")
        opened = Voxceleb3D(dataset)
        require_trained_on(run, opened)
        means = mean_shapes(opened, model)
        _keep(path, means)
        return means
    return load_arrays(path, error=DatasetError, remedy="delete it, and it is made again.")


def _keep(path: Path, means: Mapping[str, Floats]) -> None:
    content = io.BytesIO()
    np.savez(content, **means)  # type: ignore[arg-type]  # its stub takes the names for options
    try:
        write_bytes(path, content.getvalue())
    except WriteError as error:
        log.warning("The mean faces are worked out anew each time: %s", error)


def oracle_shapes(means: Mapping[str, Floats], identities: tuple[Identity, ...]) -> dict[str, dict[str, Floats]]:
    """What each oracle predicts for every identity, from the means of `mean_shapes`.

    ``mean-all``, ``mean-female`` and ``mean-male`` predict one face for everybody; ``mean-own-gender`` knows from the
    meta file which of the latter two to take, and is left out where that does not say it of all.
    """
    oracles = {f"mean-{name}": {each.name: shape for each in identities} for name, shape in means.items()}
    gender = {letter: name for name, letter in GENDERS.items()}
    if all(gender.get(each.gender) in means for each in identities):
        oracles["mean-own-gender"] = {each.name: means[gender[each.gender]] for each in identities}
    return oracles


def _fitted_shape(folder: Path) -> Floats:
    """The mean over one identity's pictures, (40,): lengths along unit directions in mm."""
    shapes = read_shapes(folder, need=", of which mean faces are made. Complete the folder F2Z.")
    mean: Floats = shapes.mean(dim=0).numpy()
    return mean
