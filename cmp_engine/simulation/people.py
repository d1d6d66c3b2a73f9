"""The files of one simulated person: recordings, features, pictures, coefficients and meshes.

Each file has its own random stream, so files that are there already are skipped and the others come out the same.
"""

import io
from pathlib import Path

import numpy as np
import soundfile
import torch
from numpy.typing import NDArray
from PIL import Image

from cmp_engine.audio import SAMPLE_RATE_HZ, voice_features
from cmp_engine.data import is_test_name, write_obj, write_xyz
from cmp_engine.data.faces import FACE_SIZE, PARAMETERS
from cmp_engine.files import whole_file
from cmp_engine.morphable import MorphableModel
from cmp_engine.rendering import face_picture, overlay
from cmp_engine.simulation.appearance import EXPRESSIONS, Look, draw_expression
from cmp_engine.simulation.population import SHAPES, Person
from cmp_engine.simulation.speech import synthesize

UTTERANCE_S = 6.0
FACES = 6
_REFERENCE_SIZE = 256
# Lengths of the Basel Face Model's full codes, which the layout stores; what we do not use is zero.
_STORED_SHAPES, _STORED_EXPRESSIONS = 199, 29
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
        _write_reference(out / "A2E_val" / person.name, person, look)


def _write_utterance(out: Path, place: Path, person: Person, rng: np.random.Generator) -> None:
    """A recording and its features."""
    features = (out / "fbank" / place).with_suffix(".npy")
    if features.exists():
        return
    pcm = synthesize(person.voice, UTTERANCE_S, rng)
    recording = io.BytesIO()
    soundfile.write(recording, pcm, SAMPLE_RATE_HZ, subtype="PCM_16", format="WAV")
    _write(recording, (out / "wav" / place).with_suffix(".wav"))
    _write_array(features, voice_features(pcm))


def _write_face(out: Path, picture: int, person: Person, look: Look, rng: np.random.Generator) -> None:
    """A picture with its true parameters; for training identities also the fit that the layout asks for."""
    path = out / "VGG_ALL_FRONTAL" / person.name / f"{picture}.jpg"
    if path.exists():
        return
    model = MorphableModel.analytic("medium")
    expression = draw_expression(rng)
    rgb, pose12 = face_picture(model, person.shape, expression, look.snapshot(rng), FACE_SIZE)
    texture = np.zeros(PARAMETERS - len(pose12) - SHAPES - EXPRESSIONS)
    _write_array(path.with_suffix(".npy"), np.concatenate([pose12, person.shape, expression, texture]))
    if not is_test_name(person.name):
        fit = out / "F2Z" / person.name / str(picture)
        _write_array(fit.with_suffix(".npy"), _stored(person.shape, model.shape_sd, _STORED_SHAPES))
        # The coarsest level (3,242 vertices): there are many of these clouds.
        _write_cloud(fit, rgb, pose12, MorphableModel.analytic("low"), person.shape, expression)
    # Last, because it marks the others as done.
    _write_jpeg(path, rgb)


def _write_reference(folder: Path, person: Person, look: Look) -> None:
    """Ground truth of a test identity: a portrait with a neutral face, coefficients, cloud and mesh."""
    stem = folder / person.name
    if stem.with_suffix(".jpg").exists():
        return
    model = MorphableModel.analytic("medium")
    neutral = np.zeros(EXPRESSIONS, np.float32)
    rgb, pose12 = face_picture(model, person.shape, neutral, look.portrait(), _REFERENCE_SIZE)
    shape = _stored(person.shape, model.shape_sd, _STORED_SHAPES)
    _write_array(
        stem.with_suffix(".npy"), np.concatenate([shape, _stored(neutral, model.expression_sd, _STORED_EXPRESSIONS)])
    )
    vertices = _write_cloud(stem, rgb, pose12, model, person.shape, neutral)
    write_obj(stem.with_suffix(".obj"), vertices, model.faces.numpy())
    _write_jpeg(stem.with_suffix(".jpg"), rgb)


def _write_cloud(
    stem: Path,
    rgb: NDArray[np.uint8],
    pose12: NDArray[np.float32],
    model: MorphableModel,
    shape: NDArray[np.float64],
    expression: NDArray[np.float32],
) -> NDArray[np.float32]:
    """Point cloud of a face and its overlay on the picture; returns the vertices (N, 3) in mm."""
    coefficients = (torch.tensor(row, dtype=torch.float32)[None] for row in (shape, expression))
    vertices: NDArray[np.float32] = model.vertices(*coefficients)[0].numpy()
    write_xyz(stem.with_suffix(".xyz"), vertices)
    _write_jpeg(stem.with_name(f"{stem.name}_b.jpg"), overlay(rgb, vertices, model.faces.numpy(), pose12))
    return vertices


def _stored(coefficients: NDArray[np.floating], sd: torch.Tensor, length: int) -> NDArray[np.float64]:
    """Coefficients in standard deviations as the layout stores them: lengths along unit directions in mm, padded."""
    return np.pad(coefficients * sd.numpy(), (0, length - len(coefficients)))


def _write_array(path: Path, values: NDArray[np.floating]) -> None:
    content = io.BytesIO()
    np.save(content, values.astype(np.float32))
    _write(content, path)


def _write_jpeg(path: Path, rgb: NDArray[np.uint8]) -> None:
    content = io.BytesIO()
    # 4:4:4: at 64 pixels halved colour would show.
    Image.fromarray(rgb).save(content, "JPEG", quality=95, subsampling=0)
    _write(content, path)


def _write(content: io.BytesIO, path: Path) -> None:
    """Everything is encoded in memory first, because soundfile and NumPy do not report a full disk as one."""
    with whole_file(path) as file:
        file.write(content.getvalue())
