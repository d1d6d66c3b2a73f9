"""Who has a voice and a face, and whether these people exist."""

from pathlib import Path

import pytest

from cmp_engine.building import BuildError
from cmp_engine.building.people import find_people

PEOPLE = [("id10001", "Ada_Zed", "UK"), ("id10002", "Gus_Wick", "India")]


def write_meta(root: Path, rows=PEOPLE, *, voices: str = "wav", faces: str = "faces") -> tuple[Path, Path, Path]:
    """Empty folders of recordings and pictures for everybody, and the meta file."""
    lines = ["VoxCeleb1 ID\tVGGFace1 ID\tGender\tNationality\tSet"]
    for vox_id, name, nationality in rows:
        (root / voices / vox_id).mkdir(parents=True)
        (root / faces / name).mkdir(parents=True, exist_ok=True)
        lines.append(f"{vox_id}\t{name}\tf\t{nationality}\tdev")
    (root / "vox1_meta.csv").write_text("\n".join(lines) + "\n")
    return root / voices, root / faces, root / "vox1_meta.csv"


def test_people_of_ordinary_folders_are_real(tmp_path):
    found = find_people(*write_meta(tmp_path))
    assert [each.name for each in found.both] == ["Ada_Zed", "Gus_Wick"]
    assert not found.simulated


@pytest.mark.parametrize("mark", ["simulation.json", "simulation.started.json"])
@pytest.mark.parametrize("place", ["in recordings", "in pictures", "above recordings", "above pictures"])
def test_people_are_simulated_where_their_voices_or_faces_lie_in_simulated_data(tmp_path, mark, place):
    voices, faces, meta = write_meta(tmp_path, voices="vox/wav", faces="vgg/faces")
    folder = voices if "recordings" in place else faces
    ((folder.parent if "above" in place else folder) / mark).write_text("{}")
    assert find_people(voices, faces, meta).simulated


def test_a_link_into_simulated_data_does_not_hide_that(tmp_path):
    voices, _, meta = write_meta(tmp_path / "simulated")
    (tmp_path / "simulated" / "simulation.json").write_text("{}")
    (tmp_path / "voices").symlink_to(voices)
    (tmp_path / "faces").mkdir()
    (tmp_path / "faces" / "Ada_Zed").mkdir()
    assert find_people(tmp_path / "voices", tmp_path / "faces", meta).simulated


def test_copies_of_simulated_people_are_known_by_their_nationality(tmp_path):
    assert find_people(*write_meta(tmp_path, [PEOPLE[0], ("id10002", "Gus_Wick", "Simulated")])).simulated


def test_simulated_people_who_are_not_built_leave_the_others_real(tmp_path):
    voices, faces, meta = write_meta(tmp_path, [PEOPLE[0], ("id10002", "Gus_Wick", "Simulated")])
    (faces / "Gus_Wick").rmdir()
    assert not find_people(voices, faces, meta).simulated


@pytest.mark.parametrize(
    ("rows", "both"),
    [
        ([*PEOPLE, ("id10003", "Ada_Zed", "UK")], "id10001 and id10003"),
        ([*PEOPLE, ("Ada_Zed", "Ada_Zed", "UK")], "Ada_Zed and id10001"),
    ],
)
def test_two_folders_of_recordings_with_one_name_are_refused(tmp_path, rows, both):
    voices, faces, meta = write_meta(tmp_path, rows)
    with pytest.raises(
        BuildError,
        match=rf"^{voices}: {both} are both folders of Ada_Zed\. If one person speaks in both, move the videos of one "
        r"into the other; if not, give them different names in vox1_meta\.csv\.$",
    ):
        find_people(voices, faces, meta)


def test_a_folder_named_like_a_person_beside_that_of_the_persons_id_is_refused(tmp_path):
    voices, faces, meta = write_meta(tmp_path)
    (voices / "Gus_Wick").mkdir()
    with pytest.raises(BuildError, match="Gus_Wick and id10002 are both folders of Gus_Wick"):
        find_people(voices, faces, meta)
