"""The commands, end to end on a small simulated data set, and what they say about bad input."""

import errno
import json
import re
import shutil

import numpy as np
import pytest
import trimesh
from PIL import Image
from scipy.stats import pearsonr

from cmp_engine.building.landmarks import load_detector
from cmp_engine.cli import main
from cmp_engine.config import STAGES
from cmp_engine.data import DatasetError, Voxceleb3D, read_obj
from cmp_engine.inference import VoiceToFace
from cmp_engine.inference.check import check_run
from cmp_engine.io import files
from tests.cmp_engine.building.raw_folders import DETECTOR, TRUTH, write_raw

FACE = ["image.png", "mesh.glb", "mesh.obj", "overlay.png", "still.png"]


def names_in(folder):
    return sorted(path.name for path in folder.iterdir())


def test_a_recording_gets_pictures_and_meshes_in_a_folder_of_its_name(smoke_run, small_dataset, tmp_path, capsys):
    voice, out = Voxceleb3D(small_dataset).test[0].wavs[0], tmp_path / "faces"
    assert main(["infer", str(smoke_run), str(voice), "--condition", "base-2", "--out", str(out)]) == 0
    folder = out / voice.stem
    assert names_in(folder) == FACE
    assert capsys.readouterr().out.split() == [str(folder / name) for name in FACE]
    sizes = {}
    for name in ("image", "overlay", "still"):
        with Image.open(folder / f"{name}.png") as picture:
            sizes[name] = picture.size, picture.mode
    assert sizes == {"image": ((256, 256), "RGB"), "overlay": ((256, 256), "RGB"), "still": ((512, 512), "RGB")}
    vertices, faces = read_obj(folder / "mesh.obj")
    assert faces.max() == len(vertices) - 1
    assert 150 < np.ptp(vertices[:, 1]) < 400  # a head in millimetres
    in_metres = trimesh.load(folder / "mesh.glb", force="mesh", process=False)
    np.testing.assert_allclose(in_metres.vertices, vertices / 1000, atol=1e-6)
    still = tmp_path / "still.png"
    assert main(["render", str(folder / "mesh.obj"), "--out", str(still)]) == 0
    with Image.open(still) as picture:
        assert np.asarray(picture).std() > 5


def test_infer_of_a_condition_without_pictures_makes_none(smoke_run, small_dataset, tmp_path):
    voice = Voxceleb3D(small_dataset).test[0].wavs[0]
    assert main(["infer", str(smoke_run), str(voice), "--condition", "cmp-supervised", "--out", str(tmp_path)]) == 0
    assert names_in(tmp_path / voice.stem) == ["mesh.glb", "mesh.obj", "still.png"]


def test_broken_recording_is_told_of_and_stops_none_of_the_others(smoke_run, small_dataset, tmp_path, capsys):
    voice, broken = Voxceleb3D(small_dataset).test[0].wavs[0], tmp_path / "broken.wav"
    broken.write_bytes(b"no sound")
    call = ["infer", str(smoke_run), str(broken), str(voice), "--condition", "base-2", "--out", str(tmp_path / "out")]
    assert main(call) == 1
    assert re.search(r"error: .*broken\.wav", capsys.readouterr().err)
    assert names_in(tmp_path / "out") == [voice.stem]


def test_mean_faces_are_compared_with_once_the_data_set_was_named(smoke_run, small_dataset, tmp_path):
    run, voice = tmp_path / "my-run", Voxceleb3D(small_dataset).test[0].wavs[0]
    shutil.copytree(smoke_run, run)
    call = ["infer", str(run), str(voice), "--condition", "base-2", "--out", str(tmp_path / "out")]
    assert main([*call, "--dataset", str(small_dataset)]) == 0
    said = json.loads((tmp_path / "out" / voice.stem / "face.json").read_text())
    assert (said["run"], said["condition"]) == ("my-run", "base-2")
    assert said["gender"]["nearest"] in ("female", "male")
    (tmp_path / "out" / voice.stem / "face.json").unlink()
    assert main(call) == 0  # The run keeps its mean faces.
    assert json.loads((tmp_path / "out" / voice.stem / "face.json").read_text()) == said


