"""Every part of a document as the terminal draws it, line by line, and the style of each."""

import io
import re

import pytest
from rich.console import Console

from evaluation.output.document import (
    Beside,
    Card,
    Cards,
    Column,
    Document,
    Facts,
    Figure,
    Group,
    Paragraph,
    Points,
    Row,
    Section,
    Style,
    Table,
    Tone,
    bold,
    code,
    italic,
    lines_of,
    link,
    lowered,
    pieces,
    plain,
    rows,
)
from evaluation.output.terminal import MOST_TURNED, show
from evaluation.votes.analysis import Verdict

COLUMNS = (Column("Section", left=True), Column(("Share of\n", italic("A"))), Column("Votes"))
ROWS = (Row(("faces", "62.0 %", "1540")), Row(("sound", "7.0 %", "60"), quiet=True))


def drawn(*blocks, width=60, title="A won.", **parts):
    file = io.StringIO()
    content = {"kind": "", "title": "", "about": "", "opening": (), "sections": ()} | parts
    show(Document(answer=Section("answer", title, blocks), **content), Console(file=file, width=width, highlight=False))
    return [line.rstrip() for line in file.getvalue().splitlines()]


def styled(*blocks, width=60, **parts):
    file = io.StringIO()
    console = Console(file=file, width=width, highlight=False, force_terminal=True, color_system="standard")
    content = {"kind": "", "title": "", "about": "", "opening": (), "sections": ()} | parts
    show(Document(answer=Section("answer", "A won.", blocks), **content), console)
    return file.getvalue()


@pytest.fixture(autouse=True)
def terminal(monkeypatch):
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.delenv("NO_COLOR", raising=False)


def test_a_document_begins_with_what_it_is_and_ends_with_its_sections():
    more = Section("more", "More", (Paragraph("Below."),))
    opening = (Paragraph("Beware.", Tone.WARNING), Paragraph("Closed early.", Tone.REMARK))
    parts = {"kind": "Report", "about": "of today", "opening": opening, "sections": (more,)}
    assert drawn(Paragraph("So."), **parts) == [
        "Report",
        "of today",
        "Beware.",
        "",
        "Closed early.",
        "",
        "A won.",
        "",
        "So.",
        "",
        "More",
        "Below.",
        "",
    ]


def test_points_facts_and_no_figure():
    assert drawn(
        Points(("one", ("two ", bold("three")))),
        Figure("votes", "Bars."),
        Facts((("Started", "7"), ("Ended early", "12"))),
    ) == [
        "A won.",
        "",
        "• one",
        "• two three",
        "",
        "  Started      7",
        "  Ended early  12",
        "",
    ]


def test_cards_have_their_interval_only_where_there_is_one():
    first = Card("faces", Verdict.PREFERRED.value, "62.0 %", "95 % interval 55–69 %", (bold("Preferred."), " So."))
    second = Card("sound", Verdict.NOT_ESTIMABLE.value, "100.0 %", "", "None.")
    assert drawn(Cards((first, second))) == [
        "A won.",
        "",
        "faces: preferred",
        "  62.0 % (95 % interval 55–69 %). Preferred. So.",
        "",
        "sound: not estimable",
        "  100.0 %. None.",
        "",
    ]


def test_a_table_with_title_headings_in_lines_and_notes():
    table = Table("Votes", COLUMNS, (Group("", ROWS),), ("Below it.", ("And ", bold("this."))))
    expected = [
        "         Share of",
        "Section         A  Votes",
        "─────────────────────────",
        "faces      62.0 %   1540",
        "sound       7.0 %     60",
        "Below it.",
        "And this.",
        "",
    ]
    found = drawn(table)
    assert found[:3] == ["A won.", "", "Votes"]
    assert [line.replace("─", "") for line in found[3:]] == [line.replace("─", "") for line in expected]
    # A section of the same title says it once.
    assert drawn(table, title="Votes")[:2] == ["Votes", ""]
    assert drawn(table, title="Votes").count("Votes") == 1
    assert drawn(Beside((table, table)))[2:] == found[2:] * 2


