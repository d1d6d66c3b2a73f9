"""The whole path by real commands: voices in, filled study out; killed and repeated, with good and bad recordings."""

import hashlib
import json
import re
import shlex
import shutil
import sqlite3
import struct
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.workspace import times

SHOWN = ("base-2", "cmp-unsupervised")
METHODS = ("base-2", "base2", "cmp", "unsupervised", "supervised", "baseline", "ours", "joint", "speech-to-image")


def test_killed_call_left_no_question_and_no_partial_file(workspace, killed):
    assert killed["jobs"]["stimuli"][0] == "running"
    assert not [name for name in killed["files"] if ".part-" in name]


def test_call_after_a_killed_one_goes_on_where_it_was(killed, completed):
    now = completed["files"]
    assert {name: now[name] for name in killed["files"]} == killed["files"]
    assert len(now) > len(killed["files"])
    jobs = completed["jobs"]
    assert {state for state, _, _ in jobs.values()} == {"ready"}
    assert {stage: attempts for stage, (_, _, attempts) in jobs.items() if attempts != 1} == {"stimuli": 2}


def test_study_is_open_with_thirty_questions(workspace, generated):
    assert "Study 'demo': 30 questions in 3 sections, open." in generated
    assert "There are only 2 test people, so they are asked about more than once." in generated
    query = (
        "select medium, count(*) from studies_question q join studies_section s on s.id = section_id group by medium"
    )
    assert dict(workspace.rows(query)) == {"image": 10, "mesh": 10, "joint": 10}
    assert workspace.rows("select count(*) from studies_stimulus") == [(60,)]


def test_stimuli_of_the_two_methods_differ(workspace, generated):
    query = "select question_id, count(distinct image_id), count(distinct mesh_id) from studies_stimulus group by 1"
    assert {counts for _, *counts in map(tuple, workspace.rows(query)) for counts in [tuple(counts)]} == {
        (2, 0),
        (0, 2),
        (2, 2),
    }


def test_stimulus_names_all_checkpoints_that_made_it(workspace, generated):
    query = """
        select distinct slug, checkpoint_sha256 from studies_stimulus
        join studies_condition c on c.id = condition_id
    """
    recorded = dict(workspace.rows(query))
    made = dict(workspace.rows("select stage, output_sha256 from generation_generationjob"))
    assert recorded == {
        condition: hashlib.sha256(
            "|".join(made[stage] for stage in ("voice-encoder", "expert", last)).encode()
        ).hexdigest()
        for condition, last in (("base-2", "speech-to-image"), ("cmp-unsupervised", "joint"))
    }


def test_placeholders_on_the_consent_page_are_told_with_the_address_to_replace_them(workspace, generated):
    (study,) = workspace.rows("select id from studies_study where slug = 'demo'")[0]
    assert "still has a placeholder as organizer and contact." in generated
    assert generated.rstrip().endswith(f"/admin/studies/study/{study}/change/")


def test_second_call_does_no_work(workspace, generated):
    before = times(workspace.run) | times(workspace.folder / "media")
    output = workspace.manage("generate_stimuli", "demo", *workspace.generate, "--organizer", "Face Lab")
    assert "Nothing to do" in output
    assert "The study was there already, so --organizer changed nothing. Edit it at /admin/" in output
    assert times(workspace.run) | times(workspace.folder / "media") == before


def test_ratio_table_has_all_conditions_and_says_that_the_data_are_simulated(workspace, generated):
    table = json.loads((workspace.folder / "runs" / "demo" / "are.json").read_text())
    assert (table["topology"], table["identities"], table["simulated_data"]) == ("analytic-head-medium", 2, True)
    assert list(table["conditions"]) == ["base-2", "cmp-supervised", "cmp-unsupervised"]
    for row in table["conditions"].values():
        assert row["mean"] == pytest.approx((row["ER"] + row["FR"] + row["MR"] + row["CR"]) / 4)
        people = row["per_identity"].values()
        assert row["ER"] == pytest.approx(sum(person["ER"] for person in people) / len(people))


