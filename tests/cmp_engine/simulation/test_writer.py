import csv
import errno
import hashlib
import json
import os
import stat
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from cmp_engine import processes
from cmp_engine.audio import load_waveform, voice_features
from cmp_engine.data import DatasetError, Voxceleb3D, read_obj
from cmp_engine.exceptions import WriteError
from cmp_engine.io import files
from cmp_engine.morphable import MorphableModel
from cmp_engine.simulation import VERSION, SimulationError, people, simulate, writer
from cmp_engine.simulation.population import COUPLED_DIRECTIONS, DIRECTIONS, draw_population

ARGUMENTS = {"identities": 8, "utterances": 2, "seed": 4}


def contents(root: Path) -> dict[str, str]:
    """Digest of every file by its path."""
    files = (path for path in root.rglob("*") if path.is_file())
    return {path.relative_to(root).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def test_files_lie_where_voxceleb_3d_has_them(small_dataset):
    files = {path.relative_to(small_dataset).as_posix() for path in small_dataset.rglob("*") if path.is_file()}
    assert not [name for name in files if ".part" in name or "started" in name]
    with (small_dataset / "vox1_meta.csv").open(newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\t"))
    assert list(rows[0]) == ["VoxCeleb1 ID", "VGGFace1 ID", "Gender", "Nationality", "Set"]
    expected = {"vox1_meta.csv", "simulation.json"}
    for row in rows:
        name = row["VGGFace1 ID"]
        expected |= {f"VGG_ALL_FRONTAL/{name}/{n}.{end}" for n in range(1, 7) for end in ("jpg", "npy")}
        if name[0] in "ABCDE":
            expected |= {f"A2E_val/{name}/{name}{end}" for end in (".jpg", ".obj", ".xyz", "_b.jpg", ".npy")}
        else:
            expected |= {f"F2Z/{name}/{n}{end}" for n in range(1, 7) for end in (".npy", ".xyz", "_b.jpg")}
    voices = {name for name in files if name.startswith(("wav/", "fbank/"))}
    assert files - voices == expected
    assert len(voices) == 8 * 3 * 2
    assert {Path(name).parts[1] for name in voices} == {row["VoxCeleb1 ID"] for row in rows}
    assert {len(Path(name).parts[2]) for name in voices} == {11}


def test_loaders_find_everyone(small_dataset):
    data = Voxceleb3D(small_dataset)
    assert (len(data.test), len(data.train)) == (2, 6)
    for identity in data.identities:
        assert (len(identity.utterances), len(identity.wavs), len(identity.faces)) == (3, 3, 6)
        assert identity.gender in {"m", "f"}
        assert [path.stem for path in identity.utterances] == [path.stem for path in identity.wavs]
        assert (identity.reference is not None) == (identity in data.test)


def test_features_are_those_of_the_recording(small_dataset):
    identity = Voxceleb3D(small_dataset).train[0]
    assert len(load_waveform(identity.wavs[1])) == 96000
    features = np.load(identity.utterances[1])
    np.testing.assert_array_equal(features, voice_features(identity.wavs[1]))
    assert (features.shape, features.dtype) == ((1000, 64), np.float32)


def test_truth_agrees_with_parameters_coefficients_and_meshes(small_dataset):
    truth = json.loads((small_dataset / "simulation.json").read_text())
    stated = {"identities": 8, "utterances": 3, "coupling": "default", "seed": 0, "version": VERSION}
    assert truth["arguments"] == stated
    model = MorphableModel.analytic("medium")
    data = Voxceleb3D(small_dataset)
    for identity in data.identities:
        shape = np.array(truth["identities"][identity.name]["shape"], np.float32)
        parameters = np.load(identity.faces[2].with_suffix(".npy"))
        assert (parameters.shape, parameters.dtype) == ((102,), np.float32)
        np.testing.assert_array_equal(parameters[12:52], shape)
        assert 0.3 < parameters[52:62].std() < 1.1
        np.testing.assert_array_equal(parameters[62:], 0)
    reference = data.test[0].reference
    shape = torch.tensor(truth["identities"][data.test[0].name]["shape"])
    vertices, faces = read_obj(reference.mesh)
    np.testing.assert_allclose(vertices, model.vertices(shape[None])[0].numpy(), atol=0.001)  # three decimals
    np.testing.assert_array_equal(faces, model.faces.numpy())
    coefficients = np.load(reference.coefficients)
    assert coefficients.shape == (228,)
    np.testing.assert_allclose(coefficients[:40], (shape * model.shape_sd).numpy(), rtol=1e-5)
    np.testing.assert_array_equal(coefficients[40:], 0)


def test_fit_of_a_training_face_is_along_unit_directions(small_dataset):
    identity = Voxceleb3D(small_dataset).train[3]
    parameters = np.load(identity.faces[0].with_suffix(".npy"))
    fit = np.load(small_dataset / "F2Z" / identity.name / "1.npy")
    assert fit.shape == (199,)
    model = MorphableModel.analytic("low")
    np.testing.assert_allclose(fit[:40], parameters[12:52] * model.shape_sd.numpy(), rtol=1e-5)
    cloud = np.loadtxt(small_dataset / "F2Z" / identity.name / "1.xyz")
    expected = model.vertices(*torch.from_numpy(parameters[None, 12:62]).split([40, 10], dim=1))
    np.testing.assert_allclose(cloud, expected[0].numpy(), atol=0.001)


def test_pictures_have_their_sizes_and_show_different_poses_of_one_look(small_dataset):
    identity = Voxceleb3D(small_dataset).test[1]
    faces = [np.asarray(Image.open(path)) for path in identity.faces]
    assert {face.shape for face in faces} == {(64, 64, 3)}
    assert all(np.abs(faces[0].astype(int) - face).mean() > 3 for face in faces[1:])
    assert np.asarray(Image.open(identity.reference.picture)).shape == (256, 256, 3)


def test_coupling_reaches_the_files_but_not_the_voices(small_dataset, tmp_path):
    people.write_person((0, draw_population(8, "none", 0)[0]), out=tmp_path, utterances=1, seed=0)
    coupled = Voxceleb3D(small_dataset).identities[0]
    (uncoupled_wav,) = tmp_path.rglob("*.wav")
    assert uncoupled_wav.read_bytes() == (small_dataset / uncoupled_wav.relative_to(tmp_path)).read_bytes()
    uncoupled = np.load(tmp_path / "VGG_ALL_FRONTAL" / coupled.name / "1.npy")
    changed = np.flatnonzero(uncoupled != np.load(coupled.faces[0].with_suffix(".npy")))
    assert {DIRECTIONS[column - 12] for column in changed} == {each.direction for each in COUPLED_DIRECTIONS}


def test_interrupted_call_is_completed_and_equals_an_uninterrupted_one(tmp_path, monkeypatch):
    monkeypatch.setattr(people, "FACES", 1)
    simulate(tmp_path / "whole", **ARGUMENTS)
    written = []

    def until_the_fourth(numbered, **options):
        if len(written) == 3:
            raise KeyboardInterrupt
        written.append(numbered[0])
        people.write_person(numbered, **options)

    with monkeypatch.context() as patch:
        patch.setattr(writer, "write_person", until_the_fourth)
        with pytest.raises(KeyboardInterrupt):
            simulate(tmp_path / "parts", **ARGUMENTS)
    assert not (tmp_path / "parts" / "simulation.json").exists()
    first_recording = next((tmp_path / "parts" / "wav").rglob("*.wav"))
    before = first_recording.stat().st_mtime_ns
    simulate(tmp_path / "parts", **ARGUMENTS)
    assert first_recording.stat().st_mtime_ns == before
    assert contents(tmp_path / "parts") == contents(tmp_path / "whole")


def test_finished_data_set_means_no_work(small_dataset, monkeypatch):
    monkeypatch.setattr(writer, "write_person", None)
    calls = []
    simulate(small_dataset, identities=8, utterances=3, seed=0, progress=lambda *call: calls.append(call))
    assert calls == []


def test_a_call_killed_between_its_last_two_steps_is_completed(tmp_path, monkeypatch):
    monkeypatch.setattr(people, "FACES", 1)
    simulate(tmp_path, **ARGUMENTS)
    whole = contents(tmp_path)
    mark = tmp_path / "simulation.started.json"
    mark.write_text(json.dumps({"arguments": json.loads((tmp_path / "simulation.json").read_text())["arguments"]}))
    monkeypatch.setattr(writer, "write_person", None)
    with pytest.raises(DatasetError, match="its making was interrupted"):
        Voxceleb3D(tmp_path)
    simulate(tmp_path, **ARGUMENTS)
    assert contents(tmp_path) == whole
    assert len(Voxceleb3D(tmp_path).identities) == 8


def test_progress_counts_people(tmp_path, monkeypatch):
    monkeypatch.setattr(writer, "write_person", lambda numbered, **options: None)
    calls = []
    simulate(tmp_path / "a", **ARGUMENTS, progress=lambda *call: calls.append(call))
    assert calls == [(number, 8) for number in range(1, 9)]


def test_many_processes_write_what_one_writes(small_dataset, tmp_path, monkeypatch):
    monkeypatch.setattr(processes, "_FEWEST_FOR_PROCESSES", 2)
    simulate(tmp_path / "data", identities=8, utterances=3, seed=0)
    assert contents(tmp_path / "data") == contents(small_dataset)


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"utterances": 5}, "holds a data set simulated with identities=8, utterances=3, coupling=default, seed=0"),
        ({"seed": 1}, "seed=1, version=2 was asked for. Ask for the same, name another folder, or remove"),
        ({"coupling": "none"}, "coupling=none, seed=0, version=2 was asked for"),
        ({"coupling": "some"}, "unknown coupling 'some'; choose one of: default, none"),
        ({"identities": 7}, "7 identities are too few"),
        ({"utterances": 1}, "1 utterances per identity are too few; ask for at least 2"),
    ],
)
def test_arguments_that_do_not_fit_are_refused(small_dataset, changed, message):
    before = contents(small_dataset)
    with pytest.raises(SimulationError, match=message):
        simulate(small_dataset, **{"identities": 8, "utterances": 3, "seed": 0} | changed)
    assert contents(small_dataset) == before