def test_groups_have_their_heading_and_an_empty_line_between_them():
    groups = (Group("one", ROWS[:1]), Group("two", ROWS[1:]), Group("", ROWS[:1]))
    found = drawn(Table("Votes", COLUMNS, groups))
    assert [found[6], *found[8:10], found[12]] == ["one", "", "two", ""]
    assert [line.split()[0] for line in (found[7], found[10], found[11])] == ["faces", "sound", "faces"]


@pytest.mark.parametrize(("heading", "corner"), [("", "Section"), ("one", "one")])
def test_a_turned_table_has_a_column_per_row(heading, corner):
    columns = (*COLUMNS, *(Column(f"Rather long heading {number}") for number in range(3)))
    made = [(*row.cells, "7", "8", "9") for row in ROWS]
    found = drawn(Table("Votes", columns, (Group(heading, tuple(map(Row, made))),)), width=50)
    assert [line.split() for line in found if line and "─" not in line][2:] == [
        [corner, "faces", "sound"],
        ["Share", "of", "A", "62.0", "%", "7.0", "%"],
        ["Votes", "1540", "60"],
        *(["Rather", "long", "heading", str(number), str(number + 7), str(number + 7)] for number in range(3)),
    ]


@pytest.mark.parametrize(("count", "turned"), [(MOST_TURNED, True), (MOST_TURNED + 1, False)])
def test_few_rows_are_turned_and_more_stand_below_each_other(count, turned):
    assert MOST_TURNED == 6
    columns = tuple(Column(f"heading of column {number}") for number in range(6))
    table = Table("Votes", columns, rows([["a", "1", "2", "3", "4", "5"]] * count))
    lines = drawn(table, width=60)
    below = [line for line in lines if re.fullmatch(r"  heading of column 5 +5", line)]
    beside = [line for line in lines if re.fullmatch(r"heading of column 5( +5){6}", line)]
    assert (len(below), len(beside)) == ((0, 1) if turned else (count, 0))


def test_rows_below_each_other_have_the_heading_of_their_group():
    groups = (Group("one", ROWS[:1]), Group("two", ROWS[1:]))
    assert drawn(Table("Votes", COLUMNS, groups), width=20)[2:] == [
        "Votes",
        "one",
        "  Section     faces",
        "  Share of A  62.0 %",
        "  Votes       1540",
        "",
        "two",
        "  Section     sound",
        "  Share of A  7.0 %",
        "  Votes       60",
        "",
        "",
    ]


@pytest.mark.parametrize(
    ("tone", "codes"),
    [(Tone.TEXT, ""), (Tone.NOTE, "2"), (Tone.QUOTE, ""), (Tone.REMARK, "1"), (Tone.WARNING, "1;33")],
)
def test_each_tone_has_its_style(tone, codes):
    expected = f"\x1b[{codes}mSaid.\x1b[0m" if codes else "\nSaid.\n"
    assert expected in styled(Paragraph("Said.", tone))
    assert expected in styled(opening=(Paragraph("Said.", tone),)) or not codes


@pytest.mark.parametrize(
    ("span", "codes"),
    [(bold("x"), "1"), (italic("x"), "3"), (code("x"), ""), (lowered("x"), ""), (link("x", "more"), "")],
)
def test_each_style_of_a_few_words(span, codes):
    expected = f"a \x1b[{codes}mx\x1b[0m b" if codes else "a x b"
    assert expected in styled(Paragraph(("a ", span, " b")))


@pytest.mark.parametrize(
    ("verdict", "codes"),
    [
        (Verdict.PREFERRED, "1;32"),
        (Verdict.NOT_ESTABLISHED, "1;33"),
        (Verdict.NOT_PREFERRED, "1;33"),
        (Verdict.BASELINE_AHEAD, "1;31"),
        (Verdict.NOT_ESTIMABLE, "1;35"),
    ],
)
def test_each_verdict_has_its_colour(verdict, codes):
    assert f"faces: \x1b[{codes}m{verdict.value}\x1b[0m" in styled(Cards((Card("faces", verdict.value, "1", "", "."),)))


