"""The files of one person: features of the recordings, pictures, and faces fitted to them.

Nothing is written of a person without a usable recording or a usable picture. The record is written last: it marks the
person as done and says what was left out.
"""

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from cmp_engine.audio import AudioError, NoSpeechError, voice_features
from cmp_engine.building.people import Person
from cmp_engine.building.pictures import FittedPicture, pictures_in
from cmp_engine.building.record import PersonRecord, Skipped
from cmp_engine.data import is_test_name, write_obj
from cmp_engine.data.faces import FACE_SIZE
from cmp_engine.data.layout import BUILD_MARK, FEATURES, FITS, PICTURES, REFERENCES, named
from cmp_engine.data.writing import stored_codes, write_array, write_face, write_jpeg
from cmp_engine.detection import crop_face, region_of_landmarks
from cmp_engine.morphable import MorphableModel
from cmp_engine.morphable.sources import open_model
from cmp_engine.rendering import Camera

LARGEST_PICTURE = 256  # pixels; as the references of simulated data


@dataclass(frozen=True)
class Recipe:
    """What everybody's files are made with: output folder, and names of the morphable model and of the detector."""

    out: Path
    model: str
    detector: str


def build_person(person: Person, *, recipe: Recipe) -> PersonRecord:
    """Write what is missing of one person's files.

    Raises:
        WriteError: a file cannot be written.
        BuildError: the detector cannot be loaded, fails or does not return landmarks, or a picture vanished meanwhile.
        ModelFileError: the morphable model cannot be read.
    """
    record_path = recipe.out / BUILD_MARK / "people" / f"{person.name}.json"
    if record_path.is_file():
        return PersonRecord.read(record_path)
    skipped: list[Skipped] = []
    model = _model(recipe.model)
    pictures = pictures_in(person.pictures, detector_name=recipe.detector, model=model, skipped=skipped)
    utterances = _write_utterances(person, recipe.out, skipped) if pictures else 0
    if utterances:
        _write_faces(person, pictures, model, recipe.out)
        record = PersonRecord(person.name, utterances, len(pictures), tuple(skipped))
    else:
        lacking, folder = ("recording", person.voice) if pictures else ("picture", person.pictures)
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


@lru_cache(maxsize=1)
def _model(source: str) -> MorphableModel:
    return open_model(source)


def _write_faces(person: Person, pictures: list[FittedPicture], model: MorphableModel, out: Path) -> None:
    """Pictures and fits; of a test person the one reference, from the picture with the most frontal face."""
    for fitted in pictures:
        name, picture = fitted.path.stem, fitted.picture()
        if not is_test_name(person.name):
            stem = out / FITS / person.name / name
            write_array(named(stem, ".npy"), _codes(model, fitted)[0])
            _write_fitted(stem, model, fitted, picture)
        _write_picture(out / PICTURES / person.name / f"{name}.jpg", fitted, picture)
    if is_test_name(person.name):
        most_frontal = min(pictures, key=lambda fitted: fitted.turn_degrees)
        _write_reference(out / REFERENCES / person.name / person.name, model, most_frontal)


def _write_reference(stem: Path, model: MorphableModel, fitted: FittedPicture) -> None:
    """Picture, coefficients (228,), mesh, cloud and overlay of the chosen face, expression included."""
    picture = fitted.picture()
    write_array(named(stem, ".npy"), np.concatenate(_codes(model, fitted)))
    vertices = _write_fitted(stem, model, fitted, picture)
    write_obj(named(stem, ".obj"), vertices, model.faces.numpy())
    _write_picture(named(stem, ".jpg"), fitted, picture)


def _codes(model: MorphableModel, fitted: FittedPicture) -> tuple[NDArray[np.floating], NDArray[np.floating]]:
    return stored_codes(model, fitted.fit.shape[0].numpy(), fitted.fit.expression[0].numpy())


def _write_fitted(
    stem: Path, model: MorphableModel, fitted: FittedPicture, picture: NDArray[np.uint8]
) -> NDArray[np.float32]:
    """Cloud and overlay of one fitted face; returns its vertices (N, 3) in mm."""
    fit, pose = fitted.fit, fitted.fit.pose
    vertices: NDArray[np.float32] = model.vertices(fit.shape, fit.expression)[0].numpy()
    camera = Camera(float(pose.scale[0]), pose.rotation[0].numpy(), pose.translation[0].numpy())
    write_face(stem, picture, vertices, model.faces.numpy(), camera.pose12)
    return vertices


def _write_picture(path: Path, fitted: FittedPicture, picture: NDArray[np.uint8]) -> None:
    """The face alone, square: what loaders scale to 64 x 64 would be stretched, and the face in it tiny."""
    region = region_of_landmarks(fitted.landmarks.T)
    side = round(region.right - region.left)
    write_jpeg(path, crop_face(picture, region, min(max(side, FACE_SIZE), LARGEST_PICTURE)))
