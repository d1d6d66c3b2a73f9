"""Tables of votes as programs and people write them: equal numbers, what was recognised is said, all faults at once."""

import codecs
import csv
import io

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evaluation.votes.faults import Faults, VoteFileError
from evaluation.votes.reading import read_votes
from evaluation.votes.spellings import look_alikes, skeleton

ROWS = [
    ("participant", "question", "side", "chose"),
    ("Zoë", "q1", "left", "1"),
    ("Zoë", "q2", "right", "0"),
    ("Bob", "q1", "right", "1"),
    ("Bob", "q2", "left", "1"),
]


def as_text(rows=ROWS, separator=",", end="\n"):
    return "".join(separator.join(row) + end for row in rows)


@pytest.fixture
def read(tmp_path):
    """Reads what is written, and gives what was told."""

    def use(content, **options):
        path, told = tmp_path / "votes.csv", []
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return read_votes(path, tell=told.append, **options), told

    return use


@pytest.fixture
def refused(read):
    def use(content, **options):
        with pytest.raises(VoteFileError) as caught:
            read(content, **options)
        return str(caught.value)

    return use


def test_a_plain_table_is_read_without_a_word(read):
    votes, told = read(as_text())
    assert told == []
    assert votes["participant"].tolist() == ["Zoë", "Zoë", "Bob", "Bob"]
    assert votes["question"].tolist() == ["q1", "q2", "q1", "q2"]
    assert votes["chose"].tolist() == [1, 0, 1, 1]
    assert votes["side"].tolist() == [1, -1, -1, 1]
    assert votes["section"].tolist() == ["1"] * 4
    assert votes.index.tolist() == [2, 3, 4, 5]
    assert votes[["position", "response_ms"]].isna().all(axis=None)
    assert not votes[["excluded", "simulated"]].any(axis=None)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (as_text(separator=";").encode(), "read as UTF-8, separated by semicolons."),
        (as_text(separator="\t").encode(), "read as UTF-8, separated by tabs."),
        (b"sep=;\n" + as_text(separator=";").encode(), "read as UTF-8, separated by semicolons."),
        (b"SEP=|\r\n" + as_text(separator="|", end="\r\n").encode(), "read as UTF-8, separated by '|'."),
        (b"sep=\t\n" + as_text(separator="\t").encode(), "read as UTF-8, separated by tabs."),
        (codecs.BOM_UTF8 + as_text().encode(), "read as UTF-8 with a byte order mark, separated by commas."),
        (as_text().encode("utf-16"), "read as UTF-16, separated by commas."),
        (codecs.BOM_UTF16_BE + as_text(end="\r\n").encode("utf-16-be"), "read as UTF-16, separated by commas."),
        (as_text(separator="\t").encode("utf-16"), "read as UTF-16, separated by tabs."),
        (as_text().encode("cp1252"), "read as Windows-1252, separated by commas."),
        (as_text(separator=";", end="\r\n").encode("cp1252"), "read as Windows-1252, separated by semicolons."),
    ],
)
def test_what_another_program_wrote_is_the_same_table_and_one_line_says_how_it_was_read(read, content, words):
    plain, _ = read(as_text())
    votes, told = read(content)
    assert told == [words]
    pd.testing.assert_frame_equal(votes.reset_index(drop=True), plain.reset_index(drop=True))


@pytest.mark.parametrize(
    "content",
    [
        as_text(end="\r\n"),
        as_text(end="\r"),
        as_text([[name.upper() for name in ROWS[0]], *ROWS[1:]]),
        as_text([[f" {name} " for name in ROWS[0]], *ROWS[1:]]),
        as_text([("S", "q", "Side", "Y"), *ROWS[1:]]),
        as_text(end=",,\n"),
        as_text([ROWS[0], *[(*row, "", "") for row in ROWS[1:]]]),
        as_text([(*ROWS[0], "", ""), *ROWS[1:]]),
        as_text([*ROWS[:3], (*ROWS[3], "", ""), ROWS[4]]),
        as_text([[f'"{text}"' for text in row] for row in ROWS]),
        as_text([*ROWS, ("", "", "", ""), (" ", " ")]),
        "\n\n" + as_text(),
        as_text([[*row, "whatever"] for row in [ROWS[0], *ROWS[1:]]]),
    ],
    ids=[
        "windows ends",
        "old mac ends",
        "capitals",
        "spaces in the header",
        "short names in capitals",
        "commas at every end",
        "commas at the ends of rows",
        "commas at the end of the header",
        "commas at the end of one row",
        "quotes",
        "empty rows",
        "empty first lines",
        "a further column",
    ],
)
def test_harmless_differences_change_nothing_and_nothing_is_said(read, content):
    plain, _ = read(as_text())
    votes, told = read(content)
    assert told == []
    pd.testing.assert_frame_equal(votes.reset_index(drop=True), plain.reset_index(drop=True))