def test_headings_quiet_rows_and_notes_have_their_style():
    text = styled(Table("Votes", COLUMNS, (Group("one", ROWS),), ("Below it.",)))
    assert "\x1b[1;4mA won.\x1b[0m" in text
    assert "\x1b[1mVotes\x1b[0m\n" in text
    assert re.search(r"\x1b\[1mone *\x1b\[0m", text)
    assert "\x1b[2mBelow it.\x1b[0m" in text
    quiet, loud = (next(line for line in text.splitlines() if name in line) for name in ("sound", "faces"))
    assert "\x1b[2m" in quiet
    assert "\x1b[" not in loud
    below = styled(Table("Votes", COLUMNS, (Group("one", ROWS),)), width=12)
    assert "\x1b[1mone\x1b[0m" in below


SPELT = {
    "\N{NO-BREAK SPACE}": " ",
    "–": "-",
    "−": "-",
    "×": "x",
    "…": "..",
    "’": "'",
    "“": '"',
    "”": '"',
    "∼": "~",
    "κ": "kappa",
    "α": "alpha",
    "•": "*",
    "10⁻²¹": "10^-21",
    "10⁻³⁰⁰": "10^-300",
    "⁴⁵⁶⁷⁸⁹": "^456789",
}


def in_encoding(encoding, said):
    raw = io.BytesIO()
    console = Console(file=io.TextIOWrapper(raw, encoding=encoding, write_through=True), width=60, highlight=False)
    show(Document("", "", "", (), Section("answer", said, ()), ()), console)
    return raw.getvalue().decode(encoding).splitlines()[0]


@pytest.mark.parametrize(("letters", "spelt"), SPELT.items())
def test_letters_that_an_encoding_lacks_are_spelt_and_others_stay(letters, spelt):
    assert in_encoding("ascii", f"a{letters}b") == f"a{spelt}b"
    assert in_encoding("utf-8", f"a{letters}b") == f"a{letters}b"
    assert in_encoding("utf-16-le", f"a{letters}b") == f"a{letters}b"


@pytest.mark.parametrize(
    ("span", "style", "target"),
    [
        (bold("x"), Style.BOLD, ""),
        (italic("x"), Style.ITALIC, ""),
        (code("x"), Style.CODE, ""),
        (lowered("x"), Style.LOWERED, ""),
        (link("x", "more"), Style.LINK, "more"),
    ],
)
def test_spans_have_words_style_and_target(span, style, target):
    assert (span.words, span.style, span.target) == ("x", style, target)
    assert span.style.value == style.name.lower()
    assert list(pieces(("a", span))) == ["a", span]
    assert list(pieces("ab")) == ["ab"]


def test_lines_of_a_heading_keep_its_pieces():
    assert lines_of("one") == [("one",)]
    assert lines_of("one\ntwo\nthree") == [("one",), ("two",), ("three",)]
    assert lines_of((italic("p"), ", adjusted\n", italic("q"), " x")) == [
        (italic("p"), ", adjusted"),
        ("", italic("q"), " x"),
    ]
    assert plain(("a\n", bold("b"), "\nc")) == "a b c"


def test_parts_of_a_document_are_plain_unless_said_otherwise():
    assert Paragraph("x").tone is Tone.TEXT
    assert (Column("x").left, Column("x").code) == (False, False)
    assert not Row(("x",)).quiet
    table = Table("x", (Column("x"),), rows([("1",), ("2",)]))
    assert (table.notes, table.folded, [group.heading for group in table.groups]) == ((), "", [""])
    assert [row.cells for row in table.rows] == [("1",), ("2",)]
    assert Figure("x", "y").caption == ""
    assert [tone.value for tone in Tone] == ["text", "note", "quote", "remark", "warning"]