def test_simulate_makes_a_data_set_and_completes_it(tmp_path, small_dataset):
    call = ["simulate", "--out", str(tmp_path / "data"), "--identities", "8", "--utterances", "2", "--seed", "5"]
    assert main(call) == 0
    dataset = Voxceleb3D(tmp_path / "data")
    assert dataset.is_simulated
    assert len(dataset.identities) == 8
    assert {len(each.utterances) for each in dataset.identities} == {2}
    made = {path: path.stat().st_mtime_ns for path in (tmp_path / "data").rglob("*.*")}
    assert main(call) == 0
    assert {path: path.stat().st_mtime_ns for path in (tmp_path / "data").rglob("*.*")} == made


def test_build_says_what_is_in_the_data_set(tmp_path, small_dataset, monkeypatch, capsys):
    raw = write_raw(tmp_path, small_dataset)
    monkeypatch.setenv(TRUTH, str(tmp_path / "truth.npz"))
    load_detector.cache_clear()
    folders = ["--voices", str(raw.voices), "--faces", str(raw.faces), "--meta", str(raw.meta)]
    out = tmp_path / "built"
    options = ["--landmarks", DETECTOR, "--model", "analytic:low", "--workers", "1"]
    assert main(["build", *folders, "--out", str(out), *options]) == 0
    dataset = Voxceleb3D(out)
    first, *_, last = capsys.readouterr().out.splitlines()
    assert first.startswith(f"{out}: {len(dataset.train)} people to train and {len(dataset.test)} to test, ")
    assert last == "Simulated voices and faces: tables and reports made of them will say so."


def test_sheet_shows_each_test_identity_with_every_condition(smoke_run, small_dataset, tmp_path):
    sheet = tmp_path / "sheet.png"
    assert main(["sheet", str(smoke_run), "--dataset", str(small_dataset), "--out", str(sheet)]) == 0
    with Image.open(sheet) as picture:
        # Reference picture and mesh, three pictures and four meshes of the conditions.
        assert picture.size == (9 * 192, len(Voxceleb3D(small_dataset).test) * 192)


@pytest.mark.parametrize("command", ["infer", "render", "sheet"])
def test_files_that_cannot_be_written_leave_what_was_there(
    command, smoke_run, small_dataset, tmp_path, capsys, monkeypatch
):
    def full(descriptor):
        raise OSError(errno.ENOSPC, "No space left on device")

    voice = Voxceleb3D(small_dataset).test[0].wavs[0]
    mesh = Voxceleb3D(small_dataset).test[0].reference.mesh
    out = tmp_path / "out.png" if command != "infer" else tmp_path / voice.stem / "image.png"
    out.parent.mkdir(exist_ok=True)
    out.write_text("before")
    calls = {
        "infer": [str(smoke_run), str(voice), "--condition", "base-2", "--out", str(tmp_path)],
        "render": [str(mesh), "--out", str(out)],
        "sheet": [str(smoke_run), "--dataset", str(small_dataset), "--out", str(out)],
    }
    monkeypatch.setattr(files.os, "fsync", full)
    assert main([command, *calls[command]]) == 1
    assert f"error: cannot write {out} (No space left on device). Free some space" in capsys.readouterr().err
    assert out.read_text() == "before"
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == [out]


