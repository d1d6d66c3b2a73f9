import json
from pathlib import Path

import numpy as np
import pytest

from evaluation.__main__ import main
from evaluation.votes.reading import read_votes
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
    text = " ".join(out.split())
    assert out.startswith("The votes do not show that ours is preferred over baseline.\n\n1: not established\n")
    assert "62.0 % (95 % interval 55.3–68.8 %). Ahead, but not shown. ours got 955 of 1540 votes" in text
    assert "p, adjusted (Holm) 0.0011 Votes 1540 Design effect 6.29" in text
    assert "Votes needed, exact test 832, reached Votes needed, paper’s rule 831, reached" in text


def test_d1_as_json(d1_file, capsys):
    assert main([str(d1_file), "--format", "json"]) == 0
    content = json.loads(capsys.readouterr().out)
    [section] = content["sections"]
    assert section["crossed"]["p_value"] == pytest.approx(0.00105994, abs=5e-9)
    assert section["independent"]["p_value"] == pytest.approx(1.719980847e-21, rel=1e-9)
    assert (section["share"], section["votes_against"]) == (955 / 1540, 585)
    assert (section["independent"]["significant"], section["independent"]["significant_by_paper"]) == (True, True)
    assert section["side"]["crossed"]["p_value_two_sided"] < 1
    assert (content["alpha"], content["claim"]) == (0.001, "each")


def test_sides_say_which_method_was_chosen_and_sections_are_adjusted_together(tmp_path, capsys):
    rows = ["participant,question,section,side,chose"]
    for s in range(6):
        rows += [f"p{s},q{q},images,{'left' if s % 2 else 'right'},left" for q in range(3)]
        rows += [f"p{s},q{q},meshes,right,{'left' if s == q else 'right'}" for q in range(3)]
    assert main([write(tmp_path, "\n".join(rows)), "--format", "json"]) == 0
    images, meshes = json.loads(capsys.readouterr().out)["sections"]
    assert (images["independent"]["votes_for"], meshes["independent"]["votes_for"]) == (9, 15)
    assert meshes["adjusted_p_value"] == pytest.approx(2 * meshes["crossed"]["p_value"])


