"""The Voxceleb-3D layout: its names, lengths and split, for those who write it and those who read it.

vox1_meta.csv                                   tab-separated: id, name, gender, nationality, set
fbank/<id>/<video>/<utterance>.npy              log-mel features, (T >= 1000, 64)
wav/<id>/<video>/<utterance>.wav                the recordings (optional)
VGG_ALL_FRONTAL/<Name>/<n>.jpg                  face pictures; <n>.npy: true parameters (simulated only)
F2Z/<Name>/<n>.npy .xyz, <n>_b.jpg              fitted shape, cloud and overlay per face, training identities
A2E_val/<Name>/<Name>.jpg .obj .npy .xyz _b.jpg reference picture, mesh, coefficients, cloud and overlay, test
                                                identities
simulation.json                                 the truth (simulated only); nothing but calibration reads what it says
build.json                                      what it was built with and from, and whether that was simulated
                                                (built from folders only)
"""

import csv
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import NamedTuple

from cmp_engine.data.exceptions import DatasetError

META, FEATURES, RECORDINGS, PICTURES, FITS, REFERENCES = (
    "vox1_meta.csv",
    "fbank",
    "wav",
    "VGG_ALL_FRONTAL",
    "F2Z",
    "A2E_val",
)
BUILD_RECORD, TRUTH = "build.json", "simulation.json"
# Each, a file or a folder, stands in a data set while the command named with it is at work.
SIMULATION_MARK, BUILD_MARK = "simulation.started.json", "build.started"
UNFINISHED_MARKS = {SIMULATION_MARK: "simulate_dataset", BUILD_MARK: "build_dataset"}
# The nationality that the meta file gives to people who do not exist.
SIMULATED = "Simulated"
# Lengths of the Basel Face Model's full codes, which the layout stores; what a model does not have is zero.
STORED_SHAPES, STORED_EXPRESSIONS = 199, 29
# Names with these initials are the test set, as published; VoxCeleb's own dev/test column plays no part.
TEST_INITIALS = frozenset("ABCDE")


def named(stem: Path, ending: str) -> Path:
    """The file ``<stem><ending>``. Names have dots (``A.J._Buckley``), which ``with_suffix`` would cut."""
    return stem.with_name(stem.name + ending)


def is_test_name(name: str) -> bool:
    """Whether a person belongs to the test set: initial from A to E."""
    return name[:1].upper() in TEST_INITIALS


def numerically(path: Path) -> tuple[int, str]:
    """Sort key that puts 2.jpg before 10.jpg, and 00000002.jpg where it was."""
    return (int(path.stem) if path.stem.isdecimal() else -1, path.name)


class MetaRow(NamedTuple):
    """What the meta file says of a VoxCeleb id; ``gender`` is ``m``, ``f`` or, where it does not say, empty."""

    name: str
    gender: str
    simulated: bool


def read_meta(path: Path) -> dict[str, MetaRow]:
    """What is known of each VoxCeleb id.

    Raises:
        FileNotFoundError: there is no such file.
        DatasetError: it is another file, or a row of it has no id or no name.
    """
    try:
        with path.open(encoding="utf-8", newline="") as file:
            rows = csv.DictReader(file, delimiter="\t")
            return dict(_known(row, f"{path}, line {rows.line_num}") for row in rows)
    except (KeyError, UnicodeDecodeError, csv.Error) as error:
        raise DatasetError(
            f"{path}: not a VoxCeleb1 meta file ({error}); it needs the tab-separated columns "
            "VoxCeleb1 ID, VGGFace1 ID, Gender."
        ) from error


def _known(row: Mapping[str, str | None], place: str) -> tuple[str, MetaRow]:
    """The id of a row and what it says; cells that a row has too few of are None."""
    vox_id, name, gender = row["VoxCeleb1 ID"], row["VGGFace1 ID"], row["Gender"]
    if not vox_id or not name:
        raise DatasetError(f"{place}: lacks the {'VGGFace1 ID' if vox_id else 'VoxCeleb1 ID'}; complete or remove it.")
    return vox_id, MetaRow(name, gender or "", row.get("Nationality") == SIMULATED)


def ids_by_name(vox_ids: Iterable[str], meta: Mapping[str, MetaRow]) -> dict[str, str]:
    """The VoxCeleb id of each name; an id that the meta file does not know is taken as the name itself.

    Raises:
        DatasetError: two ids have one name. Nobody can tell whether that is one person or two namesakes, whose voices
            would get one face.
    """
    found: dict[str, str] = {}
    for vox_id in sorted(vox_ids):
        name = meta[vox_id].name if vox_id in meta else vox_id
        if name in found:
            raise DatasetError(
                f"{found[name]} and {vox_id} are both folders of {name}. If one person speaks in both, move the videos "
                f"of one into the other; if not, give them different names in {META}."
            )
        found[name] = vox_id
    return found
