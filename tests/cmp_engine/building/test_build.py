import json
import shutil
import struct
import wave

import numpy as np
import pytest
import torch
from PIL import Image

from cmp_engine.audio import voice_features
from cmp_engine.building import BuildError, build, builder
from cmp_engine.building import landmarks as detectors
from cmp_engine.building.record import PersonRecord
from cmp_engine.data import CropRule, DatasetError, FaceSampler, TripletSampler, Voxceleb3D, read_obj
from cmp_engine.morphable import MorphableModel
from cmp_engine.morphable.coefficients import from_published
from cmp_engine.morphable.fitting import FittingError, similarity
from cmp_engine.training.ground_truth import FittedShapes
from tests.cmp_engine.building.raw_folders import DETECTOR, TRUTH, digest

pytestmark = pytest.mark.xdist_group("building")
MODEL = "analytic:low"


@pytest.fixture(autouse=True)
def detector_of_this_test():
    """A detector is kept for the process; the next test's truth may lie elsewhere."""
    detectors.load_detector.cache_clear()


@pytest.fixture
def make(raw, tmp_path):
    """Build from the raw folders; arguments can be replaced."""

    def make(**changed):
        arguments = raw._asdict() | {"model": MODEL, "landmarks": DETECTOR} | changed
        return build(arguments.pop("out", tmp_path / "built"), **arguments)

    return make


@pytest.fixture(scope="module")
def built(raw_root, tmp_path_factory):
    """What becomes of the raw folders as they are. Never write to it."""
    out = tmp_path_factory.mktemp("built") / "data"
    folders = {"voices": raw_root / "vox", "faces": raw_root / "vggface", "meta": raw_root / "vox1_meta.csv"}
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(TRUTH, str(raw_root / "truth.npz"))
        build(out, **folders, model=MODEL, landmarks=DETECTOR)
    return out


def contents(root):
    return {
        path.relative_to(root).as_posix(): path.read_bytes()
        for path in root.rglob("*")
        if path.is_file() and path.name != "build.json"
    }


def test_the_loaders_read_what_was_built(make, tmp_path, small_dataset):
    summary = make()
    assert (summary.train, summary.test, summary.utterances, summary.faces) == (6, 2, 24, 48)
    assert summary.skipped == summary.without_face == summary.without_voice == ()
    data, simulated = Voxceleb3D(tmp_path / "built"), Voxceleb3D(small_dataset)
    assert [(each.name, each.vox_id, each.gender) for each in data.identities] == [
        (each.name, each.vox_id, each.gender) for each in simulated.identities
    ]
    for built, true in zip(data.identities, simulated.identities, strict=True):
        assert [np.load(path).shape for path in built.utterances] == [(1000, 64)] * 3
        np.testing.assert_array_equal(np.load(built.utterances[0]), np.load(true.utterances[0]))
        assert [path.name for path in built.faces] == [path.name for path in true.faces]
        assert (built.reference is not None) == (built in data.test)
    rng = np.random.default_rng(0)
    assert FaceSampler(data.train).draw(4, rng).image.shape == (4, 3, 64, 64)
    assert TripletSampler(data.train, CropRule()).draw_triplets(4, rng).anchor.shape[:2] == (4, 64)
    assert FittedShapes(data, MorphableModel.analytic("low").shape_sd).draw([0, 5], rng).shape == (2, 50)


def test_fitted_faces_are_near_the_true_ones(built, small_dataset):
    """By the landmarks, of which the fit knows all; the mean face is several times as far away."""
    model = MorphableModel.analytic("low")
    fitted, true = [], []
    for person in Voxceleb3D(built).train:
        for picture in person.faces:
            code = np.load(built / "F2Z" / person.name / f"{picture.stem}.npy")
            assert code.shape == (199,)
            fitted.append(from_published(model, torch.from_numpy(code)[None], torch.zeros(1, 10))[0])
            truth = np.load(small_dataset / "VGG_ALL_FRONTAL" / person.name / f"{picture.stem}.npy")
            true.append(torch.from_numpy(truth[None, 12:52]))
    points, expected = (model.vertices(torch.cat(each))[:, model.landmarks].double() for each in (fitted, true))
    weight = torch.ones(68).double()
    mean = model.mean[model.landmarks].double().expand_as(expected)
    error, of_the_mean = (
        (similarity(each, expected, weight).applied(each) - expected).norm(dim=2).mean().item()
        for each in (points, mean)
    )
    assert error < 0.5 * of_the_mean
    assert error < 1.3


