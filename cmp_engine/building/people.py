"""Who has both a voice and a face: the intersection of VoxCeleb and VGGFace by name."""

from dataclasses import dataclass
from pathlib import Path

from cmp_engine.building.errors import BuildError
from cmp_engine.data import DatasetError
from cmp_engine.data.layout import read_meta


@dataclass(frozen=True)
class Person:
    """One person of the data set to be.

    Attributes:
        name: as in the meta file and the folder of pictures, e.g. ``Ada_Lovelace``.
        vox_id: as in the folder of recordings, e.g. ``id10001``.
        voice: folder of ``<video>/<utterance>.wav``.
        pictures: folder of pictures.
    """

    name: str
    vox_id: str
    voice: Path
    pictures: Path


@dataclass(frozen=True)
class People:
    """Everybody found, sorted by name: with both, and the names with only a voice or only a face."""

    both: tuple[Person, ...]
    without_face: tuple[str, ...]
    without_voice: tuple[str, ...]


def find_people(voices: Path, faces: Path, meta: Path) -> People:
    """Match the folders of recordings with those of pictures.

    Args:
        voices: holds ``<VoxCeleb id>/<video>/<utterance>.wav``; an id that the meta file does not know is taken as the
            name itself, as the loaders do.
        faces: holds ``<Name>/<picture>``.
        meta: ``vox1_meta.csv`` of VoxCeleb1.

    Raises:
        BuildError: a folder or the file is missing or empty, or no name has both.
        DatasetError: the meta file is another file.
    """
    voice_of, face_of = _subfolders(voices, "recordings (<id>/<video>/<utterance>.wav)"), _subfolders(faces, "pictures")
    try:
        names = {vox_id: name for vox_id, (name, _) in read_meta(meta).items()}
    except FileNotFoundError:
        raise BuildError(f"{meta}: no such file; give vox1_meta.csv of VoxCeleb1.") from None
    except (OSError, DatasetError) as error:
        raise BuildError(str(error)) from error
    id_of = {names.get(vox_id, vox_id): vox_id for vox_id in voice_of}
    both = sorted(id_of.keys() & face_of.keys())
    if not both:
        raise BuildError(
            f"none of the {len(id_of)} people in {voices} (such as {min(id_of)}) has a folder in {faces} "
            f"(such as {min(face_of)}); check that {meta} belongs to the recordings and that folders are named like "
            "its column VGGFace1 ID."
        )
    return People(
        tuple(Person(name, id_of[name], voice_of[id_of[name]], face_of[name]) for name in both),
        without_face=tuple(sorted(id_of.keys() - face_of.keys())),
        without_voice=tuple(sorted(face_of.keys() - id_of.keys())),
    )


def _subfolders(folder: Path, what: str) -> dict[str, Path]:
    if not folder.is_dir():
        raise BuildError(f"{folder}: no such folder; give the folder of {what}, one subfolder per person.")
    found = {each.name: each for each in folder.iterdir() if each.is_dir()}
    if not found:
        raise BuildError(f"{folder}: holds no folders; give the folder of {what}, one subfolder per person.")
    return found
