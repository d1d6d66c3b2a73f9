"""Tables of text of any names: how separator, encoding and width are told, and that nothing is lost or moved."""

import codecs
import csv
import io

import numpy as np
import pytest

from evaluation.votes.faults import Faults, VoteFileError
from evaluation.votes.text_table import read_table

NEEDED = ("word", "number")


@pytest.fixture
def read(tmp_path):
    """Reads a table of words and numbers; gives it with its faults and what was told."""

    def use(content, other_names=None):
        path, told, faults = tmp_path / "table.csv", [], Faults()
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return read_table(path, NEEDED, other_names or {}, faults, told.append), faults, told

    return use


def said(faults):
    with pytest.raises(VoteFileError) as caught:
        faults.refuse()
    return str(caught.value)


def test_values_are_categories_of_text_by_line(read):
    table, faults, told = read("word,number\nb,2\na,1\nb,1\n")
    assert table.columns.tolist() == ["word", "number"]
    assert table.index.tolist() == [2, 3, 4]
    assert table["word"].tolist() == ["b", "a", "b"]
    assert table["word"].cat.categories.tolist() == ["b", "a"]
    assert table["number"].cat.categories.tolist() == ["2", "1"]
    assert faults.refuse() is None
    assert told == []


def test_texts_that_differ_by_spaces_around_them_are_one_category(read):
    table, _, _ = read("word,number\n a,1\na ,1\n\ta,1\nA,1\n")
    assert table["word"].cat.categories.tolist() == ["a", "A"]
    assert table["word"].cat.codes.tolist() == [0, 0, 0, 1]


def test_short_names_stand_for_the_long_ones_and_others_stay(read):
    table, _, _ = read("W,n,Other\na,1,x\n", {"w": "word", "n": "number"})
    assert table.columns.tolist() == ["word", "number", "other"]


@pytest.mark.parametrize(
    ("header", "separator"),
    [
        ("word;number", ";"),
        ("word\tnumber", "\t"),
        ("a,b;word;number", ";"),
        ("a;b,word,number", ","),
        ("word,number;x", ","),
        ('"word";"number"', ";"),
    ],
)
def test_the_separator_is_the_one_that_finds_the_columns(read, header, separator):
    names = next(csv.reader([header], delimiter=separator))
    if not set(NEEDED) <= set(names):
        with pytest.raises(VoteFileError, match="lacks the column"):
            read(f"{header}\n")
        return
    row = separator.join({"word": "x", "number": "1"}.get(name, "?") for name in names)
    table, faults, _ = read(f"{header}\n{row}\n")
    assert (table["word"].tolist(), table["number"].tolist()) == (["x"], ["1"])
    assert faults.refuse() is None


@pytest.mark.parametrize("line", ["sep=;", "SEP=;", '"sep=;"', "sep=|", "sep=:"])
def test_a_declared_separator_is_taken(read, line):
    separator = line.strip('"')[-1]
    table, _, [told] = read(f"{line}\nword{separator}number\na,b{separator}1\n")
    assert table["word"].tolist() == ["a,b"]
    assert table.index.tolist() == [3]
    assert told.startswith("read as UTF-8, separated by ")


@pytest.mark.parametrize(
    ("encoding", "mark", "words"),
    [
        ("utf-8", codecs.BOM_UTF8, "UTF-8 with a byte order mark"),
        ("utf-16-le", codecs.BOM_UTF16_LE, "UTF-16"),
        ("utf-16-be", codecs.BOM_UTF16_BE, "UTF-16"),
        ("cp1252", b"", "Windows-1252"),
    ],
)
def test_the_encoding_is_told_and_no_letter_is_lost(read, encoding, mark, words):
    names = ["Zoë", "Ångström", "naïve", "Œuvre", "10 €"]
    text = "word,number\n" + "".join(f"{name},{place}\n" for place, name in enumerate(names))
    table, _, told = read(mark + text.encode(encoding))
    assert table["word"].tolist() == names
    assert told == [f"read as {words}, separated by commas."]


def test_what_is_utf8_is_not_taken_for_windows_text(read):
    table, _, told = read("word,number\nZoë €,1\n")
    assert (table["word"].tolist(), told) == (["Zoë €"], [])


def test_a_mark_in_the_middle_of_a_table_is_a_character_of_its_value(read):
    table, _, _ = read("word,number\na\ufeffb,1\n")
    assert table["word"].tolist() == ["a\ufeffb"]


@pytest.mark.parametrize("surplus", [1, 2, 5])
def test_empty_columns_at_the_end_are_nothing(read, surplus):
    commas = "," * surplus
    for content in (
        f"word,number{commas}\na,1\n",
        f"word,number\na,1{commas}\n",
        f"word,number{commas}\na,1{commas}\n",
    ):
        table, faults, told = read(content)
        assert table.columns.tolist() == ["word", "number"]
        assert table.to_numpy().tolist() == [["a", "1"]]
        assert faults.refuse() is None
        assert told == []


def test_a_later_line_may_be_wider_only_by_nothing(read):
    _, faults, _ = read("word,number\na,1\nb,2,,\nc,3,x\nd\n")
    assert said(faults) == (
        "2 lines are faulty:\n  line 4: 3 values for 2 columns; complete or remove it.\n"
        "  line 5: 1 values for 2 columns; complete or remove it."
    )


def test_names_of_rows_move_no_value_to_another_column(read):
    table, faults, told = read("word,number\nr1,a,1\nr2,b,2\n")
    assert table.to_numpy().tolist() == [["a", "1"], ["b", "2"]]
    assert told == ["left out the first column, which the header does not name (R's names of rows)."]
    assert faults.refuse() is None


def test_nameless_columns_are_told_only_where_they_hold_something(read):
    table, _, told = read("word,,number,\na,,1,z\nb,,2,\n")
    assert table.columns.tolist() == ["word", "number"]
    assert told == ["left out column 4, which has no name."]


def test_faulty_lines_are_left_out_of_the_table_and_the_others_keep_their_numbers(read):
    table, faults, _ = read("word,number\na,1\nb\nc,3\n\nd\x00,4\ne,5\n")
    assert table.index.tolist() == [2, 4, 7]
    assert said(faults).splitlines()[0] == "2 lines are faulty:"


def test_a_table_without_rows_says_so(read):
    with pytest.raises(
        VoteFileError, match=r"^holds no votes, only the names of its columns; export the votes again\.$"
    ):
        read("word,number\n")


def test_random_tables_come_back_whatever_is_in_them(read):
    rng = np.random.default_rng(8)
    letters = list("ab\"'; ,\t\n\u00e9\u4e2d")
    for separator in ",;\t":
        rows = [["".join(rng.choice(letters, rng.integers(1, 6))).strip(" \t\r\n") or "x", str(n)] for n in range(40)]
        text = io.StringIO()
        csv.writer(text, delimiter=separator).writerows([["word", "number"], *rows])
        table, faults, _ = read(text.getvalue())
        assert table["word"].tolist() == [word for word, _ in rows]
        assert table["number"].tolist() == [number for _, number in rows]
        assert faults.refuse() is None
