"""What a person reads: verdicts in words and colour, tables that fit the terminal, and plain text elsewhere."""

import io
import re
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
from rich.console import Console

from evaluation.output.document import (
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
    Table,
    Tone,
    rows,
)
from evaluation.output.terminal import TONES, VERDICTS, show
from evaluation.output.vote_report import vote_report
from evaluation.votes.analysis import Claim, Verdict, analyse
from tests.reference.d1 import d1_tables

ESCAPE = "\x1b["


def votes_of(**sections):
    """Tables of answers (S, Q) as votes with alternating sides."""
    parts = []
    for name, table in sections.items():
        participant, question = np.indices(np.shape(table))
        side = np.where((participant + question) % 2, 1, -1).ravel()
        columns = {"participant": participant.ravel(), "question": question.ravel(), "chose": np.ravel(table)}
        unknown = {"position": np.nan, "response_ms": np.nan}
        parts.append(pd.DataFrame({"section": name, **columns, "side": side, **unknown, "excluded": False}))
    return pd.concat(parts, ignore_index=True)


@pytest.fixture(scope="module")
def results():
    """A section that wins, one that does not, one whose answers are all equal, and one that loses."""
    d1 = d1_tables()[0].astype(int)
    won = np.where(np.indices((30, 8)).sum(axis=0) % 7, 1, 0)
    return analyse(votes_of(images=won, models=d1, both=np.ones((9, 4), dtype=int), sound=1 - won))


def drawn(document, *, width=80, **settings):
    file = io.StringIO()
    show(document, Console(file=file, width=width, highlight=False, **settings))
    return file.getvalue()


def shown(results, *, width=80, **settings):
    return drawn(vote_report(results, Claim.EACH), width=width, **settings)


def plain(text):
    return " ".join(text.split())


def in_colour(results, monkeypatch, width=80):
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.delenv("NO_COLOR", raising=False)
    return shown(results, width=width, force_terminal=True, color_system="standard")


def test_the_headline_comes_first_and_then_the_verdicts(results):
    lines = [line.rstrip() for line in shown(results).splitlines()]
    assert " ".join(lines[:2]) == (
        "ours was preferred over baseline in 1 of 4 sections. baseline was chosen more often in 1."
    )
    verdicts = ["images: preferred", "models: not established", "both: not estimable", "sound: baseline ahead"]
    assert [line for line in lines if line in verdicts] == verdicts
    assert lines.index(verdicts[-1]) < lines.index("Headline test: participants crossed with questions")


def test_a_sentence_has_counts_interval_and_adjusted_p_value(results):
    text = plain(shown(results))
    images = results.sections[0]
    low, high = (100 * bound for bound in (images.crossed.interval.low, images.crossed.interval.high))
    assert (f"85.4 % (95 % interval {low:.1f}–{high:.1f} %). Preferred. ours got 205 of 240 votes. Adjusted ") in text
    assert "100.0 %. Cannot be tested. All 36 votes were for ours;" in text


def test_colour_says_no_more_than_words(results, monkeypatch):
    coloured = in_colour(results, monkeypatch)
    assert f"{ESCAPE}1;32mpreferred{ESCAPE}0m" in coloured
    assert f"{ESCAPE}1;31mbaseline ahead{ESCAPE}0m" in coloured
    assert re.sub(r"\x1b\[[0-9;]*m", "", coloured) == shown(results)


def test_every_verdict_and_every_tone_has_a_style():
    assert set(VERDICTS) == set(Verdict)
    assert set(TONES) == set(Tone)


def test_no_color_leaves_no_colour(results, monkeypatch):
    monkeypatch.setenv("NO_COLOR", "1")
    text = shown(results, force_terminal=True, color_system="standard")
    assert not re.findall(r"\x1b\[[0-9;]*3[0-7]m", text)


@pytest.mark.parametrize("width", [80, 40])
def test_lines_fit_the_terminal_and_lose_nothing(results, width):
    text = shown(results, width=width)
    assert max(map(len, text.splitlines())) <= width
    words = set(text.split())
    for table in vote_report(results, Claim.EACH).tables:
        for row in table.rows:
            assert set(" ".join(row.cells).split()) <= words, (table.title, row)


CELLS = tuple(map(str, range(100, 109)))
MANY = Table("Votes", tuple(Column(f"heading {number}") for number in range(9)), rows([CELLS, CELLS]))


def document_of(*blocks, title="A won."):
    return Document("", "", "", (), Section("answer", title, blocks), ())


def test_a_table_too_wide_is_turned_and_where_that_is_too_wide_too_written_row_by_row():
    wide, turned, narrow = (drawn(document_of(MANY), width=width) for width in (120, 60, 18))
    assert re.search(r"^ +100 +101 .* 108$", wide, re.MULTILINE)
    assert re.search(r"^heading 8 +108 +108$", turned, re.MULTILINE)
    assert len(re.findall(r"^  heading 8 +108 *$", narrow, re.MULTILINE)) == 2