def test_the_reference_is_the_mesh_of_the_most_frontal_picture(built, small_dataset):
    model = MorphableModel.analytic("low")
    for person in Voxceleb3D(built).test:
        poses = [np.load(small_dataset / "VGG_ALL_FRONTAL" / person.name / f"{n}.npy")[:12] for n in range(1, 7)]
        # The cosine between the nose and the viewer: third entry of the third row of sR, over s.
        towards = [pose.reshape(3, 4)[2, 2] / np.linalg.norm(pose.reshape(3, 4)[2, :3]) for pose in poses]
        pictures = {path.read_bytes(): n for n, path in enumerate(person.faces)}
        chosen = pictures[person.reference.picture.read_bytes()]
        assert towards[chosen] > max(towards) - 0.005  # within a degree or so of the best
        codes = torch.from_numpy(np.load(person.reference.coefficients))
        assert codes.shape == (228,)
        mesh = model.vertices(*from_published(model, codes[None, :199], codes[None, 199:]))[0]
        vertices, faces = read_obj(person.reference.mesh)
        np.testing.assert_allclose(vertices, mesh.numpy(), atol=0.002)
        np.testing.assert_array_equal(faces, model.faces.numpy())


def test_overlays_show_the_true_face(built, small_dataset):
    """Drawn from the fit, they are much more like those drawn from the true parameters than the bare picture is."""

    def pixels(path):
        with Image.open(path) as file:
            return np.asarray(file).astype(int)

    off, bare = [], []
    for person in Voxceleb3D(built).train:
        fitted, true = (pixels(root / "F2Z" / person.name / "1_b.jpg") for root in (built, small_dataset))
        off.append(np.abs(fitted - true).mean())
        bare.append(np.abs(pixels(small_dataset / "VGG_ALL_FRONTAL" / person.name / "1.jpg") - true).mean())
    assert np.mean(off) < 0.35 * np.mean(bare)


def test_pictures_of_any_shape_and_format_are_fitted_alike(make, raw, raw_root, tmp_path, monkeypatch):
    """One picture is widened by black and stored as PNG: its landmarks lie at the same pixels."""
    name = next(path.name for path in sorted(raw.faces.iterdir()) if path.name[0] > "E")
    square = np.asarray(Image.open(raw.faces / name / "1.jpg"))
    wide = np.pad(square, ((0, 0), (0, 30), (0, 0)))
    (raw.faces / name / "1.jpg").unlink()
    Image.fromarray(wide).save(raw.faces / name / "1.PNG")
    with np.load(raw_root / "truth.npz") as stored:
        truth = dict(stored)
    np.savez(tmp_path / "truth.npz", **truth, **{digest(wide): truth[digest(square)]})
    monkeypatch.setenv(TRUTH, str(tmp_path / "truth.npz"))
    make(out=tmp_path / "wide")
    fit = tmp_path / "wide" / "F2Z" / name
    built = Voxceleb3D(tmp_path / "wide")
    assert np.asarray(Image.open(fit / "1_b.jpg")).shape == wide.shape
    # The face alone, as large as in the square picture, whatever surrounds it.
    landmarks = truth[digest(square)][:, :2]
    side = round(np.ptp(landmarks, axis=0).max() * 2**0.5)
    with Image.open(tmp_path / "wide" / "VGG_ALL_FRONTAL" / name / "1.jpg") as file:
        assert (file.format, file.size) == ("JPEG", (max(side, 64),) * 2)
    assert name in {each.name for each in built.train}
    shutil.rmtree(raw.faces / name)
    shutil.copytree(raw_root / "vggface" / name, raw.faces / name)
    detectors.load_detector.cache_clear()
    make(out=tmp_path / "square")
    expected = np.load(tmp_path / "square" / "F2Z" / name / "1.npy")
    np.testing.assert_allclose(
        np.load(fit / "1.npy"), expected, atol=0.01
    )  # mm; the unit of the ridge differs a little


