"""The files of one person: features of the recordings, pictures, and faces fitted to them.

Nothing is written of a person without a usable recording or a usable picture. The record is written last: it marks the
person as done and says what was left out.
"""

import json
from dataclasses import asdict, dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image

from cmp_engine.audio import AudioError, NoSpeechError, voice_features
from cmp_engine.building.detector import largest_face, load_detector
from cmp_engine.building.people import Person
from cmp_engine.data import is_test_name, write_obj
from cmp_engine.data.faces import FACE_SIZE
from cmp_engine.data.layout import BUILD_MARK, FEATURES, FITS, PICTURES, REFERENCES, named, numerically
from cmp_engine.data.writing import stored_codes, write_array, write_face, write_jpeg
from cmp_engine.detection import crop_face, region_of_landmarks
from cmp_engine.detection.crop import touches
from cmp_engine.files import write_text
from cmp_engine.morphable import MorphableModel
from cmp_engine.morphable.fitting import LandmarkFit, fit_landmarks
from cmp_engine.morphable.sources import open_model
from cmp_engine.rendering import Camera, frame_points

PICTURE_ENDINGS = frozenset({".jpg", ".jpeg", ".png"})
LARGEST_PICTURE = 256  # pixels; as the references of simulated data
DEPTH_WEIGHT = 0.25
"""Depth is guessed from shading where place is seen: twice the error, a quarter of the weight. Ours; no paper says."""


@dataclass(frozen=True)
class Recipe:
    """What everybody's files are made with: output folder, and names of the morphable model and of the detector."""

    out: Path
    model: str
    detector: str


@dataclass(frozen=True)
class Skipped:
    """A file or folder that is not in the data set.

    Attributes:
        path: of the file, or of the folder of a person who is left out.
        kind: what was wrong with it, in words that others share.
        reason: the same with its details.
    """

    path: str
    kind: str
    reason: str


@dataclass(frozen=True)
class PersonRecord:
    """What became of one person: numbers of utterances and faces written, both 0 where the person was left out."""

    name: str
    utterances: int
    faces: int
    skipped: tuple[Skipped, ...]

    @classmethod
    def read(cls, path: Path) -> "PersonRecord":
        """What `write` wrote."""
        content = json.loads(path.read_text(encoding="utf-8"))
        return cls(**content | {"skipped": tuple(Skipped(**each) for each in content["skipped"])})

    def write(self, path: Path) -> None:
        """As JSON."""
        write_text(path, json.dumps(asdict(self)))


@dataclass(frozen=True)
class Portrait:
    """A picture (H, W, 3) RGB, where it came from, and landmarks (68, 3) in its pixels, depth towards the viewer."""

    path: Path
    picture: NDArray[np.uint8]
    landmarks: NDArray[np.float64]


def build_person(person: Person, *, recipe: Recipe) -> PersonRecord:
    """Write what is missing of one person's files.

    Raises:
        WriteError: a file cannot be written.
        BuildError: the detector cannot be loaded or does not return landmarks.
        ModelFileError: the morphable model cannot be read.
    """
    record_path = recipe.out / BUILD_MARK / "people" / f"{person.name}.json"
    if record_path.is_file():
        return PersonRecord.read(record_path)
    skipped: list[Skipped] = []
    portraits = _portraits(person, recipe.detector, skipped)
    utterances = _write_utterances(person, recipe.out, skipped) if portraits else 0
    if utterances:
        _write_faces(person, portraits, recipe)
        record = PersonRecord(person.name, utterances, len(portraits), tuple(skipped))
    else:
        lacking, folder = ("recording", person.voice) if portraits else ("picture", person.pictures)
        kind = f"person without a usable {lacking}"
        alone = Skipped(str(folder), kind, f"{person.name} has no usable {lacking} and is left out")
        record = PersonRecord(person.name, 0, 0, (*skipped, alone))
    record.write(record_path)
    return record


def _write_utterances(person: Person, out: Path, skipped: list[Skipped]) -> int:
    """Features of every recording in which somebody speaks; returns how many there are."""
    count = 0
    for recording in sorted(person.voice.glob("*/*.wav")):
        features = (out / FEATURES / person.vox_id / recording.relative_to(person.voice)).with_suffix(".npy")
        if not features.exists():
            try:
                write_array(features, voice_features(recording))
            except AudioError as error:
                kind = "recording without speech" if isinstance(error, NoSpeechError) else "unusable recording"
                skipped.append(Skipped(str(recording), kind, str(error).removeprefix(f"{recording}: ")))
                continue
        count += 1
    return count