def test_rs_names_of_rows_are_left_out_and_said(read):
    numbered = [ROWS[0], *[(str(number), *row) for number, row in enumerate(ROWS[1:], start=1)]]
    votes, told = read(as_text(numbered))
    assert told == ["left out the first column, which the header does not name (R's names of rows)."]
    assert votes["participant"].tolist() == ["Zoë", "Zoë", "Bob", "Bob"]
    assert votes["chose"].tolist() == [1, 0, 1, 1]


def test_a_line_without_rs_name_is_faulty(refused):
    numbered = [ROWS[0], ("1", *ROWS[1]), ROWS[2], ("3", *ROWS[3])]
    assert refused(as_text(numbered)) == "line 3: 4 values for 5 columns; complete or remove it."


def test_a_column_without_a_name_is_left_out_and_said(read):
    votes, told = read(as_text([("", *ROWS[0]), *[("7", *row) for row in ROWS[1:]]]))
    assert told == ["left out column 1, which has no name."]
    assert votes["chose"].tolist() == [1, 0, 1, 1]


def test_a_value_beyond_a_named_last_empty_column_is_left_out_and_said(read):
    votes, told = read(as_text([(*ROWS[0], ""), *[(*row, "x") for row in ROWS[1:]]]))
    assert told == ["left out column 5, which has no name."]
    assert len(votes) == 4


def test_two_values_too_many_are_faults_of_their_lines(refused):
    rows = [ROWS[0], (*ROWS[1], "", ""), (*ROWS[2], "x", "y"), (*ROWS[3], "", "z")]
    assert refused(as_text(rows)) == (
        "2 lines are faulty:\n  line 3: 6 values for 4 columns; complete or remove it.\n"
        "  line 4: 6 values for 4 columns; complete or remove it."
    )


def test_all_faults_come_at_once_in_the_order_of_lines(refused):
    content = """participant,question,chose,side,response_ms,position,excluded
Ann,1,maybe,left,100,1,0
Ann,2,1,middle,100,1,0
Ann,3,1,left,fast,1,0
Ann,4,1,left,100,first,0
Ann,5,1,left,100,1,perhaps
Ann,6,1
,7,1,left,100,1,0
Bob,1,1,left,100,1,0
Bob,1,0,left,100,1,0
Bob,2,1,left,100,1,1
"""
    lines = refused(content).splitlines()
    assert lines[0] == "9 lines are faulty:"
    assert [line.strip().split(":")[0] for line in lines[1:]] == [f"line {n}" for n in (2, 3, 4, 5, 6, 7, 8, 10, 11)]
    assert "cannot read chose='maybe' as a vote; write 1 or 0, ours or baseline" in lines[1]
    assert "cannot read side='middle'; write left or right (or 1 and -1)" in lines[2]
    assert "cannot read response_ms='fast'; write milliseconds, or nothing" in lines[3]
    assert "cannot read position='first'; write the vote's place" in lines[4]
    assert "cannot read excluded='perhaps'; write 1 or 0" in lines[5]
    assert "3 values for 7 columns; complete or remove it" in lines[6]
    assert "names no participant; complete or remove it" in lines[7]
    assert "participant Bob has a second vote on question 1 of section 1; keep the first" in lines[8]
    assert "participant Bob is excluded, other than in line 9; write the same in all lines" in lines[9]


@pytest.mark.parametrize(("faulty", "first"), [(10, ":"), (11, ", the first 10 of them:")])
def test_ten_faults_are_written_out_and_the_others_counted(refused, faulty, first):
    rows = "".join(f"p{number},q,maybe\n" for number in range(faulty))
    lines = refused("participant,question,chose\n" + rows + "z,q,1\n").splitlines()
    assert lines[0] == f"{faulty} lines are faulty{first}"
    assert len(lines) == 11
    assert lines[-1].startswith("  line 11: ")


def test_a_line_with_two_faults_counts_once(refused):
    message = refused("participant,question,chose,side\nAnn,1,maybe,middle\n")
    assert message.startswith("line 2: cannot read side='middle'")
    assert "\n" not in message