def test_check_names_expert_and_conditions(smoke_run, small_dataset, capsys):
    assert main(["check", str(smoke_run), "--dataset", str(small_dataset)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split(" on ")[0] for line in lines] == ["expert", *STAGES]


def test_check_correlates_what_is_predicted_with_the_truth(smoke_run, small_dataset):
    """Every correlation of the table, worked out anew from the published files of the layout."""
    dataset = Voxceleb3D(small_dataset)
    predictor = VoiceToFace.load(smoke_run, "cmp-supervised")
    heard, true = [], []
    for each in dataset.test:
        for path in each.utterances[:3]:
            heard.append(predictor.predict([np.load(path)])[0].shape)
            true.append(np.load(each.faces[0].with_suffix(".npy"))[12:52])
    heard, true = np.array(heard, np.float64), np.array(true, np.float64)
    expected = [pearsonr(heard[:, column], true[:, column]).statistic for column in range(40)]
    (line,) = [line for line in check_run(smoke_run, dataset).splitlines() if line.startswith("cmp-supervised on ")]
    assert line.startswith(f"cmp-supervised on {len(true)} test voices: ")
    numbers = [float(number) for number in re.findall(r"[+-]\d\.\d\d", line)]
    assert numbers == pytest.approx([*expected[:8], np.mean(expected)], abs=0.011)
    spread = [float(number) for number in line.split("predictions 1-8: ")[1].split()]
    assert spread == pytest.approx(heard.std(axis=0)[:8], abs=0.006)


def test_check_of_a_data_set_without_known_parameters_says_so(smoke_run, small_dataset, tmp_path):
    for part in small_dataset.iterdir():
        if part.name != "VGG_ALL_FRONTAL":
            (tmp_path / part.name).symlink_to(part)
    for picture in small_dataset.glob("VGG_ALL_FRONTAL/*/*.jpg"):
        copy = tmp_path / picture.relative_to(small_dataset)
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.symlink_to(picture)
    with pytest.raises(DatasetError, match=r"no face picture has true parameters beside it.*simulate_dataset"):
        check_run(smoke_run, Voxceleb3D(tmp_path))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["train", "RUN", "--dataset", "ABSENT"], "no such folder"),
        (["train", "RUN", "--dataset", "DATA", "--profile", "huge"], "unknown profile 'huge'; known are smoke"),
        (["train", "RUN", "--dataset", "DATA", "--conditions", "base-9"], "unknown condition 'base-9'"),
        (["train", "RUN", "--dataset", "DATA", "--profile", "smoke", "--device", "tpu"], "unknown device 'tpu'"),
        (["infer", "RUN", "ABSENT", "--out", "OUT"], "RUN is no training run (it has no config.toml); train first"),
        (["infer", "RUN", "a/x.wav", "b/x.wav", "--out", "OUT"], "2 recordings are called 'x.wav'"),
        (["infer", "RUN", "x.wav", "--condition", "base-9", "--out", "OUT"], "unknown condition 'base-9'"),
        (["simulate", "--out", "OUT", "--identities", "7"], "8"),
        (["simulate", "--out", "OUT", "--utterances", "1"], "1 utterances per identity are too few"),
        (["simulate", "--out", "OUT", "--coupling", "some"], "some"),
        (["build", "--voices", "V", "--faces", "F", "--meta", "ABSENT", "--out", "OUT"], "V"),
        (["sheet", "RUN", "--dataset", "DATA", "--out", "OUT"], "no finished condition"),
        (
            ["sheet", "RUN", "--dataset", "DATA", "--out", "OUT", "--rows", "0"],
            "a sheet of 0 rows shows nobody",
        ),
        (["sheet", "RUN", "--dataset", "DATA", "--out", "OUT", "--rows", "-1"], "a sheet of -1 rows shows nobody"),
        (["calibrate", "OUT", "--seeds", "0"], "--seeds is 0; ask for at least 1"),
        (["calibrate", "OUT", "--seeds", "-2"], "--seeds is -2; ask for at least 1"),
        (["render", "ABSENT", "--out", "OUT"], "ABSENT"),
    ],
)
def test_bad_input_is_one_line_a_status_and_no_file(arguments, message, small_dataset, tmp_path, capsys):
    places = {name: str(tmp_path / name) for name in ("RUN", "OUT", "ABSENT")} | {"DATA": str(small_dataset)}
    assert main([places.get(argument, argument) for argument in arguments]) == 1
    error = capsys.readouterr().err.strip().splitlines()[-1]
    assert error.startswith("error: ")
    assert message in error
    assert not (tmp_path / "RUN").exists()
    assert not (tmp_path / "OUT").exists()


def test_cuda_is_refused_where_there_is_none(small_dataset, tmp_path, capsys, monkeypatch):
    monkeypatch.setattr("torch.cuda.device_count", lambda: 0)
    command = ["train", str(tmp_path / "run"), "--dataset", str(small_dataset), "--profile", "smoke"]
    assert main([*command, "--device", "cuda"]) == 1
    assert "'cuda' asked for, but PyTorch finds 0; use cpu or auto" in capsys.readouterr().err
    assert not (tmp_path / "run").exists()
