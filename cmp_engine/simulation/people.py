"""The files of one simulated person: recordings, features, pictures, coefficients and meshes.

Each file has its own random stream, so files that are there already are skipped and the others come out the same.
"""

import io
from pathlib import Path

import numpy as np
import soundfile
import torch
from numpy.typing import NDArray

from cmp_engine.audio import SAMPLE_RATE_HZ, voice_features
from cmp_engine.data import is_test_name, write_obj
from cmp_engine.data.faces import FACE_SIZE, PARAMETERS
from cmp_engine.data.layout import FEATURES, FITS, PICTURES, RECORDINGS, REFERENCES, named
from cmp_engine.data.writing import stored_codes, write_array, write_face, write_jpeg
from cmp_engine.io import write_bytes
from cmp_engine.morphable import MorphableModel
from cmp_engine.rendering import face_picture
from cmp_engine.simulation.appearance import EXPRESSIONS, Look, draw_expression
from cmp_engine.simulation.population import SHAPES, Person
from cmp_engine.simulation.speech import synthesize

UTTERANCE_S = 6.0
FACES = 6
_REFERENCE_SIZE = 256
# Streams of random numbers of one person.
_SPEECH, _LOOK, _PICTURE, _VIDEO = range(4)
_VIDEO_LETTERS = tuple("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")


def write_person(numbered: tuple[int, Person], *, out: Path, utterances: int, seed: int) -> None:
    """Write what is missing of one person's files.

    Args:
        numbered: the person's number in the population, from 0, and the person.
        out: root of the data set.
        utterances: number of recordings.
        seed: the population's seed.
    Raises:
        WriteError: a file cannot be written.
    """
    number, person = numbered

    def stream(*purpose: int) -> np.random.Generator:
        return np.random.default_rng([seed, number, *purpose])

    for utterance in range(utterances):
        # Two utterances come from one video.
        video = "".join(stream(_VIDEO, utterance // 2).choice(_VIDEO_LETTERS, 11))
        place = Path(person.vox_id, video, f"{utterance + 1:05d}")
        _write_utterance(out, place, person, stream(_SPEECH, utterance))
    look = Look(stream(_LOOK))
    for picture in range(1, FACES + 1):
        _write_face(out, picture, person, look, stream(_PICTURE, picture))
    if is_test_name(person.name):
        _write_reference(out / REFERENCES / person.name, person, look)


def _write_utterance(out: Path, place: Path, person: Person, rng: np.random.Generator) -> None:
    """A recording and its features."""
    features = (out / FEATURES / place).with_suffix(".npy")
    if features.exists():
        return
    pcm = synthesize(person.voice, UTTERANCE_S, rng)
    recording = io.BytesIO()
    soundfile.write(recording, pcm, SAMPLE_RATE_HZ, subtype="PCM_16", format="WAV")
    write_bytes((out / RECORDINGS / place).with_suffix(".wav"), recording.getvalue())
    write_array(features, voice_features(pcm))


def _write_face(out: Path, picture: int, person: Person, look: Look, rng: np.random.Generator) -> None:
    """A picture with its true parameters; for training identities also the fit that the layout asks for."""
    path = out / PICTURES / person.name / f"{picture}.jpg"
    if path.exists():
        return
    model = MorphableModel.analytic("medium")
    expression = draw_expression(rng)
    rgb, pose12 = face_picture(model, person.shape, expression, look.snapshot(rng), FACE_SIZE)
    texture = np.zeros(PARAMETERS - len(pose12) - SHAPES - EXPRESSIONS)
    write_array(path.with_suffix(".npy"), np.concatenate([pose12, person.shape, expression, texture]))
    if not is_test_name(person.name):
        fit = out / FITS / person.name / str(picture)
        write_array(named(fit, ".npy"), stored_codes(model, person.shape, expression)[0])
        # The coarsest level (3,242 vertices): there are many of these clouds.
        coarse = MorphableModel.analytic("low")
        write_face(fit, rgb, _vertices(coarse, person.shape, expression), coarse.faces.numpy(), pose12)
    # Last, because it marks the others as done.
    write_jpeg(path, rgb)


def _write_reference(folder: Path, person: Person, look: Look) -> None:
    """Ground truth of a test identity: a portrait with a neutral face, coefficients, cloud and mesh."""
    stem = folder / person.name
    if named(stem, ".jpg").exists():
        return
    model = MorphableModel.analytic("medium")
    neutral = np.zeros(EXPRESSIONS, np.float32)
    rgb, pose12 = face_picture(model, person.shape, neutral, look.reference(), _REFERENCE_SIZE)
    write_array(named(stem, ".npy"), np.concatenate(stored_codes(model, person.shape, neutral)))
    vertices, faces = _vertices(model, person.shape, neutral), model.faces.numpy()
    write_face(stem, rgb, vertices, faces, pose12)
    write_obj(named(stem, ".obj"), vertices, faces)
    write_jpeg(named(stem, ".jpg"), rgb)


def _vertices(
    model: MorphableModel, shape: NDArray[np.float64], expression: NDArray[np.float32]
) -> NDArray[np.float32]:
    """The mesh of a face, (N, 3) in mm."""
    coefficients = (torch.tensor(row, dtype=torch.float32)[None] for row in (shape, expression))
    vertices: NDArray[np.float32] = model.vertices(*coefficients)[0].numpy()
    return vertices