def test_constant_answers_are_null_in_json_and_words_in_text(tmp_path, capsys):
    path = write(tmp_path, "participant,question,chose\n1,1,ours\n1,2,ours\n2,1,ours\n2,2,ours\n")
    assert main([path, "--format", "json"]) == 0
    assert json.loads(capsys.readouterr().out)["sections"][0]["crossed"]["p_value"] is None
    assert main([path]) == 0
    assert "not estimable" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"participant,chose\n1,1\n", "lacks the column question (the header names participant, chose); name them"),
        (b"s|q|y\n1|1|1\n", "lacks the columns chose, participant, question (the header names s|q|y); name them"),
        (
            b'{\n "run": "a", "identities": 2\n}\n',
            "lacks the columns chose, participant, question (the header names {)",
        ),
        (b"s,q,y\n1,1,maybe\n", "line 2: cannot read chose='maybe'"),
        (b"participant,question,chose\n1,1,1\n1,2,left\n", "line 3: cannot read chose='left'"),
        (
            b"participant,question,chose\n1,1,left\n",
            "line 2: cannot read chose='left' as a vote; write 1 or 0, ours or",
        ),
        (b"s,participant,q,y\n1,1,1,1\n", "has two columns participant; remove one"),
        (b"participant,question,chose\n", "holds no votes, only the names of its columns; export"),
        (b"s,q,y\n1,1,1\n\n1,1,0\n", "line 4: participant 1 has a second vote on question 1 of section 1; keep"),
        (b"s,q,side,y\n1,1,middle,1\n", "line 2: cannot read side='middle'; write left or right (or 1 and -1)"),
        (b"s,q,y,response_ms\n1,1,1,fast\n", "line 2: cannot read response_ms='fast'; write milliseconds, or nothing"),
        (b"s,q,y,position\n1,1,1,left\n", "line 2: cannot read position='left'; write the vote's place in its"),
        (b"s,q,y,response_ms\n1,1,1,-5\n", "line 2: cannot read response_ms='-5'; write milliseconds, or nothing"),
        (b"s,q,y,excluded\n1,1,1,maybe\n", "line 2: cannot read excluded='maybe'; write 1 or 0"),
        (
            b"s,q,y,excluded\n1,1,1,\n2,1,1,1\n1,2,1,0\n1,3,0,1\n",
            "line 5: participant 1 is excluded, other than in line 2; write the same in all lines of a participant.",
        ),
        (b"s,q,y,excluded\n2,1,1,1\n2,2,1,0\n", "line 3: participant 2 is not excluded, other than in line 2; write"),
        (b"s,q,y,excluded\n1,1,1,1\n", "no votes are left: all participants are excluded"),
        (b"s,q,y\n1,1,1\n ,2,1\n", "line 3: names no participant; complete or remove it"),
        (b"section,s,q,y\n,1,1,1\n", "line 2: names no section; complete or remove it"),
        (b"s,q,y\n1,1,1\n1,2,1,7\n", "line 3: 4 values for 3 columns; complete or remove it"),
        (b"s,q,y\n1,1,1\n1,2\n", "line 3: 2 values for 3 columns; complete or remove it"),
        (b's,q,y\n1,1,1\n1,"2,1\n', "line 3: no CSV (unexpected end of data); save the table as CSV again"),
        (b"", "is empty; export the votes again"),
        (b"\n \n", "is empty; export the votes again"),
        (b"s,q,y\n1,1,1\nJos\x81,1,1\n", "line 3: not UTF-8 text; save the table as CSV in UTF-8"),
        (b"\x89PNG\r\n\x1a\n", "line 1: not UTF-8 text"),
        ("s,q,y".encode("utf-16-le"), "line 1: has a zero byte"),
        (
            b"participant,question,left,right,chose\n1,1,a,b,left\n",
            "names the methods that stood left and right in each line; write instead in a column side where the method",
        ),
        (b"PK\x03\x04\x14\x00", "is a workbook or an archive, not text; save the table as CSV in UTF-8"),
        (b"s,q\x00,y\n1,1,1\n", "line 1: has a zero byte, which no text has; remove it, or save the table as CSV in"),
        (b"s,q,y\n1,1,1\n1\x00,2,1\n", "line 3: has a zero byte"),
        (b"\x00" * 100, "line 1: has a zero byte"),
        (b"x" * 140_000, "line 1: no CSV (field larger than field limit (131072)); save the table as CSV again"),
        (b"s;q;y;" + b"x" * 140_000 + b"\n1;1;1;1\n", "line 1: no CSV (field larger than field limit (131072)); save"),
    ],
)
def test_wrong_file_is_one_line_with_place_and_remedy(tmp_path, capsys, content, message):
    path = tmp_path / "votes.csv"
    path.write_bytes(content)
    assert main([str(path)]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith(f"error: {path}: {message}")
    assert err.count("\n") == 1


def test_a_first_line_longer_than_a_value_may_be_is_read_by_the_separator_it_has(tmp_path, capsys):
    header = ";".join(["s", "q", "y", *(f"{number} {'x' * 999}" for number in range(140))])
    path = write(tmp_path, f"{header}\n" + "".join(f"{row}{';' * 140}\n" for row in ("1;1;1", "2;1;0")))
    assert len(header) > 131_072
    assert main([path, "--format", "json"]) == 0
    out, err = capsys.readouterr()
    assert json.loads(out)["sections"][0]["votes"] == 2
    assert err == f"note: {path}: read as UTF-8, separated by semicolons.\n"


@pytest.mark.parametrize("mistake", [np.linalg.LinAlgError("singular matrix"), ValueError("shapes differ")])
def test_a_mistake_of_the_analysis_is_not_blamed_on_the_file(tmp_path, capsys, monkeypatch, mistake):
    def analyse(votes, **_):
        raise mistake

    monkeypatch.setattr("evaluation.__main__.analyse", analyse)
    with pytest.raises(type(mistake), match=str(mistake)):
        main([write(tmp_path, "s,q,y\n1,1,1\n2,1,0\n")])
    assert capsys.readouterr().err == ""


def test_a_parquet_file_is_named_with_the_command_that_exports_csv(tmp_path, capsys):
    path = tmp_path / "votes.parquet"
    read_votes(Path(write(tmp_path, "s,q,y\n1,1,1\n1,2,0\n"))).to_parquet(path)
    assert main([str(path)]) == 2
    assert capsys.readouterr().err == (
        f"error: {path}: is a Parquet file, not text; save the table as CSV in UTF-8 (votes of a study: "
        "manage.py export_votes STUDY --out votes.csv).\n"
    )


def test_a_zero_byte_is_found_however_late_it_comes(tmp_path, capsys):
    rows = [f"p{person},{question},1" for person in range(1000) for question in range(10)]
    assert main([write(tmp_path, "\n".join(["s,q,y", *rows, "p1000\0,1,1\n"]))]) == 2
    assert "line 10002: has a zero byte" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("name", "message"), [("nowhere.csv", "no such file; name a CSV"), ("", "is a folder; name a CSV of votes in it")]
)
def test_missing_file_and_folder_are_named(tmp_path, capsys, name, message):
    assert main([str(tmp_path / name)]) == 2
    assert capsys.readouterr().err.startswith(f"error: {tmp_path / name}: {message}")


