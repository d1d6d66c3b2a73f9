import json
import shutil

import pytest

from cmp_engine.data import DatasetError, Voxceleb3D
from tests.cmp_engine.data.conftest import write_layout


def test_split_goes_by_initial_and_labels_by_name_within_the_split(layout):
    data = Voxceleb3D(layout)
    assert [each.name for each in data.identities] == ["Ada_Zed", "Eve_Yar", "Fay_Xu", "Gus_Wick", "Hal_Voss"]
    assert [(each.name, each.label) for each in data.test] == [("Ada_Zed", 0), ("Eve_Yar", 1)]
    assert [(each.name, each.label) for each in data.train] == [("Fay_Xu", 0), ("Gus_Wick", 1), ("Hal_Voss", 2)]


def test_identity_joins_voice_face_and_meta(layout):
    gus = Voxceleb3D(layout).train[1]
    assert (gus.vox_id, gus.gender, gus.reference) == ("id10003", "f", None)
    assert [path.relative_to(layout).as_posix() for path in gus.utterances] == [
        "fbank/id10003/video0/00000.npy",
        "fbank/id10003/video0/00002.npy",
        "fbank/id10003/video1/00001.npy",
    ]
    assert [path.name for path in gus.faces] == ["2.jpg", "10.jpg"]
    assert gus.wavs == ()


def test_only_people_with_both_a_voice_and_a_face_count(layout):
    shutil.rmtree(layout / "VGG_ALL_FRONTAL" / "Fay_Xu")
    shutil.rmtree(layout / "fbank" / "id10004")
    assert [(each.name, each.label) for each in Voxceleb3D(layout).train] == [("Gus_Wick", 0)]


def test_unknown_voice_id_is_taken_as_the_name(layout):
    (layout / "fbank" / "id10002").rename(layout / "fbank" / "Fay_Xu")
    assert [each.vox_id for each in Voxceleb3D(layout).train] == ["Fay_Xu", "id10003", "id10004"]


def test_reference_is_found_where_there_is_one(layout):
    folder = layout / "A2E_val" / "Eve_Yar"
    folder.mkdir(parents=True)
    (folder / "Eve_Yar.obj").write_text("v 0 0 0\n")
    assert [each.reference for each in Voxceleb3D(layout).test] == [None, None]  # A mesh alone is none.
    (folder / "Eve_Yar.jpg").write_bytes(b"")
    ada, eve = Voxceleb3D(layout).test
    assert ada.reference is None
    assert eve.reference.mesh == folder / "Eve_Yar.obj"
    assert eve.reference.picture == folder / "Eve_Yar.jpg"


def test_reference_of_a_name_with_dots_is_found(tmp_path):
    root = write_layout(tmp_path / "data", ["A.J._Buckley", "Fay_Xu"])
    folder = root / "A2E_val" / "A.J._Buckley"
    folder.mkdir(parents=True)
    (folder / "A.J._Buckley.obj").write_text("v 0 0 0\n")
    (folder / "A.J._Buckley.jpg").write_bytes(b"")
    assert Voxceleb3D(root).test[0].reference.mesh == folder / "A.J._Buckley.obj"


def built_with(topology, **also):
    arguments = {"model": f"model of {topology}", "topology": topology, **also}
    return json.dumps({"arguments": arguments})


def test_fits_of_another_morphable_model_are_refused_where_they_would_mean_something_else(layout):
    data = Voxceleb3D(layout)
    data.require_fits_of("analytic-head")  # published or simulated: taken for granted
    (layout / "build.json").write_text(built_with("analytic-head-full"))
    data.require_fits_of("analytic-head")
    (layout / "build.json").write_text(built_with("bfm-53215"))
    with pytest.raises(
        DatasetError, match=r"fitted with model of bfm-53215 \(bfm-53215\), but analytic-head is needed"
    ):
        data.require_fits_of("analytic-head")
    (layout / "build.json").write_text("{}")
    with pytest.raises(DatasetError, match=r"build\.json: damaged .*run the same build_dataset command again"):
        data.require_fits_of("analytic-head")


@pytest.mark.parametrize(
    ("files", "simulated"),
    [
        ({}, False),
        ({"simulation.json": "{}"}, True),
        ({"build.json": built_with("analytic-head-low")}, False),
        ({"build.json": built_with("analytic-head-low", simulated=False)}, False),
        ({"build.json": built_with("analytic-head-low", simulated=True)}, True),
    ],
)
def test_data_are_simulated_where_the_truth_lies_beside_or_they_were_built_from_simulated(layout, files, simulated):
    for name, content in files.items():
        (layout / name).write_text(content)
    assert Voxceleb3D(layout).is_simulated is simulated


def test_a_damaged_record_of_a_building_does_not_pass_for_real_data(layout):
    (layout / "build.json").write_text('{"arguments": ')
    with pytest.raises(DatasetError, match=r"build\.json: damaged .*run the same build_dataset command again"):
        _ = Voxceleb3D(layout).is_simulated


def interrupt_simulation(root):
    (root / "simulation.started.json").write_text("{}")


def interrupt_build(root):
    (root / "build.started").mkdir()


def remove_meta(root):
    (root / "vox1_meta.csv").unlink()


def spoil_meta(root):
    (root / "vox1_meta.csv").write_text("name,age\nAda,3\n")


def empty(root):
    shutil.rmtree(root)
    root.mkdir()


def leave_only_strange_files(root):
    empty(root)
    (root / "thesis.tex").touch()


def remove_faces(root):
    shutil.rmtree(root / "VGG_ALL_FRONTAL")


def empty_voices(root):
    shutil.rmtree(root / "fbank")
    (root / "fbank").mkdir()


def name_two_voices_alike(root):
    shutil.copytree(root / "fbank" / "id10003", root / "fbank" / "Gus_Wick")


def rename_faces(root):
    for folder in (root / "VGG_ALL_FRONTAL").iterdir():
        folder.rename(folder.with_name(folder.name + "_II"))


def remove_pictures(root):
    for path in (root / "VGG_ALL_FRONTAL" / "Gus_Wick").glob("*.jpg"):
        path.unlink()


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (shutil.rmtree, "voxceleb3d: no such folder. .*simulate_dataset"),
        (empty, "voxceleb3d: the folder is empty. .*simulate_dataset"),
        (leave_only_strange_files, "voxceleb3d: holds no Voxceleb-3D data set. .*simulate_dataset"),
        (interrupt_simulation, "voxceleb3d: its making was interrupted. Run the same simulate_dataset command"),
        (interrupt_build, "voxceleb3d: its making was interrupted. Run the same build_dataset command"),
        (remove_meta, "vox1_meta.csv: no such file"),
        (spoil_meta, "vox1_meta.csv: not a VoxCeleb1 meta file"),
        (remove_faces, "VGG_ALL_FRONTAL: the folder is missing"),
        (empty_voices, "fbank: the folder is empty"),
        (
            name_two_voices_alike,
            "fbank: Gus_Wick and id10003 are both folders of Gus_Wick. If one person speaks",
        ),
        (rename_faces, r"none of the 5 names with a voice in fbank/ has a face"),
        (remove_pictures, r"Gus_Wick: holds no \*\.jpg file"),
    ],
)
def test_unusable_folder_is_named_with_its_remedy(layout, spoil, message):
    spoil(layout)
    with pytest.raises(DatasetError, match=message):
        Voxceleb3D(layout)
