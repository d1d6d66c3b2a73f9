"""Index of a data set in the Voxceleb-3D layout, real or simulated: the loaders know only the layout."""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from cmp_engine.data.exceptions import DatasetError
from cmp_engine.data.layout import (
    FEATURES,
    META,
    PICTURES,
    RECORDINGS,
    REFERENCES,
    UNFINISHED_MARKS,
    MetaRow,
    ids_by_name,
    is_test_name,
    named,
    numerically,
    read_meta,
)
from cmp_engine.data.origin import read_built, was_simulated

PARTS = (META, FEATURES, PICTURES, *UNFINISHED_MARKS)
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
        DatasetError: the folder is missing or empty, lacks a part, no voice has a face, or two voices have one name.
    """

    def __init__(self, root: str | Path) -> None:
        self.root = Path(root)
        if not self.root.is_dir():
            raise DatasetError(f"{self.root}: no such folder. {_REMEDY}")
        if not any((self.root / part).exists() for part in PARTS):
            found = "holds no Voxceleb-3D data set" if any(self.root.iterdir()) else "the folder is empty"
            raise DatasetError(f"{self.root}: {found}. {_REMEDY}")
        for mark, command in UNFINISHED_MARKS.items():
            if (self.root / mark).exists():
                raise DatasetError(
                    f"{self.root}: its making was interrupted. Run the same {command} command again to complete it."
                )
        voices = self._voices()
        faces = {each.name: each for each in self._subfolders(PICTURES)}
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

    @property
    def is_simulated(self) -> bool:
        """Whether its people were invented: simulated here, or built from simulated recordings or pictures.

        Raises:
            DatasetError: the record of its building is damaged.
        """
        built = read_built(self.root)
        return was_simulated(self.root) or (built is not None and built.simulated)

    def require_fits_of(self, family: str) -> None:
        """Check that coefficients and reference meshes were made with a morphable model of one kind.

        Args:
            family: how the names of its topologies begin, for instance ``analytic-head``.

        Raises:
            DatasetError: the data set was built with another model; that of the published or simulated one is taken
                for granted.
        """
        built = read_built(self.root)
        if built is not None and not built.topology.startswith(family):
            raise DatasetError(
                f"{self.root}: its faces were fitted with {built.model} ({built.topology}), but {family} is needed "
                "here: its coefficients would mean something else. Build the data set with --model analytic."
            )

    def _voices(self) -> dict[str, tuple[Path, str]]:
        """Voice folder and gender by name."""
        meta = self._meta()
        folders = {each.name: each for each in self._subfolders(FEATURES)}
        try:
            ids = ids_by_name(folders, meta)
        except DatasetError as error:
            raise DatasetError(f"{self.root / FEATURES}: {error}") from error
        return {name: (folders[each], meta[each].gender if each in meta else "") for name, each in ids.items()}

    def _meta(self) -> dict[str, MetaRow]:
        """What is known of each VoxCeleb id."""
        path = self.root / META
        try:
            return read_meta(path)
        except FileNotFoundError:
            raise DatasetError(f"{path}: no such file. {_REMEDY}") from None

    def _subfolders(self, part: str) -> list[Path]:
        """The identities' folders of one part of the layout."""
        folder = self.root / part
        found = sorted(each for each in folder.iterdir() if each.is_dir()) if folder.is_dir() else []
        if not found:
            raise DatasetError(f"{folder}: the folder is {'empty' if folder.is_dir() else 'missing'}. {_REMEDY}")
        return found

    def _identity(self, name: str, voice: Path, gender: str, face: Path, label: int) -> Identity:
        utterances = tuple(sorted(voice.glob("*/*.npy")))
        pictures = tuple(sorted(face.glob("*.jpg"), key=numerically))
        for folder, files, kind in ((voice, utterances, "*/*.npy"), (face, pictures, "*.jpg")):
            if not files:
                raise DatasetError(f"{folder}: holds no {kind} file; complete the identity or remove its folder.")
        wavs = tuple(sorted((self.root / RECORDINGS / voice.name).glob("*/*.wav")))
        return Identity(name, voice.name, gender, label, utterances, wavs, pictures, self._reference(name))

    def _reference(self, name: str) -> Reference | None:
        stem = self.root / REFERENCES / name / name
        reference = Reference(named(stem, ".jpg"), named(stem, ".obj"), named(stem, ".npy"))
        return reference if reference.mesh.is_file() and reference.picture.is_file() else None