def test_spreadsheets_mark_spaces_and_blank_lines_are_no_harm(tmp_path, capsys):
    path = tmp_path / "votes.csv"
    path.write_bytes(b"\xef\xbb\xbf\r\nparticipant, question ,chose\r\n1,1,ours\r\n\r\n2,1,baseline\r\n")
    assert main([str(path)]) == 0
    assert "1 of 2 votes" in capsys.readouterr().out


def test_missing_answers_leave_the_exact_test_and_no_crossed_one(tmp_path, capsys):
    path = write(tmp_path, "s,q,y\n1,1,1\n1,2,0\n2,1,1\n")
    assert main([path, "--format", "json"]) == 0
    [section] = json.loads(capsys.readouterr().out)["sections"]
    assert section["crossed"] is None
    assert (section["participants"], section["questions"], section["votes"]) == (2, 2, 3)


def test_level_and_claim_decide_as_in_a_report(d1_file, capsys):
    assert main([str(d1_file), "--format", "json"]) == 0
    assert json.loads(capsys.readouterr().out)["sections"][0]["verdict"] == "not established"
    assert main([str(d1_file), "--format", "json", "--alpha", "0.01"]) == 0
    content = json.loads(capsys.readouterr().out)
    assert (content["sections"][0]["verdict"], content["alpha"]) == ("preferred", 0.01)


QUALITY = """participant,question,side,chose,position,response_ms,excluded
Ann,1,left,left,1,1000,0
Ann,2,right,left,2,2000,0
Ann,3,left,left,3,3000,0
Bob,1,right,left,2,250,0
Bob,2,left,right,1,,0
Bob,3,left,left,3,900,0
Cyd,1,left,left,3,100,1
Cyd,2,left,right,1,100,1
Cyd,3,right,right,2,100,1
"""


def test_how_participants_answered_as_text(tmp_path, capsys):
    assert main([write(tmp_path, QUALITY)]) == 0
    out = capsys.readouterr().out
    text, lines = " ".join(out.split()), [" ".join(line.split()) for line in out.splitlines()]
    assert "1 of 2 participants chose the same side in five of six answers or more (Ann); by chance 0.5 of 2" in text
    # Three of three alike: 1/4 for one person, 7/16 for one of two.
    assert {"Longest run for one side 3 3", "… probability by chance 0.44 0.58"} <= set(lines)
    assert "Change in ten places, points −500.0 +0.0" in lines
    assert {"… quartiles 0.9 s – 2.0 s 0.1 s – 1.2 s", "… answers within 0.3 s 1 4", "… not known 1 1"} <= set(lines)
    assert "1 of 2" in text[text.index("More than half for ours") :]


def test_who_is_excluded_is_counted_in_a_second_row(tmp_path, capsys):
    assert main([write(tmp_path, QUALITY)]) == 0
    lines = [" ".join(line.split()) for line in capsys.readouterr().out.splitlines()]
    both = lines[lines.index("With and without the excluded") :]
    assert {
        "1 without the excluded all participants",
        "Votes 6 9",
        "Share of ours 50.0 % 55.6 %",
        "p, adjusted (Holm) 0.50 0.43",
        "Verdict not preferred not established",
    } <= set(both)
    assert "With them the verdict would be another one for 1." in " ".join(lines)


def test_how_participants_answered_as_json(tmp_path, capsys):
    assert main([write(tmp_path, QUALITY), "--format", "json"]) == 0
    content = json.loads(capsys.readouterr().out)
    assert content["quality"]["one_sided"] == {"flagged": ["Ann"], "expected": 0.5}
    assert content["quality"]["times"]["unknown"] == 1
    assert content["everybody"]["quality"]["participants"] == 3
    assert content["people"] == {"excluded": 1, "counted": 2}
    assert "excluded" not in content
    assert content["everybody"]["sections"][0]["sensitivity"] is None
    assert content["everybody"]["sections"][0]["share"] == 5 / 9