def test_study_with_votes_still_serves_its_run_and_loses_no_ratio(workspace, generated):
    set_frozen(workspace, "2026-01-01 00:00:00")
    try:
        fewer = [each for each in workspace.generate if not each.startswith("base-2")]
        fewer.remove("--conditions")
        workspace.manage("generate_stimuli", "demo", *fewer)
    finally:
        set_frozen(workspace, None)
    table = json.loads((workspace.folder / "runs" / "demo" / "are.json").read_text())
    assert list(table["conditions"]) == ["base-2", "cmp-supervised", "cmp-unsupervised"]


@pytest.mark.parametrize("frozen_at", [None, "2026-01-01 00:00:00"])
def test_media_that_are_missing_or_changed_are_named_and_made_again_byte_for_byte(workspace, generated, frozen_at):
    files = sorted(path for path in (workspace.folder / "media").rglob("*") if path.is_file())
    contents = {path: path.read_bytes() for path in files}
    rows = workspace.rows("select id, sha256 from studies_asset order by id")
    gone, changed, cut = files[:3]
    gone.unlink()
    changed.write_bytes(bytes(len(contents[changed])))
    cut.write_bytes(b"half")
    set_frozen(workspace, frozen_at)
    try:
        said = workspace.manage("check_media", status=1)
        assert f"missing: {gone}" in said
        assert f"changed: {changed}" in said
        assert f"of another size: {cut}" in said
        (call,) = [line.strip() for line in said.splitlines() if "generate_stimuli" in line]
        before = times(workspace.run)
        workspace.manage(*shlex.split(call)[1:])
        workspace.manage("check_media")
    finally:
        set_frozen(workspace, None)
    assert {path: path.read_bytes() for path in files} == contents
    assert workspace.rows("select id, sha256 from studies_asset order by id") == rows
    assert times(workspace.run) == before  # No stage before it was done again.


def set_frozen(workspace, frozen_at):
    with closing(sqlite3.connect(workspace.folder / "db.sqlite3")) as connection, connection:
        connection.execute("update studies_study set frozen_at = ? where slug = 'demo'", [frozen_at])


def assets(workspace) -> list[tuple[str, str, bytes]]:
    """Kind, condition and content of all files that participants can fetch."""
    query = """
        select 'image', c.slug, a.sha256 from studies_stimulus s join studies_condition c on c.id = condition_id
            join studies_asset a on a.id = s.image_id
        union select 'mesh', c.slug, a.sha256 from studies_stimulus s join studies_condition c on c.id = condition_id
            join studies_asset a on a.id = s.mesh_id
        union select 'turntable', c.slug, a.sha256 from studies_stimulus s
            join studies_condition c on c.id = condition_id join studies_asset a on a.id = s.turntable_id
        union select 'reference', 'reference', a.sha256 from studies_question q
            join studies_asset a on a.id = reference_id
    """
    media = workspace.folder / "media"
    return [(kind, slug, (media / sha[:2] / sha).read_bytes()) for kind, slug, sha in workspace.rows(query)]


def container(kind: str, content: bytes) -> object:
    """Everything about a file but its pixels or geometry."""
    if kind == "mesh":
        (flags,) = struct.unpack("<H", content[9:11])
        return content[:11], flags & 0x8000
    chunks, place = [], 12
    while place < len(content):
        (length,) = struct.unpack("<I", content[place + 4 : place + 8])
        name = content[place : place + 4]
        # Of the padding only its name, too: it is as long as the pixels are short.
        chunks.append((name, b"" if name in (b"VP8L", b"JUNK") else content[place + 8 : place + 8 + length]))
        place += 8 + length + length % 2
    return content[:4] + content[8:12], *chunks


