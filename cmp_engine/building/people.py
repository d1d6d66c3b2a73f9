"""Who has both a voice and a face: the intersection of VoxCeleb and VGGFace by name."""

from dataclasses import dataclass
from pathlib import Path

from cmp_engine.building.exceptions import BuildError
from cmp_engine.data import DatasetError
from cmp_engine.data.layout import ids_by_name, read_meta
from cmp_engine.data.origin import was_simulated


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
    """Everybody found, sorted by name.

    Attributes:
        both: who has a voice and a face.
        without_face: names with a voice only.
        without_voice: names with a face only.
        simulated: whether recordings, pictures or people of ``both`` are simulated.
    """

    both: tuple[Person, ...]
    without_face: tuple[str, ...]
    without_voice: tuple[str, ...]
    simulated: bool


def find_people(voices: Path, faces: Path, meta: Path) -> People:
    """Match the folders of recordings with those of pictures.

    Args:
        voices: holds ``<VoxCeleb id>/<video>/<utterance>.wav``; an id that the meta file does not know is taken as the
            name itself, as the loaders do.
        faces: holds ``<Name>/<picture>``.
        meta: ``vox1_meta.csv`` of VoxCeleb1.

    Raises:
        BuildError: a folder or the file is missing or empty, the meta file is another file, two folders of recordings
            have one name, or no name has both.
    """
    voice_of, face_of = _subfolders(voices, "recordings (<id>/<video>/<utterance>.wav)"), _subfolders(faces, "pictures")
    try:
        known = read_meta(meta)
    except FileNotFoundError:
        raise BuildError(f"{meta}: no such file; give vox1_meta.csv of VoxCeleb1.") from None
    except (OSError, DatasetError) as error:
        raise BuildError(str(error)) from error
    try:
        id_of = ids_by_name(voice_of, known)
    except DatasetError as error:
        raise BuildError(f"{voices}: {error}") from error
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
        simulated=_lie_in_simulated_data(voices, faces)
        or any(id_of[name] in known and known[id_of[name]].simulated for name in both),
    )


def _lie_in_simulated_data(*folders: Path) -> bool:
    """Whether one of the folders is a part of a simulated data set, or a link to one.

    Folders that were copied elsewhere are betrayed by the nationality of their people.
    """
    return any(was_simulated(place) for folder in folders for place in (folder.resolve(), folder.resolve().parent))


def _subfolders(folder: Path, what: str) -> dict[str, Path]:
    if not folder.is_dir():
        raise BuildError(f"{folder}: no such folder; give the folder of {what}, one subfolder per person.")
    found = {each.name: each for each in folder.iterdir() if each.is_dir()}
    if not found:
        raise BuildError(f"{folder}: holds no folders; give the folder of {what}, one subfolder per person.")
    return found
