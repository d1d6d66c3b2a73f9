"""How well a run recovers what a simulated data set knows."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from cmp_engine.data import Identity, ParameterSampler, Voxceleb3D, load_face, load_features
from cmp_engine.data.faces import to_image_tensor
from cmp_engine.inference.voice_to_face import Shelf, VoiceToFace
from cmp_engine.networks import MESH_PARAMETERS, mesh_parameters
from cmp_engine.networks.image_to_3d import enlarge
from cmp_engine.networks.mesh_regressor import SHAPE
from cmp_engine.runs.folder import finished_conditions, read_config

Coefficients = NDArray[np.float32]
NO_SPREAD = 1e-5  # standard deviations of the model; a correlation below this would be one of rounding errors
UTTERANCES = 3  # of each test identity, the first in sorted order, as in the published evaluation


def check_run(run: Path, dataset: Voxceleb3D) -> str:
    """Tables of correlations between predicted and true shape coefficients over test identities.

    Args:
        run: folder of a run with finished stages.
        dataset: a simulated data set, whose pictures have their parameters beside them.

    Returns:
        Lines: the expert on real pictures, then each condition on voices, with the spread of its predictions.

    Raises:
        DatasetError: the pictures have no parameters.
        CheckpointError: the run lacks the expert.
    """
    predicted, truth = expert_answers(run, dataset.test)
    lines = [f"expert on {len(truth)} test pictures: {describe(predicted, truth)}"]
    for condition in finished_conditions(run):
        predicted, truth = voice_answers(run, condition, dataset.test)
        lines.append(f"{condition} on {len(truth)} test voices: {describe(predicted, truth)}")
    return "\n".join(lines)


def expert_answers(run: Path, identities: Sequence[Identity]) -> tuple[Coefficients, Coefficients]:
    """The expert's shape coefficients of all pictures, and the true ones, (N, 40) each."""
    known = ParameterSampler(identities)
    shelf = Shelf(run, read_config(run).networks, torch.device("cpu"))
    expert, whitening = shelf.expert("expert"), shelf.whitening("expert").part(MESH_PARAMETERS)
    with torch.inference_mode():
        images: Tensor = to_image_tensor([load_face(path) for path in known.paths])
        chunks = [
            mesh_parameters(expert, enlarge(part, shelf.sizes.regressor_pixels)) for part in torch.split(images, 64)
        ]
        predicted = whitening.restore(torch.cat(chunks))
    return predicted[:, SHAPE].numpy(), known.all_parameters()[:, SHAPE].numpy()


def voice_answers(run: Path, condition: str, identities: Sequence[Identity]) -> tuple[Coefficients, Coefficients]:
    """Shape coefficients that a condition hears in voices, and the true ones of the speakers, (N, 40) each."""
    pairs = [(path, each) for each in identities for path in each.utterances[:UTTERANCES]]
    predictions = VoiceToFace.load(run, condition).predict([load_features(path) for path, _ in pairs])
    truths = {each.name: ParameterSampler([each]).all_parameters()[0, SHAPE].numpy() for each in identities}
    return np.stack([each.shape for each in predictions]), np.stack([truths[each.name] for _, each in pairs])


def describe(predicted: Coefficients, truth: Coefficients) -> str:
    """Correlation of each of the first eight coefficients, their mean over all forty, and the spread."""
    correlations = [correlation(predicted[:, column], truth[:, column]) for column in range(truth.shape[1])]
    first = " ".join(f"{value:+.2f}" for value in correlations[:8])
    spread = predicted.std(axis=0)
    return (
        f"correlation of coefficients 1-8: {first}; mean of all {np.mean(correlations):+.2f}; "
        f"standard deviation of predictions 1-8: {' '.join(f'{value:.2f}' for value in spread[:8])}"
    )


def correlation(first: NDArray[np.float32], second: NDArray[np.float32]) -> float:
    """Pearson's correlation; zero where one side hardly varies."""
    if min(first.std(), second.std()) < NO_SPREAD:
        return 0.0
    return float(np.corrcoef(first.astype(np.float64), second.astype(np.float64))[0, 1])