def test_files_of_both_methods_have_one_container_and_the_reference_the_same_but_for_the_padding(workspace, generated):
    seen = {
        kind: {container(kind, content) for each, slug, content in assets(workspace) if each == kind}
        for kind in ("image", "mesh", "turntable", "reference")
    }
    assert [len(containers) for containers in seen.values()] == [1, 1, 1, 1]
    only = {kind: containers.pop() for kind, containers in seen.items()}
    assert only["mesh"][1] == 0
    for kind in ("image", "turntable"):
        form, (_, canvas), *others = only[kind]
        assert (form, others) == (b"RIFFWEBP", [(b"VP8L", b""), (b"JUNK", b"")])
        assert canvas[:4] == bytes(4)  # No flag of metadata.
    assert only["reference"] == only["image"][:-1]


def test_files_of_one_kind_have_one_size_and_so_tell_no_method(workspace, generated):
    for kind in ("image", "mesh", "turntable"):
        files = {slug: [len(content) for each, slug, content in assets(workspace) if each == kind] for slug in SHOWN}
        assert len({size for sizes in files.values() for size in sizes}) == 1, files
        assert min(len(sizes) for sizes in files.values()) > 0


def test_no_file_for_participants_names_a_method(workspace, generated):
    found = assets(workspace)
    assert {slug for _, slug, _ in found} == {"base-2", "cmp-unsupervised", "reference"}
    for _, _, content in found:
        lowered = content.lower()
        # Short words turn up in compressed bytes by chance; long ones do not.
        assert not [name for name in METHODS if len(name) >= 6 and name.encode() in lowered]
    names = [path.name for path in (workspace.folder / "media").rglob("*") if path.is_file()]
    assert all(len(name) == 64 and set(name) <= set("0123456789abcdef") for name in names)


def test_two_calls_at_once_share_the_work(workspace, generated):
    calls = [workspace.start("generate_stimuli", "twice", *workspace.generate) for _ in range(2)]
    outputs = [call.communicate() for call in calls]
    assert [call.returncode for call in calls] == [0, 0], outputs
    assert {(state, attempts) for state, _, attempts in workspace.jobs("twice").values()} == {("ready", 1)}


def test_recordings_of_ones_own_become_images_and_meshes_and_broken_ones_are_named(
    workspace, generated, golden, tmp_path
):
    for voice in ("Alan_Tudyk.wav", "Alicja_Bachleda.wav"):
        shutil.copy(golden / "voice" / voice, tmp_path)
    (tmp_path / "broken.wav").write_bytes(b"RIFF no sound")
    (tmp_path / "notes.txt").write_text("not meant")
    output = workspace.manage("generate_stimuli", "demo", *workspace.generate, "--voices", str(tmp_path), status=1)
    assert "broken.wav: " in output
    assert "1 of 3 recordings" in output
    assert "Traceback" not in output
    made = workspace.run / "voices"
    assert sorted(path.name for path in made.iterdir()) == ["Alan_Tudyk", "Alicja_Bachleda"]
    files = {str(path.relative_to(made / "Alan_Tudyk")) for path in (made / "Alan_Tudyk").rglob("*") if path.is_file()}
    assert files == {
        "made.json",
        *(f"{slug}/{name}" for slug in ("base-2", "cmp-unsupervised") for name in ("image.png", "overlay.png")),
        *(
            f"{slug}/{name}"
            for slug in ("base-2", "cmp-unsupervised", "cmp-supervised")
            for name in ("face.json", "mesh.glb", "mesh.obj", "still.png")
        ),
    }
    with Image.open(made / "Alan_Tudyk" / "base-2" / "image.png") as picture:
        assert picture.size == (256, 256)
    (tmp_path / "broken.wav").unlink()
    before = times(made)
    assert "(was there)" in workspace.manage("generate_stimuli", *workspace.generate, "--voices", str(tmp_path))
    assert times(made) == before
    (made / "Alan_Tudyk" / "base-2" / "mesh.glb").unlink()
    (made / "Alicja_Bachleda" / "made.json").write_text('{"voice')
    assert "(was there)" not in workspace.manage("generate_stimuli", *workspace.generate, "--voices", str(tmp_path))
    assert times(made).keys() == before.keys()