def test_data_of_an_older_simulation_is_not_taken_for_this_one(tmp_path):
    older = {"identities": 8, "utterances": 3, "coupling": "default", "seed": 0, "version": VERSION - 1}
    (tmp_path / "simulation.json").write_text(json.dumps({"arguments": older}))
    with pytest.raises(SimulationError, match=f"version={VERSION - 1}, but .*version={VERSION} was asked for"):
        simulate(tmp_path, identities=8, utterances=3, seed=0)


def test_folder_with_something_else_is_left_alone(tmp_path):
    folder = tmp_path / "thesis"
    folder.mkdir()
    (folder / "thesis.tex").write_text("...")
    with pytest.raises(SimulationError, match="is not empty and holds no data set that was simulated"):
        simulate(folder, **ARGUMENTS)
    with pytest.raises(SimulationError, match=r"thesis\.tex is a file; name a folder"):
        simulate(folder / "thesis.tex", **ARGUMENTS)
    assert [path.name for path in folder.iterdir()] == ["thesis.tex"]


def test_damaged_truth_is_named(tmp_path):
    (tmp_path / "simulation.json").write_text("{}")
    with pytest.raises(SimulationError, match=r"simulation\.json is damaged"):
        simulate(tmp_path, **ARGUMENTS)


@pytest.mark.parametrize("nth", [1, 2, 6])
def test_full_disk_leaves_no_partial_file_and_the_next_call_goes_on(tmp_path, monkeypatch, nth):
    real_sync, synced = os.fsync, []

    def sync(descriptor):
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            return
        synced.append(descriptor)
        if len(synced) == nth:
            raise OSError(errno.ENOSPC, "No space left on device")
        real_sync(descriptor)

    population = draw_population(8, "default", 4)
    with monkeypatch.context() as patch:
        patch.setattr(files.os, "fsync", sync)
        with pytest.raises(WriteError, match=r"No space left on device.*Free some space"):
            people.write_person((0, population[0]), out=tmp_path, utterances=2, seed=4)
    left = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert len(left) == nth - 1
    assert not [path for path in left if path.name.startswith(".")]
    people.write_person((0, population[0]), out=tmp_path, utterances=2, seed=4)
    assert len(list(tmp_path.rglob("*.npy"))) == 2 + 6 + 1
