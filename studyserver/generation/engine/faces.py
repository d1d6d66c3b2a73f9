"""The files of a face for each recording of one's own."""

import json
import logging
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from studyserver.generation.engine.refusals import engine_refusals
from studyserver.generation.exceptions import EngineRefused
from studyserver.generation.media import encoding
from studyserver.generation.media.predictions import Floats

if TYPE_CHECKING:
    from cmp_engine.inference.portrait import Portrait
    from cmp_engine.morphable import MorphableModel

log = logging.getLogger(__name__)

FacesOf = Callable[[Sequence[Path]], Iterator[dict[str, bytes] | EngineRefused]]


@engine_refusals()
def load_faces_of(run: Path, conditions: Sequence[str], *, dataset: str, device: str) -> FacesOf:
    """Load the trained conditions once; the returned function turns recordings into files, ``<condition>/<file>``.

    It hears all recordings it is given, predicts their faces together, and hands over the files of one after the
    other; in their place, for what is no recording of speech, the reason.

    Args:
        run: folder of the run.
        dataset: what the run was trained on; its mean faces are what ``face.json`` compares with.

    Raises:
        EngineRefused: a checkpoint is missing or belongs to another architecture.
    """
    from cmp_engine.inference import VoiceToFace
    from cmp_engine.inference.portrait import PortraitMaker
    from cmp_engine.morphable import MorphableModel

    predictors = {slug: VoiceToFace.load(run, slug, device=device) for slug in conditions}
    model = MorphableModel.analytic("full")
    maker = PortraitMaker(model, _mean_shapes(run, dataset, model))

    def faces_of(voices: Sequence[Path]) -> Iterator[dict[str, bytes] | EngineRefused]:
        heard = [_heard(voice) for voice in voices]
        mels = [each for each in heard if not isinstance(each, EngineRefused)]
        predicted = {slug: iter(predictor.predict(mels)) for slug, predictor in predictors.items()}
        for each in heard:
            if isinstance(each, EngineRefused):
                yield each
                continue
            files: dict[str, bytes] = {}
            for slug, faces in predicted.items():
                made = _portrait_files(maker.make(next(faces)), about={"condition": slug, "run": run.name})
                files |= {f"{slug}/{name}": content for name, content in made.items()}
            yield files

    return faces_of


def _heard(voice: Path) -> Floats | EngineRefused:
    """The features of a recording, or why there are none."""
    from cmp_engine.audio import voice_features

    try:
        with engine_refusals():
            return voice_features(voice)
    except EngineRefused as error:
        return error


def _mean_shapes(run: Path, dataset: str, model: "MorphableModel") -> dict[str, Floats]:
    """The mean faces of a run's training set; none, and a warning, where its data set is gone or has no fits."""
    from cmp_engine.data import DatasetError
    from cmp_engine.inference.oracles import mean_shapes_of_run

    try:
        return mean_shapes_of_run(run, dataset, model)
    except DatasetError as error:
        log.warning("No face.json, which compares with mean faces: %s", error)
        return {}


def _portrait_files(portrait: "Portrait", *, about: dict[str, str]) -> dict[str, bytes]:
    from cmp_engine.data.meshes import obj_text

    files = {
        "mesh.glb": encoding.encode_glb(portrait.vertices, portrait.faces),
        "mesh.obj": obj_text(portrait.vertices, portrait.faces).encode(),
    }
    for name, pixels in (("overlay", portrait.overlay), ("still", portrait.still)):
        if pixels is not None:
            files[f"{name}.png"] = encoding.encode_png(pixels, size=len(pixels))
    if portrait.image is not None:
        files["image.png"] = encoding.encode_png(portrait.image)
    if portrait.likeness is not None:
        files["face.json"] = json.dumps(about | portrait.likeness, indent=1).encode()
    return dict(sorted(files.items()))
