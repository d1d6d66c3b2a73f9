import pytest

from cmp_engine.morphable import noise_table
from cmp_engine.morphable.noise_table import recovery, table
from cmp_engine.morphable.sources import UnknownModelError, open_model, resolved_source


def test_every_source_opens_its_model(golden, bfm_folder, v2_file):
    topologies = {
        "analytic": "analytic-head-full",
        "analytic:low": "analytic-head-low",
        f"bfm-arrays:{bfm_folder}": "bfm-53215",
        f"3ddfa-v2:{v2_file}": "bfm-38365",
        f"surrey:{golden}/sfm/sfm_shape_3448.bin": "surrey-3448",
    }
    assert {source: open_model(source).topology for source in topologies} == topologies


@pytest.mark.parametrize("source", ["", "flame:x.pkl", "surrey", "surrey:", "analytic:tiny", "analytic:", "bfm"])
def test_an_unknown_source_lists_the_known_ones(source):
    with pytest.raises(UnknownModelError, match=rf"unknown morphable model '{source}'; .*analytic:full.*surrey:PATH"):
        open_model(source)


@pytest.mark.parametrize(
    ("source", "resolved"),
    [
        ("analytic", "analytic:full"),
        ("analytic:low", "analytic:low"),
        ("bfm-arrays:3dmm_data", "bfm-arrays:{here}/3dmm_data"),
        ("surrey:../{name}/link/sfm.bin", "surrey:{here}/sfm.bin"),
    ],
)
def test_one_model_written_in_several_ways_has_one_source(tmp_path, monkeypatch, source, resolved):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "link").symlink_to(tmp_path)
    here = tmp_path.resolve()
    assert resolved_source(source.format(name=here.name)) == resolved.format(here=here)


def test_recovery_worsens_with_noise():
    model = open_model("analytic:low")
    little, much = (recovery(model, noise_mm, faces=20) for noise_mm in (0.5, 4.0))
    assert little.landmarks_mm < 0.5 < 1.2 < much.landmarks_mm
    assert little.face_mm < much.face_mm
    assert 1.0 > little.shape_explained > much.shape_explained > 0.0


def test_the_table_has_a_line_per_noise():
    lines = table(open_model("analytic:low")).splitlines()
    assert [line.split("|")[1].strip() for line in lines[2:]] == ["mean face", "0.0", "0.5", "1.0", "2.0", "4.0"]


def test_the_table_is_printed_for_the_model_that_is_named(monkeypatch, capsys):
    monkeypatch.setattr(noise_table, "table", lambda model: f"table of {model.topology}")
    noise_table.main(["analytic:low"])
    assert capsys.readouterr().out == "table of analytic-head-low\n"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [([], "the following arguments are required: SOURCE"), (["flame"], "error: unknown morphable model 'flame'")],
)
def test_no_model_or_an_unknown_one_is_a_line_and_a_status(arguments, message, capsys):
    with pytest.raises(SystemExit, match="2"):
        noise_table.main(arguments)
    assert message in capsys.readouterr().err