def test_a_table_of_many_rows_or_of_groups_is_not_turned():
    row = Row(CELLS)
    long = Table("Votes", MANY.columns, (Group("", (row,) * 7),))
    groups = Table("Votes", MANY.columns, (Group("one", (row,)), Group("two", (row,))))
    assert len(re.findall(r"^  heading 8 +108 *$", drawn(document_of(long), width=60), re.MULTILINE)) == 7
    text = drawn(document_of(groups), width=60)
    assert [line.strip() for line in text.splitlines() if line.strip() in {"one", "two"}] == ["one", "two"]
    assert len(re.findall(r"^  heading 8 +108 *$", text, re.MULTILINE)) == 2


def test_all_parts_of_a_document_are_written_but_its_figures():
    text = plain(
        drawn(
            document_of(
                Paragraph("Said.", Tone.NOTE),
                Points(("one", "two")),
                Facts((("Started", "7"),)),
                Cards(()),
                Figure("votes", "Bars."),
            )
        )
    )
    assert text == "A won. Said. • one • two Started 7"


def test_the_table_has_the_adjusted_p_value_beside_the_one_before(results):
    rows = [line.split() for line in shown(results, width=120).splitlines() if line.startswith("models ")]
    assert ["62.0", "%", "0.0310", "55.3–68.8", "%", "3.873", "12.30", "0.0011", "0.0032", "1540", "6.29"] in [
        row[1:] for row in rows
    ]


def test_what_cannot_be_estimated_is_said_or_a_dash(results):
    text = shown(results, width=120)
    rows = [line.split() for line in text.splitlines() if line.startswith("both ")]
    assert ["100.0", "%", *"––––", "not", "estimable", "not", "estimable", "36", "–"] in [row[1:] for row in rows]
    assert "nan" not in text


def test_a_p_value_too_small_for_a_number_is_not_nothing():
    assert "p, one-sided < 10⁻³⁰⁰" in plain(shown(analyse(votes_of(images=np.ones((400, 3), dtype=int)))))


def test_missing_answers_say_why_there_is_no_headline():
    votes = votes_of(images=[[1, 0], [1, 1], [0, 1]]).drop(index=2)
    text = plain(shown(analyse(votes)))
    assert "3 of 5 votes from 3 participants on 2 questions; some did not answer every question." in text


def test_one_answer_has_no_agreement_and_unknown_sides_no_bias():
    lonely = shown(analyse(votes_of(images=[[1]]).assign(side=0)))
    assert "Did participants agree?" not in lonely
    assert "side of the screen" not in lonely
    assert "more than all" in lonely


def test_sides_have_their_share_and_two_sided_p_values(results):
    side = results.sections[1].side
    text = shown(results, width=120).replace("\N{NO-BREAK SPACE}", " ")
    row = [line for line in text.splitlines() if re.match(r"models +\d+ of 1540 .* %", line)][-1].split()
    low, high = 100 * side.crossed.interval.low, 100 * side.crossed.interval.high
    cells = [f"{side.chose_left}", "of", "1540", f"{100 * side.share:.1f}", "%", f"{low:.1f}–{high:.1f}", "%"]
    assert row[1:8] == cells
    assert row[8] == f"{side.crossed.p_value_two_sided:.2f}"


def test_names_are_no_markup_and_steer_no_terminal():
    text = shown(analyse(votes_of(**{"[red]a[/red]\x1b[31m\nb": [[1, 0], [1, 1]]})))
    assert "\n[red]a[/red] [31m b: not estab" in text
    assert "\x1b" not in text


def piped(tmp_path, name, **variables):
    path = tmp_path / "votes.csv"
    rows = [f"{s},{q},{name},{(s * q + s) % 2}" for s in range(6) for q in range(3)]
    path.write_text("\n".join(["participant,question,section,chose", *rows]) + "\n", encoding="utf-8")
    command = [sys.executable, "-m", "evaluation", str(path)]
    return subprocess.run(command, env={"OMP_NUM_THREADS": "1", **variables}, capture_output=True, check=False)


@pytest.mark.parametrize("encoding", ["utf-8", "ascii"])
def test_a_pipe_of_any_encoding_gets_plain_text(tmp_path, encoding):
    ended = piped(tmp_path, "画像", PYTHONIOENCODING=encoding, TERM="xterm-256color")
    assert (ended.returncode, ended.stderr) == (0, b"")
    text = ended.stdout.decode(encoding)
    assert "\n画像: " in text if encoding == "utf-8" else "\n??: " in text
    # No number is lost where the encoding lacks its letters.
    assert ("95 % interval 0.0–" if encoding == "utf-8" else "95 % interval 0.0-") in text.replace("\xa0", " ")
    assert "\x1b" not in text
