"""From recordings to the files of their faces: the one way that all commands take.

A face is ``image.png`` (where the condition makes a picture), ``mesh.glb`` (metres), ``mesh.obj`` (millimetres),
``still.png``, ``overlay.png`` (the mesh on the picture) and ``face.json`` (a comparison with mean faces).
"""

import json
import logging
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from cmp_engine.audio import AudioError, voice_features
from cmp_engine.data import DatasetError
from cmp_engine.data.meshes import glb_bytes, obj_text
from cmp_engine.inference.oracles import mean_shapes_of_run
from cmp_engine.inference.portrait import Portrait, PortraitMaker
from cmp_engine.inference.voice_to_face import VoiceToFace
from cmp_engine.io import write_bytes
from cmp_engine.morphable import MorphableModel
from cmp_engine.rendering.png import png_bytes

log = logging.getLogger(__name__)

IMAGE_SIDE = 256  # pixels; as large as participants see it
Files = dict[str, bytes]
"""Content by name."""


class FaceMaker:
    """Conditions of a trained run, ready to give recordings a face.

    Args:
        run: its name, for ``face.json``.
        predictors: by condition.
        portraits: draws and describes what they predict.
    """

    def __init__(self, run: str, predictors: Mapping[str, VoiceToFace], portraits: PortraitMaker) -> None:
        self._run = run
        self._predictors = predictors
        self._portraits = portraits

    @classmethod
    def load(
        cls, run: Path, conditions: Sequence[str], *, dataset: str | Path | None = None, device: str = "cpu"
    ) -> "FaceMaker":
        """Load the finished stages of conditions, once for many recordings.

        Args:
            run: folder of a training run.
            conditions: such as ``base-2`` and ``cmp-unsupervised``.
            dataset: what the run was trained on, whose mean faces ``face.json`` compares with; not needed where the
                run keeps them from an earlier call. Without either there is no ``face.json``, and a warning.
            device: ``cpu``, ``cuda`` or ``auto``.

        Raises:
            ConfigError: unknown condition, or a damaged ``config.toml``.
            CheckpointError: the run lacks a stage of a condition, or a checkpoint does not fit.
            DeviceError: this machine lacks the device.
        """
        predictors = {condition: VoiceToFace.load(run, condition, device) for condition in conditions}
        model = MorphableModel.analytic("full")
        try:
            means = mean_shapes_of_run(run, dataset, model)
        except DatasetError as error:
            log.warning("No face.json, which compares with mean faces: %s", error)
            means = {}
        return cls(run.name, predictors, PortraitMaker(model, means))

    def files_of(self, voices: Sequence[Path]) -> Iterator[dict[str, Files] | AudioError]:
        """The files of each recording's faces, by condition; where it is no recording of speech, the reason.

        All are heard and predicted together, then drawn one after the other.
        """
        heard = [_heard(voice) for voice in voices]
        mels = [each for each in heard if not isinstance(each, AudioError)]
        predicted = {condition: iter(each.predict(mels)) for condition, each in self._predictors.items()}
        for each in heard:
            if isinstance(each, AudioError):
                yield each
                continue
            yield {
                condition: files_of(self._portraits.make(next(faces)), {"condition": condition, "run": self._run})
                for condition, faces in predicted.items()
            }


def _heard(voice: Path) -> NDArray[np.float32] | AudioError:
    """The features of a recording, or why there are none."""
    try:
        return voice_features(voice)
    except AudioError as error:
        return error


def files_of(portrait: Portrait, about: Mapping[str, str]) -> Files:
    """The files of one face, sorted by name.

    Args:
        portrait: what is drawn and said of it.
        about: what ``face.json`` begins with.
    """
    files = {
        "mesh.glb": glb_bytes(portrait.vertices, portrait.faces),
        "mesh.obj": obj_text(portrait.vertices, portrait.faces).encode(),
        "still.png": png_bytes(portrait.still),
    }
    if portrait.image is not None:
        files["image.png"] = png_bytes(portrait.image, side=IMAGE_SIDE)
    if portrait.overlay is not None:
        files["overlay.png"] = png_bytes(portrait.overlay)
    if portrait.likeness is not None:
        files["face.json"] = json.dumps({**about, **portrait.likeness}, indent=1).encode()
    return dict(sorted(files.items()))


def write_files(folder: Path, files: Files) -> list[Path]:
    """Write the files of a face, each whole; returns their paths.

    Raises:
        WriteError: the folder or a file cannot be written.
    """
    for name, content in files.items():
        write_bytes(folder / name, content)
    return [folder / name for name in files]