def test_a_small_face_in_a_large_photograph_fills_its_picture(make, raw, raw_root, tmp_path, monkeypatch):
    name = next(path.name for path in sorted(raw.faces.iterdir()) if path.name[0] > "E")
    square = np.asarray(Image.open(raw.faces / name / "1.jpg"))
    large = np.pad(square, ((40, 200), (150, 100), (0, 0)), constant_values=255)
    (raw.faces / name / "1.jpg").unlink()
    Image.fromarray(large).save(raw.faces / name / "1.png")
    with np.load(raw_root / "truth.npz") as stored:
        truth = dict(stored)
    landmarks = truth[digest(square)]
    moved = np.add(landmarks, (150, 40, 0))
    np.savez(tmp_path / "truth.npz", **truth, **{digest(large): moved})
    monkeypatch.setenv(TRUTH, str(tmp_path / "truth.npz"))
    make(out=tmp_path / "large")
    with Image.open(tmp_path / "large" / "VGG_ALL_FRONTAL" / name / "1.jpg") as file:
        picture = np.asarray(file).astype(int)
    (left, top), (right, bottom) = landmarks[:, :2].min(axis=0), landmarks[:, :2].max(axis=0)
    inner = square[round(top) : round(bottom), round(left) : round(right)].astype(int)
    edge = len(picture)
    middle = picture[round(edge * 0.3) : round(edge * 0.7), round(edge * 0.3) : round(edge * 0.7)]
    # Skin, not the white around the photograph's small face.
    assert np.abs(middle.mean(axis=(0, 1)) - inner.mean(axis=(0, 1))).max() < 25


def test_a_killed_build_goes_on_and_equals_an_uninterrupted_one(make, built, tmp_path, monkeypatch):
    made = []

    def until_the_fourth(person, **options):
        if len(made) == 3:
            raise KeyboardInterrupt
        made.append(person.name)
        return builder_person(person, **options)

    builder_person = builder.build_person
    with monkeypatch.context() as patch:
        patch.setattr(builder, "build_person", until_the_fourth)
        with pytest.raises(KeyboardInterrupt):
            make(out=tmp_path / "parts")
    with pytest.raises(DatasetError, match=r"its making was interrupted. Run the same build_dataset command again"):
        Voxceleb3D(tmp_path / "parts")
    done = [path for part in ("fbank", "VGG_ALL_FRONTAL") for path in (tmp_path / "parts" / part).rglob("*.*")]
    before = [path.stat().st_mtime_ns for path in done]
    assert len(before) == 3 * (3 + 6)  # utterances and pictures of three people
    summary = make(out=tmp_path / "parts")
    assert [path.stat().st_mtime_ns for path in done] == before
    assert summary.faces == 48
    assert contents(tmp_path / "parts") == contents(built)


def test_a_finished_data_set_is_left_alone(make, monkeypatch):
    first = make()
    monkeypatch.setattr(builder, "build_person", None)
    calls = []
    assert make(progress=lambda *call: calls.append(call)) == first
    assert calls == []


def test_progress_counts_people(make):
    calls = []
    make(progress=lambda *call: calls.append(call))
    assert calls == [(number, 8) for number in range(1, 9)]


def test_two_processes_build_what_one_builds(make, built, tmp_path):
    assert make(workers=2).faces == 48
    assert contents(tmp_path / "built") == contents(built)


def test_people_with_only_a_voice_or_a_face_are_named(make, raw, tmp_path):
    (raw.faces / "Ada_Lovelace").mkdir()
    name = sorted(path.name for path in raw.faces.iterdir())[-1]
    shutil.rmtree(raw.faces / name)
    summary = make()
    assert (summary.without_voice, summary.without_face) == (("Ada_Lovelace",), (name,))
    record = json.loads((tmp_path / "built" / "build.json").read_text())
    assert record["summary"]["without_face"] == [name]
    assert record["arguments"]["topology"] == "analytic-head-low"


