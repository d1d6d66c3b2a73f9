"""The commands, end to end on a small simulated data set, and what they say about bad input."""

import errno
import re

import numpy as np
import pytest
from PIL import Image
from scipy.stats import pearsonr

from cmp_engine.cli import main
from cmp_engine.config import STAGES
from cmp_engine.data import DatasetError, Voxceleb3D, read_obj
from cmp_engine.inference import VoiceToFace
from cmp_engine.inference.check import check_run
from cmp_engine.io import files


def test_a_recording_gets_a_picture_and_a_mesh(smoke_run, small_dataset, tmp_path):
    voice = Voxceleb3D(small_dataset).test[0].wavs[0]
    status = main(["infer", str(smoke_run), str(voice), "--condition", "base-2", "--out", str(tmp_path / "faces")])
    assert status == 0
    with Image.open(tmp_path / "faces" / f"{voice.stem}.png") as picture:
        assert (picture.size, picture.mode) == ((64, 64), "RGB")
    vertices, faces = read_obj(tmp_path / "faces" / f"{voice.stem}.obj")
    assert faces.max() == len(vertices) - 1
    height = np.ptp(vertices[:, 1])
    assert 150 < height < 400  # a head in millimetres
    still = tmp_path / "still.png"
    assert main(["render", str(tmp_path / "faces" / f"{voice.stem}.obj"), "--out", str(still)]) == 0
    with Image.open(still) as picture:
        assert np.asarray(picture).std() > 5


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
    out = tmp_path / "out.png" if command != "infer" else tmp_path / f"{voice.stem}.png"
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
    assert list(tmp_path.iterdir()) == [out]


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
        (["infer", "RUN", "ABSENT", "--out", "OUT"], "ABSENT"),
        (["infer", "RUN", "a/x.wav", "b/x.mp3", "--out", "OUT"], "2 recordings are called 'x'"),
        (["sheet", "RUN", "--dataset", "DATA", "--out", "OUT"], "no finished condition"),
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