def test_a_file_that_tells_neither_sides_nor_places_nor_times_says_so_little(tmp_path, capsys):
    assert main([write(tmp_path, "s,q,y\n1,1,1\n2,1,0\n")]) == 0
    out = capsys.readouterr().out
    assert "Nobody was excluded" in out
    assert "No response times are known." in out
    # The table tells their number alone; its note follows.
    told = [line.split()[0] for line in out[out.index("Measure ") :].splitlines()[2:5]]
    assert told == ["Participants", "Answers", "Nearly"]


def test_what_needs_sides_is_null_in_json_where_the_votes_tell_none(tmp_path, capsys):
    assert main([write(tmp_path, "s,q,y,position\n1,1,1,1\n1,2,0,2\n2,1,0,2\n2,2,0,1\n"), "--format", "json"]) == 0
    content = json.loads(capsys.readouterr().out)
    assert content["sections"][0]["side"] is None
    assert (content["quality"]["one_sided"], content["quality"]["runs"]) == (None, None)
    assert content["quality"]["order"] is not None


def test_a_level_that_is_none_is_refused(d1_file, capsys):
    with pytest.raises(SystemExit):
        main([str(d1_file), "--alpha", "5"])
    assert "got '5'; give a level above 0 and below 0.5, such as 0.001" in capsys.readouterr().err


def test_simulated_votes_are_said_to_be_simulated(tmp_path, capsys):
    path = write(tmp_path, "s,q,y,simulated\n1,1,1,1\n2,1,0,1\n")
    assert main([path]) == 0
    assert capsys.readouterr().out.startswith("Simulated votes: no person was asked.\n")
    assert main([path, "--format", "json"]) == 0
    assert json.loads(capsys.readouterr().out)["simulated_votes"] is True


def test_votes_of_people_are_not_said_to_be_simulated(tmp_path, capsys):
    path = write(tmp_path, "s,q,y\n1,1,1\n2,1,0\n")
    assert main([path]) == 0
    assert "imulated" not in capsys.readouterr().out
    assert main([path, "--format", "json"]) == 0
    assert json.loads(capsys.readouterr().out)["simulated_votes"] is False


SEMICOLONS = "participant;question;chose\nAnn;1;1\nann;2;0\nBob;1;0\nBob;2;1\n"


def test_how_a_table_was_read_stands_beside_the_result_and_not_in_it(tmp_path, capsys):
    path = write(tmp_path, SEMICOLONS)
    assert main([path, "--format", "json"]) == 0
    out, err = capsys.readouterr()
    assert json.loads(out)["quality"]["participants"] == 3
    assert err.splitlines() == [
        f"note: {path}: read as UTF-8, separated by semicolons.",
        f"note: {path}: participants 'Ann', 'ann' look alike and count as different; write one spelling, or give "
        "--same-ids.",
    ]


def test_names_that_look_alike_are_one_where_that_is_asked_for(tmp_path, capsys):
    path = write(tmp_path, SEMICOLONS)
    assert main([path, "--format", "json", "--same-ids"]) == 0
    out, err = capsys.readouterr()
    content = json.loads(out)
    assert content["quality"]["participants"] == 2
    assert content["sections"][0]["crossed"]["p_value"] is not None
    assert err.splitlines()[-1] == f"note: {path}: participants 'Ann', 'ann' are taken for one."


def test_many_faulty_lines_are_one_error_with_ten_of_them(tmp_path, capsys):
    rows = [f"p{number},1,{'maybe' if number % 2 else 1}" for number in range(30)]
    path = write(tmp_path, "\n".join(["participant,question,chose", *rows]))
    assert main([path]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    lines = err.splitlines()
    assert lines[0] == f"error: {path}: 15 lines are faulty, the first 10 of them:"
    assert [line.split(":")[0].strip() for line in lines[1:]] == [f"line {number}" for number in range(3, 23, 2)]


def test_a_table_that_names_both_methods_says_how_to_write_it_instead(tmp_path, capsys):
    path = write(tmp_path, "participant,question,left,right,chose\nAnn,1,CMP,Base-2,CMP\n")
    assert main([path]) == 2
    assert capsys.readouterr().err == (
        f"error: {path}: names the methods that stood left and right in each line; write instead in a column side "
        "where the method under test stood (left or right), and in chose whether it was chosen (1 or 0).\n"
    )