def write_silence(path):
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(16000)
        file.writeframes(struct.pack("<16000h", *([0] * 16000)))


def test_what_cannot_be_used_is_left_out_with_its_reason(make, raw, tmp_path):
    recordings, pictures = sorted(raw.voices.rglob("*.wav")), sorted(raw.faces.rglob("*.jpg"))
    write_silence(recordings[0])
    recordings[1].write_bytes(b"RIFF")
    pictures[0].write_bytes(b"no picture")
    Image.new("RGB", (64, 64)).save(pictures[1])
    Image.new("RGB", (64, 64)).save(pictures[2].with_suffix(".png"))
    (pictures[3].with_name("notes.txt")).write_text("not a picture")
    summary = make()
    assert (summary.utterances, summary.faces) == (22, 46)
    reasons = {each.path: each.reason for each in summary.skipped}
    assert set(reasons) == {str(path) for path in (*recordings[:2], *pictures[:2], pictures[2].with_suffix(".png"))}
    assert reasons[str(recordings[0])].startswith("no speech found in 1.00 s of sound")
    assert "not a readable audio file" in reasons[str(recordings[1])]
    assert "not a readable picture" in reasons[str(pictures[0])]
    assert reasons[str(pictures[1])] == f"{DETECTOR} found no face"
    assert reasons[str(pictures[2].with_suffix(".png"))] == f"{pictures[2].name} has the same name"
    assert summary.kinds() == {
        "recording without speech": 1,
        "unusable recording": 1,
        "unreadable picture": 1,
        "picture without a face": 1,
        "picture named like another": 1,
    }
    record = json.loads((tmp_path / "built" / "build.json").read_text())
    assert {each["path"] for each in record["summary"]["skipped"]} == set(reasons)
    files = {path.name for path in (tmp_path / "built" / "VGG_ALL_FRONTAL" / pictures[0].parent.name).iterdir()}
    assert pictures[0].name not in files


def test_faces_beyond_their_picture_or_turned_aside_are_left_out_and_counted(
    make, raw, raw_root, tmp_path, monkeypatch
):
    beyond, aside, *_ = sorted(raw.faces.rglob("*.jpg"))
    with np.load(raw_root / "truth.npz") as stored:
        truth = dict(stored)
    truth[digest(np.asarray(Image.open(beyond)))] += np.array([500, 0, 0])
    # Columns and depths change places: a quarter of a turn to the side.
    landmarks = truth[digest(np.asarray(Image.open(aside)))]
    middle = landmarks.mean(axis=0)
    landmarks[:] = middle + (landmarks - middle)[:, [2, 1, 0]] * (1, 1, -1)
    np.savez(tmp_path / "truth.npz", **truth)
    monkeypatch.setenv(TRUTH, str(tmp_path / "truth.npz"))
    detectors.load_detector.cache_clear()
    summary = make()
    assert {each.path: each.kind for each in summary.skipped} == {
        str(beyond): "face outside its picture",
        str(aside): "face turned aside",
    }
    assert summary.kinds()["face turned aside"] == 1
    assert summary.faces == 46
    assert not list((tmp_path / "built").rglob(f"{aside.parent.name}/{aside.name}"))


def test_a_person_without_a_usable_file_leaves_nothing(make, raw, tmp_path):
    names = sorted(path.name for path in raw.faces.iterdir())
    ids = {row.split("\t")[1]: row.split("\t")[0] for row in raw.meta.read_text().splitlines()}
    for recording in (raw.voices / ids[names[0]]).rglob("*.wav"):
        write_silence(recording)
    for picture in (raw.faces / names[1]).iterdir():
        picture.write_bytes(b"")
    summary = make()
    assert summary.train + summary.test == 6
    reasons = [each.reason for each in summary.skipped]
    assert f"{names[0]} has no usable recording and is left out" in reasons
    assert f"{names[1]} has no usable picture and is left out" in reasons
    left = "\n".join(contents(tmp_path / "built"))
    assert not [word for word in (names[0], names[1], ids[names[0]], ids[names[1]]) if word in left]