def test_faults_found_later_in_an_earlier_line_come_first():
    faults = Faults()
    faults.add([20, 12], lambda line: f"late {line}.")
    faults.add(np.array([3, 12]), lambda line: f"early {line}.")
    with pytest.raises(VoteFileError) as caught:
        faults.refuse()
    assert str(caught.value) == "3 lines are faulty:\n  line 3: early 3.\n  line 12: late 12.\n  line 20: late 20."


def test_without_faults_nothing_is_refused():
    faults = Faults()
    faults.add([], lambda _: "never")
    assert faults.refuse() is None


@pytest.mark.parametrize("name", ["NA", "None", "1e5", "007", "nan", "NULL", "-", "0", "inf", "true"])
def test_names_that_look_like_values_are_names(read, name):
    votes, told = read(f"participant,question,chose\n{name},{name},1\nx,{name},0\n")
    assert told == []
    assert votes["participant"].tolist() == [name, "x"]
    assert votes["question"].tolist() == [name, name]


@pytest.mark.parametrize(
    ("text", "chose"),
    [("1", 1), ("0", 0), ("1.0", 1), ("0.0", 0), ("ours", 1), ("Baseline", 0), ("TRUE", 1), ("False", 0), (" 1 ", 1)],
)
def test_votes_in_every_way_of_writing(read, text, chose):
    assert read(f"s,q,y\n1,1,{text}\n")[0]["chose"].tolist() == [chose]


@pytest.mark.parametrize("side", ["left", "right"])
@pytest.mark.parametrize("chose", ["left", "right"])
def test_a_side_that_was_chosen_is_the_method_that_stood_there(read, side, chose):
    votes, _ = read(f"s,q,side,y\n1,1,{side},{chose}\n")
    assert votes["chose"].tolist() == [int(side == chose)]
    assert votes["side"].tolist() == [1 if side == "left" else -1]


@pytest.mark.parametrize(("text", "side"), [("1", 1), ("+1", 1), ("-1", -1), ("-1.0", -1), ("LEFT", 1), ("", 0)])
def test_sides_in_every_way_of_writing(read, text, side):
    assert read(f"s,q,side,y\n1,1,{text},1\n")[0]["side"].tolist() == [side]


@pytest.mark.parametrize("text", ["inf", "1e308", "1.1e12", "-1", "1,5", "1e", "0x10", "--"])
def test_times_that_are_none_are_refused(refused, text):
    assert refused(f's,q,response_ms,y\n1,1,"{text}",1\n').startswith(f"line 2: cannot read response_ms='{text}'")


@pytest.mark.parametrize(("text", "value"), [("0", 0.0), ("12.5", 12.5), ("1e3", 1000.0), (" 7 ", 7.0), ("1e12", 1e12)])
def test_times_from_zero_on_are_read(read, text, value):
    assert read(f"s,q,response_ms,y\n1,1,{text},1\n")[0]["response_ms"].tolist() == [value]


@pytest.mark.parametrize("blank", ["", "  ", "\u00a0", "\u200b", "\ufeff"])
@pytest.mark.parametrize("column", ["section", "participant", "question"])
def test_names_of_nothing_that_is_seen_are_refused(refused, column, blank):
    names = {"section": "a", "participant": "b", "question": "c"} | {column: blank}
    content = f"section,participant,question,chose\n{','.join(names.values())},1\n"
    assert refused(content) == f"line 2: names no {column}; complete or remove it."


LOOK_ALIKES = [
    ("P1", "p1"),
    ("P1", "P1\u00a0"),
    ("P1", "P\u200b1"),
    ("P1", "\ufeffP1"),
    ("P 1", "P1"),
    ("Zo\u00eb", "Zoe\u0308"),
    ("P1", "\uff30\uff11"),
    ("Stra\u00dfe", "STRASSE"),
]


@pytest.mark.parametrize(("one", "other"), LOOK_ALIKES)
@pytest.mark.parametrize("column", ["participant", "question", "section"])
def test_names_that_look_alike_are_told_with_the_remedy_and_stay_two(read, column, one, other):
    names = {"section": ["a", "a"], "participant": ["b", "b"], "question": ["c", "d"]} | {column: [one, other]}
    rows = [",".join((*row, "1")) for row in zip(*names.values(), strict=True)]
    votes, told = read("section,participant,question,chose\n" + "\n".join(rows))
    assert told == [
        f"{column}s {one!r}, {other!r} look alike and count as different; write one spelling, or give --same-ids."
    ]
    assert votes[column].tolist() == [one, other]


