import pytest

from evaluation.output.document import (
    Beside,
    Column,
    Document,
    Group,
    Row,
    Section,
    Table,
    bold,
    legible,
    link,
    plain,
    rows,
)

COLUMNS = (Column("Name", left=True), Column("Votes"))


def test_a_row_of_another_length_than_the_heading_is_refused():
    with pytest.raises(ValueError, match=r"table 'Votes' has 2 columns, a row of it \('a', '1', '2'\)"):
        Table("Votes", COLUMNS, rows([("a", "1", "2")]))


def test_rows_of_all_groups_are_the_tables_rows():
    groups = (Group("one", (Row(("a", "1")),)), Group("two", (Row(("b", "2"), quiet=True),)))
    assert [row.cells for row in Table("Votes", COLUMNS, groups).rows] == [("a", "1"), ("b", "2")]


def test_a_document_finds_its_tables_side_by_side_ones_too():
    first, second, third = (Table(title, COLUMNS, rows([("a", "1")])) for title in "xyz")
    answer = Section("answer", "A won.", (first,))
    document = Document("Report", "Faces", "", (), answer, (Section("more", "More", (Beside((second, third)),)),))
    assert document.tables == (first, second, third)
    assert document.headline == "A won."


def test_plain_words_keep_every_word():
    assert plain((bold("No."), " See ", link("below", "end"), "\nthere")) == "No. See below there"


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("a\x1b[31m", "a [31m"),
        ("a\nb\tc", "a b c"),
        ("6\N{NO-BREAK SPACE}%", "6\N{NO-BREAK SPACE}%"),
        ("画像", "画像"),
    ],
)
def test_letters_that_steer_a_terminal_become_spaces(typed, read):
    assert legible(typed) == read