def test_nothing_is_left_where_nobody_can_be_used(make, raw, tmp_path):
    for picture in raw.faces.rglob("*.jpg"):
        picture.write_bytes(b"")
    with pytest.raises(BuildError, match=r"none of the 8 people .* could be used: .*1\.jpg: not a readable picture"):
        make()
    assert not (tmp_path / "built").exists()


def remove(path):
    shutil.rmtree(path) if path.is_dir() else path.unlink()


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda raw: remove(raw.voices), r"vox: no such folder; give the folder of recordings"),
        (lambda raw: remove(raw.faces), "vggface: no such folder; give the folder of pictures"),
        (lambda raw: [remove(each) for each in raw.faces.iterdir()], "vggface: holds no folders"),
        (lambda raw: remove(raw.meta), "vox1_meta.csv: no such file; give vox1_meta.csv of VoxCeleb1"),
        (lambda raw: raw.meta.write_text("name,age\nAda,3\n"), "vox1_meta.csv: not a VoxCeleb1 meta file"),
        (lambda raw: raw.meta.write_text("VoxCeleb1 ID\tVGGFace1 ID\tGender\n"), r"none of the 8 people in .*id1000"),
    ],
)
def test_folders_that_cannot_be_used_are_named_and_nothing_is_written(make, raw, tmp_path, spoil, message):
    spoil(raw)
    with pytest.raises(BuildError, match=message):
        make()
    assert not (tmp_path / "built").exists()


@pytest.mark.parametrize(
    ("changed", "error", "message"),
    [
        ({"model": "flame"}, Exception, "unknown morphable model 'flame'; choose one of: analytic"),
        (
            {"landmarks": "nowhere.Detector"},
            BuildError,
            r"cannot load the landmark detector 'nowhere.Detector' .*No mod",
        ),
        (
            {"landmarks": "tests.conftest.Nobody"},
            BuildError,
            "cannot load the landmark detector 'tests.conftest.Nobody'",
        ),
        ({"landmarks": "face"}, BuildError, "cannot load the landmark detector 'face'"),
        ({"workers": 0}, BuildError, "0 workers cannot work; ask for 1 or more"),
    ],
)
def test_arguments_that_cannot_be_used_are_refused_before_anything_is_written(make, tmp_path, changed, error, message):
    with pytest.raises(error, match=message):
        make(**changed)
    assert not (tmp_path / "built").exists()


def test_a_model_without_landmarks_is_refused_before_anything_is_written(make, golden, tmp_path):
    shutil.copy(golden / "sfm" / "sfm_shape_3448.bin", tmp_path)
    with pytest.raises(FittingError, match="'Surrey Face Model' has 0 of the landmarks to fit"):
        make(model=f"surrey:{tmp_path / 'sfm_shape_3448.bin'}")
    assert not (tmp_path / "built").exists()


def test_another_build_in_the_same_folder_is_refused(make, tmp_path):
    make()
    before = contents(tmp_path / "built")
    with pytest.raises(
        BuildError, match=r"holds a data set built with .*model=analytic:low.* but .*model=analytic:medium"
    ):
        make(model="analytic:medium")
    assert contents(tmp_path / "built") == before


@pytest.mark.parametrize(
    ("before", "now", "topology"),
    [
        ("analytic", "analytic:full", "analytic-head-full"),
        ("bfm-arrays:3dmm_data", "bfm-arrays:{root}/3dmm_data", "bfm-53215"),
        ("bfm-arrays:{root}/3dmm_data", "bfm-arrays:3dmm_data", "bfm-53215"),
    ],
)
def test_the_same_arguments_written_in_another_way_ask_for_the_same(
    built, raw_root, bfm_folder, tmp_path, monkeypatch, before, now, topology
):
    """The record is of a building with another model; only its arguments matter here."""
    record = json.loads((built / "build.json").read_text())
    links = {name: tmp_path / name for name in ("voices", "faces", "meta")}
    for name, link in links.items():
        link.symlink_to(record["arguments"][name])
    record["arguments"] |= {"model": before.format(root=bfm_folder.parent), "topology": topology}
    (tmp_path / "built").mkdir()
    (tmp_path / "built" / "build.json").write_text(json.dumps(record))
    monkeypatch.chdir(bfm_folder.parent)
    model = now.format(root=bfm_folder.parent)
    assert build(tmp_path / "built", **links, model=model, landmarks=DETECTOR).faces == 48