def test_one_recording_becomes_a_face(workspace, generated, golden, tmp_path):
    output = workspace.manage("voice_to_face", str(golden / "voice" / "Alan_Tudyk.wav"), "--out", str(tmp_path / "new"))
    first, *files, time, warning = output.splitlines()
    assert first.startswith(f"cmp-unsupervised of run {workspace.run.name}, on ")
    made = ["face.json", "image.png", "mesh.glb", "mesh.obj", "overlay.png", "still.png"]
    assert [Path(line.strip()).name for line in files] == made
    assert re.fullmatch(r"Made in \d+\.\d\d s after loading\.", time)
    assert warning.startswith("Trained with the smoke profile. It only tries the machinery and learns nothing")
    assert "Trained with the smoke profile" in generated
    assert sorted(path.name for path in (tmp_path / "new").iterdir()) == made
    said = json.loads((tmp_path / "new" / "face.json").read_text())
    assert (said["condition"], said["run"]) == ("cmp-unsupervised", workspace.run.name)
    assert said["gender"]["nearest"] in ("female", "male")
    assert set(said["widths"]) == {"ear", "forehead", "midline", "cheek"}


def test_recordings_give_the_same_faces_together_as_alone(workspace, generated, golden, tmp_path):
    (tmp_path / "both").mkdir()
    for voice in ("Alan_Tudyk.wav", "Alicja_Bachleda.wav"):
        shutil.copy(golden / "voice" / voice, tmp_path / "both")
    workspace.manage("generate_stimuli", "demo", *workspace.generate, "--voices", str(tmp_path / "both"))
    together = workspace.run / "voices" / "Alan_Tudyk" / "cmp-supervised"
    voice, supervised = str(golden / "voice" / "Alan_Tudyk.wav"), ("--condition", "cmp-supervised")
    workspace.manage("voice_to_face", voice, "--out", str(tmp_path), *supervised)
    vertices = [
        np.array([line.split()[1:] for line in path.read_text().splitlines() if line.startswith("v ")], float)
        for path in (together / "mesh.obj", tmp_path / "mesh.obj")
    ]
    assert vertices[0] == pytest.approx(vertices[1], abs=0.0011)  # mm; written with three decimals


def test_without_mean_faces_there_is_no_comparison_and_a_warning(workspace, generated, golden, tmp_path):
    (workspace.run / "mean-shapes.npz").write_bytes(b"PK half a file")
    try:
        output = workspace.manage("voice_to_face", str(golden / "voice" / "Alan_Tudyk.wav"), "--out", str(tmp_path))
    finally:
        (workspace.run / "mean-shapes.npz").unlink()
    assert "No face.json, which compares with mean faces: " in output
    assert "mean-shapes.npz is damaged" in output
    assert "face.json" not in {path.name for path in tmp_path.iterdir()}
    assert (tmp_path / "overlay.png").is_file()


def test_checkpoint_of_another_architecture_is_refused_and_nothing_is_made(workspace, generated, golden, tmp_path):
    checkpoint = workspace.run / "joint" / "final.pt"
    original = checkpoint.read_bytes()
    shutil.copy(workspace.run / "supervised" / "final.pt", checkpoint)
    try:
        call = ("voice_to_face", str(golden / "voice" / "Alan_Tudyk.wav"), "--out", str(tmp_path / "new"))
        assert "of another architecture" in workspace.manage(*call, status=1)
        assert not (tmp_path / "new").exists()
        again = workspace.manage("generate_stimuli", "demo", *workspace.generate, status=1)
        assert f"{checkpoint} is not the checkpoint that stage joint made" in again
        assert "delete the file to have the stage trained again" in again
    finally:
        checkpoint.write_bytes(original)
    assert "Nothing to do" in workspace.manage("generate_stimuli", "demo", *workspace.generate)