@pytest.mark.parametrize(("one", "other"), LOOK_ALIKES)
def test_look_alikes_become_one_where_that_is_asked_for(read, one, other):
    content = f"participant,question,chose\nx,1,0\n{one},1,1\n{other},2,0\ny,1,0\n"
    votes, told = read(content, same_ids=True)
    assert told == [f"participants {one!r}, {other!r} are taken for one."]
    assert votes["participant"].tolist() == ["x", one, one, "y"]
    assert votes["participant"].cat.categories.tolist() == ["x", one, "y"]


def test_a_second_answer_under_a_second_spelling_is_one_too_many_where_both_are_one(read, refused):
    content = "participant,question,chose\nAnn,1,1\nann,1,0\n"
    assert len(read(content)[0]) == 2
    assert refused(content, same_ids=True) == (
        "line 3: participant Ann has a second vote on question 1 of section 1; keep the first."
    )


def test_many_look_alikes_are_shown_in_part_and_counted(read):
    rows = "".join(f"p{n},1,1\nP{n},1,1\n" for n in range(12))
    _, told = read("participant,question,chose\n" + rows)
    assert len(told) == 11
    assert told[-1] == "2 more groups of participants look alike."


def test_different_names_do_not_look_alike():
    assert look_alikes(pd.Index(["P1", "P2", "P11", "1P", "Pl", "P-1", "P_1"])) == []


@settings(max_examples=50, deadline=None)
@given(st.text(max_size=8))
def test_case_and_spaces_leave_the_skeleton(text):
    assert skeleton(f" {text}\u00a0") == skeleton(text) == skeleton(f"\u200b{text}\ufeff")
    assert skeleton(skeleton(text)) == skeleton(text)


def test_a_quoted_separator_and_a_quoted_end_of_line_belong_to_a_name(read):
    votes, told = read('participant,question,chose\n"Doe, Jane","two\nlines",1\nx,y,0\n')
    assert told == []
    assert votes["participant"].tolist() == ["Doe, Jane", "x"]
    assert votes["question"].tolist() == ["two\nlines", "y"]
    assert votes.index.tolist() == [3, 4]


def test_a_damaged_line_does_not_hide_the_faults_before_it(refused):
    lines = refused('s,q,y\n1,1,maybe\n1,2,1\n1,"3,1\n').splitlines()
    assert lines[0] == "2 lines are faulty:"
    assert lines[1].startswith("  line 2: cannot read chose='maybe'")
    assert lines[2].startswith("  line 4: no CSV (unexpected end of data); save the table as CSV again")


def test_a_file_of_faulty_lines_only_says_what_is_wrong_with_them(refused):
    assert refused("s,q,y\n1,2\n3,4\n").startswith("2 lines are faulty:\n  line 2: 2 values for 3 columns")


@pytest.mark.parametrize(
    "start", [b"\x89PNG\r\n\x1a\n", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1\x00", b"\xff\xd8\xff\xe0\x00\x10JFIF"]
)
def test_a_picture_or_an_old_workbook_is_no_windows_text(refused, start):
    assert refused(start) == "line 1: not UTF-8 text; save the table as CSV in UTF-8."


def test_windows_text_is_found_however_late_its_first_letter_comes(read):
    rows = "".join(f"p{person},{question},1\n" for person in range(500) for question in range(20))
    votes, told = read((f"s,q,y\n{rows}").encode() + "Zoë,1,0\n".encode("cp1252"))
    assert told == ["read as Windows-1252, separated by commas."]
    assert (len(votes), votes["participant"].iloc[-1]) == (10_001, "Zoë")


NAMES = st.text(
    st.characters(codec="utf-8", exclude_categories=["Cs", "Cc", "Cf", "Zs", "Zl", "Zp", "Cn", "Co"]),
    min_size=1,
    max_size=6,
)


@settings(max_examples=15, deadline=None)
@given(
    names=st.lists(NAMES, min_size=1, max_size=6, unique_by=skeleton),
    separator=st.sampled_from([",", ";", "\t"]),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]),
)
def test_every_name_survives_every_way_of_writing(tmp_path_factory, names, separator, encoding):
    names = [name for name in names if skeleton(name)]
    text = io.StringIO()
    writer = csv.writer(text, delimiter=separator)
    writer.writerows(
        [["participant", "question", "chose"], *([name, "q", "1"] for name in names), ["zzzzzzz", "q", "0"]]
    )
    path = tmp_path_factory.mktemp("votes") / "votes.csv"
    path.write_bytes(text.getvalue().encode(encoding))
    assert read_votes(path)["participant"].tolist() == [*names, "zzzzzzz"]
