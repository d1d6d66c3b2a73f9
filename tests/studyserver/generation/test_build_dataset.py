import shutil

import pytest
from django.core.management import CommandError, call_command

from cmp_engine.building.landmarks import load_detector
from cmp_engine.data import FaceSampler, Voxceleb3D
from tests.cmp_engine.building.raw_folders import DETECTOR, TRUTH, RawFolders, write_raw


@pytest.fixture
def raw(tmp_path, small_dataset, monkeypatch) -> RawFolders:
    monkeypatch.setenv(TRUTH, str(tmp_path / "truth.npz"))
    load_detector.cache_clear()  # kept for the process; the truth of another test lies elsewhere
    return write_raw(tmp_path, small_dataset)


def command(raw, out, **changed):
    options = raw._asdict() | {"out": out, "model": "analytic:low", "landmarks": DETECTOR} | changed
    call_command("build_dataset", **options, verbosity=0)


def test_command_builds_what_the_loaders_read_and_says_what_it_left_out(raw, tmp_path, capsys):
    name = min(path.name for path in raw.faces.iterdir())
    (raw.faces / name / "1.jpg").write_bytes(b"no picture")
    shutil.rmtree(raw.faces / max(path.name for path in raw.faces.iterdir()))
    command(raw, tmp_path / "built")
    data = Voxceleb3D(tmp_path / "built")
    assert len(data.identities) == 7
    assert len(FaceSampler(data.test)._faces) == 11
    output = capsys.readouterr().out
    assert f"{tmp_path / 'built'}: 5 people to train and 2 to test, 21 recordings, 41 faces." in output
    assert "Without a face: 1 people" in output
    assert "Left out 1 x unreadable picture." in output
    assert f"Which, and why: {tmp_path / 'built' / 'build.json'}" in output
    assert "Simulated voices and faces: tables and reports made of them will say so." in output


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"voices": "nowhere"}, r"nowhere: no such folder; give the folder of recordings"),
        ({"model": "flame"}, "unknown morphable model 'flame'; choose one of: analytic"),
        ({"landmarks": "nowhere.Detector"}, "cannot load the landmark detector 'nowhere.Detector'"),
        ({"workers": 0}, "0 workers cannot work; ask for 1 or more"),
    ],
)
def test_command_refuses_what_cannot_be_and_writes_nothing(raw, tmp_path, changed, message):
    with pytest.raises(CommandError, match=message):
        command(raw, tmp_path / "built", **changed)
    assert not (tmp_path / "built").exists()
