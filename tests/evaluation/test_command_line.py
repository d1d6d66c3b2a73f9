import json

import pytest

from evaluation.__main__ import main
from tests.reference.d1 import d1_rows


@pytest.fixture
def d1_file(tmp_path):
    path = tmp_path / "d1.csv"
    path.write_text("s,q,side,y\n" + "".join(f"{s},{q},{side},{y}\n" for s, q, side, y in d1_rows()))
    return path


def write(tmp_path, text):
    path = tmp_path / "votes.csv"
    path.write_text(text)
    return str(path)


def test_d1_as_text(d1_file, capsys):
    assert main([str(d1_file)]) == 0
    out = capsys.readouterr().out
    assert "955 of 1540 votes (62.0 %)" in out
    assert "critical count 832 (paper's bound 831)" in out
    assert "t(12.30) = 3.8727, p = 0.00106" in out
    assert "design effect 6.290" in out


def test_d1_as_json(d1_file, capsys):
    assert main([str(d1_file), "--format", "json"]) == 0
    [section] = json.loads(capsys.readouterr().out)
    assert section["crossed"]["p_value"] == pytest.approx(0.00105994, abs=5e-9)
    assert section["independent"]["p_value"] == pytest.approx(1.719980847e-21, rel=1e-9)


def test_sides_say_which_method_was_chosen_and_sections_are_adjusted_together(tmp_path, capsys):
    rows = ["participant,question,section,side,chose"]
    for s in range(6):
        rows += [f"p{s},q{q},images,{'left' if s % 2 else 'right'},left" for q in range(3)]
        rows += [f"p{s},q{q},meshes,right,{'left' if s == q else 'right'}" for q in range(3)]
    assert main([write(tmp_path, "\n".join(rows)), "--format", "json"]) == 0
    images, meshes = json.loads(capsys.readouterr().out)
    assert (images["independent"]["votes_for"], meshes["independent"]["votes_for"]) == (9, 15)
    assert meshes["holm_p_value"] == pytest.approx(2 * meshes["crossed"]["p_value"])


def test_constant_answers_are_null_in_json_and_words_in_text(tmp_path, capsys):
    path = write(tmp_path, "participant,question,chose\n1,1,ours\n1,2,ours\n2,1,ours\n2,2,ours\n")
    assert main([path, "--format", "json"]) == 0
    assert json.loads(capsys.readouterr().out)[0]["crossed"]["p_value"] is None
    assert main([path]) == 0
    assert "not estimable" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("participant,chose\n1,1\n", "lacks the column question"),
        ("s,q,y\n1,1,maybe\n", "line 2: cannot read chose='maybe'"),
        ("participant,question,chose\n1,1,1\n1,2,left\n", "line 3: cannot read chose='left'"),
        ("participant,question,chose\n1,1,left\n", "left or right with the side of the method"),
        ("participant,question,chose\n", "holds no votes"),
        ("s,q,y\n1,1,1\n1,1,0\n", "two votes on one question"),
        ("s,q,y\n1,1,1\n2,2,0\n", "different questions"),
        ("", "No columns"),
    ],
)
def test_wrong_files_are_named(tmp_path, capsys, text, message):
    assert main([write(tmp_path, text)]) == 2
    assert message in capsys.readouterr().err


def test_missing_file_is_named(tmp_path, capsys):
    assert main([str(tmp_path / "nowhere.csv")]) == 2
    assert "nowhere.csv" in capsys.readouterr().err
