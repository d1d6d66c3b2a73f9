"""What the engine is asked to do. Each refusal of it comes as an `EngineRefused` with the same message."""

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from studyserver.generation.engine.refusals import engine_refusals
from studyserver.generation.media.encoding import TURNTABLE_FRAMES
from studyserver.generation.media.maker import MediaMaker
from studyserver.generation.media.predictions import Floats, Predictions
from studyserver.generation.media.shelf import MediaShelf

if TYPE_CHECKING:
    from cmp_engine.building import BuildSummary

Progress = Callable[[int, int], None]
Table = dict[str, Any]

# The published evaluation predicts from the first three recordings of each test person.
UTTERANCES_PER_IDENTITY = 3


@engine_refusals()
def simulate_people(
    out: Path, *, identities: int, utterances: int, coupling: str, seed: int, progress: Progress
) -> None:
    """Write a simulated data set; what cannot be simulated is refused."""
    from cmp_engine.simulation import simulate

    simulate(out, identities=identities, utterances=utterances, coupling=coupling, seed=seed, progress=progress)


@engine_refusals()
def build_from_folders(
    out: Path,
    *,
    voices: Path,
    faces: Path,
    meta: Path,
    model: str,
    landmarks: str,
    workers: int | None,
    progress: Progress,
) -> "BuildSummary":
    """Build a data set from recordings and pictures of real people; what cannot be built is refused."""
    from cmp_engine.building import build

    return build(
        out,
        voices=voices,
        faces=faces,
        meta=meta,
        model=model,
        landmarks=landmarks,
        workers=workers,
        progress=progress,
    )


@engine_refusals()
def train(stage: str, *, dataset: Path, profile: str, run: Path, device: str, progress: Progress) -> Path:
    """Train one stage in the folder of a run, from its last checkpoint on; its finished checkpoint."""
    from cmp_engine.config import load_config
    from cmp_engine.data import Voxceleb3D
    from cmp_engine.training import train_stage

    return train_stage(
        stage, dataset=Voxceleb3D(dataset), config=load_config(profile), run=run, device=device, progress=progress
    )


@engine_refusals()
def predict(run: Path, condition: str, *, dataset: Path, device: str, progress: Progress) -> Predictions:
    """Faces from the first recordings of each test person, by the trained networks in the folder of a run."""
    from cmp_engine.data import Voxceleb3D, load_features
    from cmp_engine.inference import VoiceToFace

    opened = Voxceleb3D(dataset)
    predictor = VoiceToFace.load(run, condition, device=device)
    names, utterances, faces = [], [], []
    for done, identity in enumerate(opened.test, start=1):
        chosen = identity.utterances[:UTTERANCES_PER_IDENTITY]
        faces += predictor.predict([load_features(path) for path in chosen])
        names += [identity.name] * len(chosen)
        utterances += [path.relative_to(opened.root).with_suffix("").as_posix() for path in chosen]
        progress(done, len(opened.test))
    images = [face.image for face in faces if face.image is not None]
    return Predictions(
        identities=tuple(names),
        utterances=tuple(utterances),
        images=np.stack(images) if images else np.zeros((0, 64, 64, 3), np.uint8),
        shapes=np.stack([face.shape for face in faces]),
        expressions=np.stack([face.expression for face in faces]),
    )


@engine_refusals()
def reference_pictures(dataset: Path) -> dict[str, Path]:
    """The picture of each test person who has a reference."""
    from cmp_engine.data import Voxceleb3D

    return {each.name: each.reference.picture for each in Voxceleb3D(dataset).test if each.reference}


def media_maker(folder: Path) -> MediaMaker:
    """Makes what participants see of a prediction, on the head at full resolution; its files are kept in ``folder``."""
    from cmp_engine.inference.voice_to_face import mesh_of
    from cmp_engine.morphable import MorphableModel
    from cmp_engine.rendering import turntable

    model = MorphableModel.analytic("full")
    return MediaMaker(
        MediaShelf(folder),
        topology=model.topology,
        mesh_of=lambda shape, expression: (mesh_of(model, shape, expression), model.faces.numpy()),
        turntable=partial(turntable, frames=TURNTABLE_FRAMES),
    )


@engine_refusals()
def measure_ratios(predictions: Mapping[str, Predictions], dataset: Path, *, progress: Progress) -> Table:
    """Absolute ratio errors of each condition's faces (the paper's Table 1); see docs/reference/metrics.md."""
    from cmp_engine.data import Voxceleb3D
    from cmp_engine.inference.run_table import ratio_table

    return ratio_table(_coefficients(predictions), Voxceleb3D(dataset), progress=progress)


@engine_refusals()
def measure_everything(predictions: Mapping[str, Predictions], dataset: Path, *, progress: Progress) -> Table:
    """Every metric of each condition (docs/reference/metrics.md): with oracles, intervals and the paper's numbers.

    Raises:
        EngineRefused: the data set is gone or has no references, or the predictions do not cover it.
    """
    from cmp_engine.data import Voxceleb3D
    from cmp_engine.inference.run_table import metric_table

    return metric_table(_coefficients(predictions), Voxceleb3D(dataset), progress=progress)


def _coefficients(predictions: Mapping[str, Predictions]) -> dict[str, dict[str, tuple[Floats, Floats]]]:
    """What each condition predicted for each person: shape (U, 40) and expression (U, 10) of the utterances."""
    return {
        slug: {name: (each.shapes[rows], each.expressions[rows]) for name, rows in each.by_identity()}
        for slug, each in predictions.items()
    }
