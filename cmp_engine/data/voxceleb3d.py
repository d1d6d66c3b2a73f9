"""Index of a data set in the Voxceleb-3D layout, real or simulated: the loaders know only the layout.

vox1_meta.csv                                   tab-separated: id, name, gender, nationality, set
fbank/<id>/<video>/<utterance>.npy              log-mel features, (T >= 1000, 64)
wav/<id>/<video>/<utterance>.wav                the recordings (optional)
VGG_ALL_FRONTAL/<Name>/<n>.jpg                  face pictures; <n>.npy: true parameters (simulated only)
F2Z/<Name>/<n>.npy                              fitted shape per face, training identities
A2E_val/<Name>/<Name>.jpg .obj .npy             reference picture, mesh and coefficients, test identities
"""

import csv
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from cmp_engine.data.errors import DatasetError

# Names with these initials are the test set, as published; VoxCeleb's own dev/test column plays no part.
TEST_INITIALS = frozenset("ABCDE")
# Stands in a data set while its simulation is under way.
UNFINISHED_MARK = "simulation.started.json"
PARTS = ("vox1_meta.csv", "fbank", "VGG_ALL_FRONTAL", UNFINISHED_MARK)
_REMEDY = "Name the folder that holds vox1_meta.csv, or make one with: manage.py simulate_dataset --out DIR"


@dataclass(frozen=True)
class Reference:
    """Ground truth of a test identity: one picture (RGB, 256 x 256 when simulated), its mesh and its coefficients.

    ``coefficients`` holds 199 shape and 29 expression values of unit-norm directions (not divided by the standard
    deviation; unused ones are zero), shape (228,).
    """

    picture: Path
    mesh: Path
    coefficients: Path


@dataclass(frozen=True)
class Identity:
    """A person with voices and faces.

    Attributes:
        name: as in the face tree, e.g. ``Ada_Lovelace``.
        vox_id: as in the voice tree, e.g. ``id10001``.
        gender: ``m``, ``f``, or empty where the meta file does not say.
        label: number among the identities of the same split, sorted by name, from 0.
        utterances: feature files, (T >= 1000, 64) float32, sorted.
        wavs: recordings, sorted as ``utterances``; may be empty.
        faces: face pictures, sorted.
        reference: ground truth; None where the data set has none, as for training identities.
    """

    name: str
    vox_id: str
    gender: str
    label: int
    utterances: tuple[Path, ...]
    wavs: tuple[Path, ...]
    faces: tuple[Path, ...]
    reference: Reference | None


class Voxceleb3D:
    """The identities of a data set that have both a voice and a face.

    Attributes:
        root: folder of the data set.
        identities: all identities, sorted by name.

    Raises:
        DatasetError: the folder is missing or empty, lacks a part, or no voice has a face.
    """

    def __init__(self, root: str | Path) -> None:
        self.root = Path(root)
        if not self.root.is_dir():
            raise DatasetError(f"{self.root}: no such folder. {_REMEDY}")
        if not any((self.root / part).exists() for part in PARTS):
            found = "holds no Voxceleb-3D data set" if any(self.root.iterdir()) else "the folder is empty"
            raise DatasetError(f"{self.root}: {found}. {_REMEDY}")
        if (self.root / UNFINISHED_MARK).exists():
            raise DatasetError(
                f"{self.root}: its simulation was interrupted. "
                "Run the same simulate_dataset command again to complete it."
            )
        voices = self._voices()
        faces = {each.name: each for each in self._subfolders("VGG_ALL_FRONTAL")}
        names = sorted(voices.keys() & faces.keys())
        if not names:
            raise DatasetError(
                f"{self.root}: none of the {len(voices)} names with a voice in fbank/ has a face in VGG_ALL_FRONTAL/ "
                f"({len(faces)} names). Check that vox1_meta.csv belongs to this data set. {_REMEDY}"
            )
        self.identities = tuple(
            self._identity(name, *voices[name], faces[name], label)
            for split in ([n for n in names if is_test_name(n)], [n for n in names if not is_test_name(n)])
            for label, name in enumerate(split)
        )

    @cached_property
    def train(self) -> tuple[Identity, ...]:
        """Identities with names from F to Z."""
        return tuple(each for each in self.identities if not is_test_name(each.name))

    @cached_property
    def test(self) -> tuple[Identity, ...]:
        """Identities with names from A to E."""
        return tuple(each for each in self.identities if is_test_name(each.name))

    def _voices(self) -> dict[str, tuple[Path, str]]:
        """Voice folder and gender by name; an id that the meta file does not know is taken as the name itself."""
        meta = self._meta()
        folders = self._subfolders("fbank")
        return {meta.get(each.name, (each.name, ""))[0]: (each, meta.get(each.name, ("", ""))[1]) for each in folders}

    def _meta(self) -> dict[str, tuple[str, str]]:
        """Name and gender by VoxCeleb id."""
        path = self.root / "vox1_meta.csv"
        try:
            with path.open(encoding="utf-8", newline="") as file:
                rows = list(csv.DictReader(file, delimiter="\t"))
            return {row["VoxCeleb1 ID"]: (row["VGGFace1 ID"], row["Gender"]) for row in rows}
        except FileNotFoundError:
            raise DatasetError(f"{path}: no such file. {_REMEDY}") from None
        except (KeyError, UnicodeDecodeError) as error:
            raise DatasetError(
                f"{path}: not a VoxCeleb1 meta file ({error}); it needs the tab-separated columns "
                "VoxCeleb1 ID, VGGFace1 ID, Gender."
            ) from error

    def _subfolders(self, part: str) -> list[Path]:
        """The identities' folders of one part of the layout."""
        folder = self.root / part
        found = sorted(each for each in folder.iterdir() if each.is_dir()) if folder.is_dir() else []
        if not found:
            raise DatasetError(f"{folder}: the folder is {'empty' if folder.is_dir() else 'missing'}. {_REMEDY}")
        return found

    def _identity(self, name: str, voice: Path, gender: str, face: Path, label: int) -> Identity:
        utterances = tuple(sorted(voice.glob("*/*.npy")))
        pictures = tuple(sorted(face.glob("*.jpg"), key=_numerically))
        for folder, files, kind in ((voice, utterances, "*/*.npy"), (face, pictures, "*.jpg")):
            if not files:
                raise DatasetError(f"{folder}: holds no {kind} file; complete the identity or remove its folder.")
        wavs = tuple(sorted((self.root / "wav" / voice.name).glob("*/*.wav")))
        return Identity(name, voice.name, gender, label, utterances, wavs, pictures, self._reference(name))

    def _reference(self, name: str) -> Reference | None:
        stem = self.root / "A2E_val" / name / name
        reference = Reference(stem.with_suffix(".jpg"), stem.with_suffix(".obj"), stem.with_suffix(".npy"))
        return reference if reference.mesh.is_file() and reference.picture.is_file() else None


def is_test_name(name: str) -> bool:
    """Whether a person belongs to the test set: initial from A to E."""
    return name[:1].upper() in TEST_INITIALS


def _numerically(path: Path) -> tuple[int, str]:
    """Sort key that puts 2.jpg before 10.jpg, and 00000002.jpg where it was."""
    return (int(path.stem) if path.stem.isdecimal() else -1, path.name)