def test_a_relative_model_is_noted_so_that_it_is_found_from_anywhere(make, bfm_folder, tmp_path, monkeypatch):
    monkeypatch.setattr(builder, "build_person", made_up)
    monkeypatch.chdir(bfm_folder.parent)
    make(model="bfm-arrays:3dmm_data")
    record = json.loads((tmp_path / "built" / "build.json").read_text())
    assert record["arguments"]["model"] == f"bfm-arrays:{bfm_folder.resolve()}"


def made_up(person, *, recipe):
    """As if everything of a person could be used."""
    return PersonRecord(person.name, 1, 1, ())


@pytest.mark.parametrize(("nationality", "simulated"), [("Simulated", True), ("UK", False)])
def test_the_record_says_whether_the_people_were_simulated(make, raw, tmp_path, monkeypatch, nationality, simulated):
    monkeypatch.setattr(builder, "build_person", made_up)
    raw.meta.write_text(raw.meta.read_text().replace("Simulated", nationality))
    make()
    record = json.loads((tmp_path / "built" / "build.json").read_text())
    assert record["arguments"]["simulated"] is simulated


def test_what_was_built_from_simulated_people_is_known_as_simulated(built):
    assert not (built / "simulation.json").exists()
    assert Voxceleb3D(built).is_simulated


def test_an_older_record_that_did_not_look_for_simulated_people_is_not_taken_for_the_same(make, built, tmp_path):
    record = json.loads((built / "build.json").read_text())
    del record["arguments"]["simulated"]
    (tmp_path / "built").mkdir()
    (tmp_path / "built" / "build.json").write_text(json.dumps(record))
    folders = {name: record["arguments"][name] for name in ("voices", "faces", "meta")}
    with pytest.raises(BuildError, match=r"built with .*simulated=False, but .*simulated=True was asked for"):
        make(**folders)


def test_a_folder_with_something_else_is_left_alone(make, tmp_path):
    (tmp_path / "built").mkdir()
    (tmp_path / "built" / "thesis.tex").touch()
    with pytest.raises(BuildError, match="is not empty and holds no data set that was built"):
        make()
    with pytest.raises(BuildError, match=r"thesis\.tex is a file; name a folder"):
        make(out=tmp_path / "built" / "thesis.tex")
    assert [path.name for path in (tmp_path / "built").iterdir()] == ["thesis.tex"]


def test_a_damaged_record_is_named(make, tmp_path):
    (tmp_path / "built").mkdir()
    (tmp_path / "built" / "build.json").write_text("{}")
    with pytest.raises(BuildError, match=r"build\.json is damaged .*remove the folder and build again"):
        make()


def test_a_full_set_of_bfm_codes_is_stored_in_micrometres(make, bfm_folder, tmp_path):
    summary = make(model=f"bfm-arrays:{bfm_folder}")
    assert summary.faces == 48
    data = Voxceleb3D(tmp_path / "built")
    with pytest.raises(DatasetError, match=r"fitted with bfm-arrays:.* \(bfm-53215\), but analytic-head is needed"):
        FittedShapes(data, MorphableModel.analytic("low").shape_sd)
    model = MorphableModel.from_bfm_arrays(bfm_folder)
    codes = torch.from_numpy(np.load(data.test[0].reference.coefficients))[None]
    mesh = model.vertices(*from_published(model, codes[:, :199], codes[:, 199:]))[0]
    np.testing.assert_allclose(read_obj(data.test[0].reference.mesh)[0], mesh.numpy(), atol=0.01)


def test_features_are_those_of_the_recordings(built, raw):
    recording = sorted(raw.voices.rglob("*.wav"))[7]
    features = (built / "fbank" / recording.relative_to(raw.voices)).with_suffix(".npy")
    np.testing.assert_array_equal(np.load(features), voice_features(recording))