def _portraits(person: Person, detector_name: str, skipped: list[Skipped]) -> list[Portrait]:
    """The pictures in which a face is found, in numerical order."""
    detector = load_detector(detector_name)
    portraits: dict[str, Portrait] = {}
    for path in sorted(person.pictures.iterdir(), key=numerically):
        if path.suffix.lower() not in PICTURE_ENDINGS:
            continue
        if path.stem in portraits:
            other = portraits[path.stem].path.name
            skipped.append(Skipped(str(path), "picture named like another", f"{other} has the same name"))
            continue
        try:
            with Image.open(path) as file:
                picture = np.asarray(file.convert("RGB"))
        except (OSError, ValueError, Image.DecompressionBombError) as error:
            skipped.append(Skipped(str(path), "unreadable picture", f"not a readable picture ({error})"))
            continue
        landmarks = largest_face(detector, picture, detector_name)
        if landmarks is None:
            skipped.append(Skipped(str(path), "picture without a face", f"{detector_name} found no face"))
            continue
        if not touches(region_of_landmarks(landmarks.T), picture):
            skipped.append(Skipped(str(path), "face outside its picture", f"{detector_name} found it beyond the edges"))
            continue
        portraits[path.stem] = Portrait(path, picture, landmarks)
    return list(portraits.values())


@lru_cache(maxsize=1)
def _model(source: str) -> MorphableModel:
    return open_model(source)


def _write_faces(person: Person, portraits: list[Portrait], recipe: Recipe) -> None:
    """Pictures and fits; of a test person the one reference, from the picture with the most frontal face."""
    model = _model(recipe.model)
    points = np.stack([frame_points(each.landmarks, max(each.picture.shape)) for each in portraits])
    fit = fit_landmarks(model, torch.from_numpy(points), depth_weight=DEPTH_WEIGHT)
    if is_test_name(person.name):
        # The last entry of a rotation is the cosine between the directions of face and viewer.
        most_frontal = int(fit.pose.rotation[:, 2, 2].argmax())
        _write_reference(recipe.out / REFERENCES / person.name / person.name, model, portraits, fit, most_frontal)
    else:
        for number, portrait in enumerate(portraits):
            stem = recipe.out / FITS / person.name / portrait.path.stem
            write_array(named(stem, ".npy"), _codes(model, fit, number)[0])
            _write_fitted(stem, model, portrait, fit, number)
    for portrait in portraits:
        _write_picture(recipe.out / PICTURES / person.name / f"{portrait.path.stem}.jpg", portrait)


def _write_reference(
    stem: Path, model: MorphableModel, portraits: list[Portrait], fit: LandmarkFit, number: int
) -> None:
    """Picture, coefficients (228,), mesh, cloud and overlay of the chosen face, expression included."""
    write_array(named(stem, ".npy"), np.concatenate(_codes(model, fit, number)))
    vertices = _write_fitted(stem, model, portraits[number], fit, number)
    write_obj(named(stem, ".obj"), vertices, model.faces.numpy())
    _write_picture(named(stem, ".jpg"), portraits[number])


def _codes(model: MorphableModel, fit: LandmarkFit, number: int) -> tuple[NDArray[np.floating], NDArray[np.floating]]:
    return stored_codes(model, fit.shape[number].numpy(), fit.expression[number].numpy())


def _write_fitted(
    stem: Path, model: MorphableModel, portrait: Portrait, fit: LandmarkFit, number: int
) -> NDArray[np.float32]:
    """Cloud and overlay of one fitted face; returns its vertices (N, 3) in mm."""
    chosen = slice(number, number + 1)
    vertices: NDArray[np.float32] = model.vertices(fit.shape[chosen], fit.expression[chosen])[0].numpy()
    pose = fit.pose
    camera = Camera(float(pose.scale[number]), pose.rotation[number].numpy(), pose.translation[number].numpy())
    write_face(stem, portrait.picture, vertices, model.faces.numpy(), camera.pose12)
    return vertices


def _write_picture(path: Path, portrait: Portrait) -> None:
    """The face alone, square: what loaders scale to 64 x 64 would be stretched, and the face in it tiny."""
    region = region_of_landmarks(portrait.landmarks.T)
    side = round(region.right - region.left)
    write_jpeg(path, crop_face(portrait.picture, region, min(max(side, FACE_SIZE), LARGEST_PICTURE)))
