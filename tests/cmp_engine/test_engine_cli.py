"""The commands, end to end on a small simulated data set, and what they say about bad input."""

import numpy as np
import pytest
from PIL import Image

from cmp_engine.cli import main
from cmp_engine.data import Voxceleb3D, read_obj


@pytest.fixture(scope="module")
def smoke_run(small_dataset, tmp_path_factory):
    run = tmp_path_factory.mktemp("cli") / "run"
    assert main(["train", str(run), "--dataset", str(small_dataset), "--profile", "smoke", "--device", "cpu"]) == 0
    return run


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
        # Reference picture and mesh, two pictures and three meshes of the conditions.
        assert picture.size == (7 * 192, len(Voxceleb3D(small_dataset).test) * 192)


def test_folder_for_the_sheet_that_does_not_exist_is_named(smoke_run, small_dataset, tmp_path, capsys):
    sheet = tmp_path / "absent" / "sheet.png"
    assert main(["sheet", str(smoke_run), "--dataset", str(small_dataset), "--out", str(sheet)]) == 1
    assert str(sheet) in capsys.readouterr().err


def test_check_names_expert_and_conditions(smoke_run, small_dataset, capsys):
    assert main(["check", str(smoke_run), "--dataset", str(small_dataset)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split(" on ")[0] for line in lines] == ["expert", "base-2", "cmp-unsupervised", "cmp-supervised"]


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
