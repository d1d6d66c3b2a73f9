"""The rules of the layout: the split, the order of files, names with dots, and the meta file."""

from pathlib import Path

import pytest

from cmp_engine.data import DatasetError
from cmp_engine.data.layout import MetaRow, ids_by_name, is_test_name, named, numerically, read_meta

HEAD = "VoxCeleb1 ID\tVGGFace1 ID\tGender\tNationality\tSet\n"


@pytest.mark.parametrize(
    ("name", "test"), [("Ann", True), ("Eve", True), ("eve", True), ("Flo", False), ("Zoe", False)]
)
def test_initials_from_a_to_e_are_the_test_set(name, test):
    assert is_test_name(name) is test


def test_nobody_without_a_name_is_tested():
    assert not is_test_name("")


def test_endings_are_added_to_names_with_dots():
    assert named(Path("F2Z/A.J._Buckley"), ".npy") == Path("F2Z/A.J._Buckley.npy")
    assert named(Path("1"), "_b.jpg") == Path("1_b.jpg")


def test_files_are_sorted_by_their_numbers_and_others_come_first():
    names = ["10.jpg", "2.jpg", "b.jpg", "00000003.jpg", "a.jpg"]
    assert sorted(map(Path, names), key=numerically) == [
        Path(name) for name in ("a.jpg", "b.jpg", "2.jpg", "00000003.jpg", "10.jpg")
    ]


def test_meta_file_tells_name_gender_and_who_was_invented(tmp_path):
    (tmp_path / "meta.csv").write_text(
        f"{HEAD}id1\tAnn_Ray\tf\tSimulated\tdev\nid2\tBob_Day\tm\tUSA\tdev\n", encoding="utf-8"
    )
    assert read_meta(tmp_path / "meta.csv") == {
        "id1": MetaRow("Ann_Ray", "f", simulated=True),
        "id2": MetaRow("Bob_Day", "m", simulated=False),
    }


def test_meta_file_without_nationality_invents_nobody(tmp_path):
    (tmp_path / "meta.csv").write_text("VoxCeleb1 ID\tVGGFace1 ID\tGender\nid1\tAnn\tf\n", encoding="utf-8")
    assert read_meta(tmp_path / "meta.csv")["id1"].simulated is False


@pytest.mark.parametrize(
    "content", [b"id,name\n1,Ann\n", HEAD.replace("Gender", "Sex").encode() + b"1\tAnn\tf\tx\tdev\n", b"\xff\xfe"]
)
def test_another_file_is_refused_with_the_columns_it_needs(tmp_path, content):
    (tmp_path / "meta.csv").write_bytes(content)
    with pytest.raises(DatasetError, match=r"meta\.csv: not a VoxCeleb1 meta file .*VoxCeleb1 ID, VGGFace1 ID, Gender"):
        read_meta(tmp_path / "meta.csv")


def test_a_file_that_is_no_table_is_refused(tmp_path):
    (tmp_path / "meta.csv").write_text(HEAD + "x" * 200_000)  # The reader takes 131,072 for a cell.
    with pytest.raises(DatasetError, match=r"meta\.csv: not a VoxCeleb1 meta file \(field larger than"):
        read_meta(tmp_path / "meta.csv")


@pytest.mark.parametrize(
    ("row", "lacking"),
    [("id2", "VGGFace1 ID"), ("id2\t\tf\tUSA\tdev", "VGGFace1 ID"), ("\tAnn\tf\tUSA\tdev", "VoxCeleb1 ID")],
)
def test_a_row_without_a_name_is_refused_with_its_line(tmp_path, row, lacking):
    (tmp_path / "meta.csv").write_text(f"{HEAD}id1\tAnn\tf\tUSA\tdev\n{row}\n")
    with pytest.raises(DatasetError, match=rf"meta\.csv, line 3: lacks the {lacking}; complete or remove it"):
        read_meta(tmp_path / "meta.csv")


def test_a_row_that_ends_with_the_name_says_no_gender(tmp_path):
    (tmp_path / "meta.csv").write_text(f"{HEAD}id1\tAnn\n")
    assert read_meta(tmp_path / "meta.csv") == {"id1": MetaRow("Ann", "", simulated=False)}


META = {"id1": MetaRow("Ann", "f", False), "id2": MetaRow("Bob", "m", False), "id3": MetaRow("Ann", "f", False)}


def test_each_name_has_its_id_and_an_unknown_id_is_a_name():
    assert ids_by_name(["id2", "Zoe", "id1"], META) == {"Ann": "id1", "Bob": "id2", "Zoe": "Zoe"}


@pytest.mark.parametrize("both", [["id1", "id3"], ["Ann", "id1"]])
def test_two_voices_of_one_name_are_refused(both):
    first, second = sorted(both)
    with pytest.raises(
        DatasetError, match=rf"^{first} and {second} are both folders of Ann\..*different names in vox1"
    ):
        ids_by_name(both, META)
