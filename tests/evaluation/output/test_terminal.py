"""What a person reads: verdicts in words and colour, tables that fit the terminal, and plain text elsewhere."""

import io
import re
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
from rich.console import Console

from evaluation.output.terminal import CONCLUSIONS, STYLES, show
from evaluation.votes.analysis import Verdict, analyse
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


def shown(results, *, width=80, **settings):
    file = io.StringIO()
    show(results, Console(file=file, width=width, highlight=False, **settings))
    return file.getvalue()


def in_colour(results, monkeypatch, width=80):
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.delenv("NO_COLOR", raising=False)
    return shown(results, width=width, force_terminal=True, color_system="standard")


def test_verdicts_come_first_in_words(results):
    lines = [line.rstrip() for line in shown(results).splitlines()]
    verdicts = ["images: preferred", "models: not established", "both: not estimable", "sound: baseline ahead"]
    assert [line for line in lines if line in verdicts] == verdicts
    assert lines[0] == verdicts[0]
    assert lines.index(verdicts[-1]) < lines.index("Headline: participants x questions")


def test_a_sentence_has_counts_interval_level_and_adjusted_p_value(results):
    text = " ".join(shown(results).split())
    images = results.sections[0]
    low, high = (100 * bound for bound in (images.crossed.interval.low, images.crossed.interval.high))
    assert (
        f"205 of 240 votes (85.4 %) are for the method under test, by 30 participants on 8 questions; 95 % interval "
        f"{low:.1f} to {high:.1f} %. It is preferred at level 0.001 (adjusted p = {images.adjusted_p_value:.4g})."
    ) in text
    assert "36 of 36 votes (100.0 %) are for the method under test, by 9 participants on 4 questions. Not to be" in text


def test_colour_says_no_more_than_words(results, monkeypatch):
    coloured = in_colour(results, monkeypatch)
    assert f"{ESCAPE}1;32mpreferred{ESCAPE}0m" in coloured
    assert f"{ESCAPE}1;31mbaseline ahead{ESCAPE}0m" in coloured
    assert re.sub(r"\x1b\[[0-9;]*m", "", coloured) == shown(results)


def test_every_verdict_has_a_style_and_all_but_the_impossible_a_sentence():
    assert set(STYLES) == set(Verdict)
    assert set(CONCLUSIONS) == set(Verdict) - {Verdict.NOT_ESTIMABLE}


def test_no_color_leaves_no_colour(results, monkeypatch):
    monkeypatch.setenv("NO_COLOR", "1")
    text = shown(results, force_terminal=True, color_system="standard")
    assert not re.findall(r"\x1b\[[0-9;]*3[0-7]m", text)


@pytest.mark.parametrize("width", [80, 40])
def test_lines_fit_the_terminal_and_lose_nothing(results, width):
    text = shown(results, width=width)
    assert max(map(len, text.splitlines())) <= width
    assert "…" not in text
    words = text.split()
    for section in results.sections:
        if section.crossed.estimable:
            assert {f"{section.crossed.t:.3f}", f"{section.crossed.df:.2f}"} <= set(words)
    assert words.count("Krippendorff's") == 4


def test_the_table_has_the_adjusted_p_value_and_the_other_analyses_the_one_before(results):
    text, models = shown(results), results.sections[1]
    assert models.adjusted_p_value > models.crossed.p_value
    [row] = re.findall(r"^models +62\.0 .*$", text, re.MULTILINE)
    assert f" {models.adjusted_p_value:.4g} " in row
    assert re.search(rf"^participants x questions +62\.0 .* {models.crossed.p_value:.4g} *$", text, re.MULTILINE)


def test_a_wide_terminal_gets_one_line_per_section_and_a_narrow_one_a_block(results):
    assert re.search(r"^images +85\.4 \(.*preferred *$", shown(results, width=80), re.MULTILINE)
    assert re.search(r"^  verdict +preferred *$", shown(results, width=40), re.MULTILINE)


def test_what_cannot_be_estimated_is_a_dash(results):
    [row] = re.findall(r"^both +100\.0.*$", shown(results), re.MULTILINE)
    assert row.split() == ["both", "100.0", "-", "-", "-", "not", "estimable"]
    assert "nan" not in shown(results)


def test_a_p_value_too_small_for_a_number_is_not_nothing():
    text = shown(analyse(votes_of(images=np.ones((400, 3), dtype=int))))
    [row] = re.findall(r"^votes independent.*$", text, re.MULTILINE)
    assert row.rstrip().endswith("< 1e-300")


def test_missing_answers_say_why_there_is_no_headline():
    votes = votes_of(images=[[1, 0], [1, 1], [0, 1]]).drop(index=2)
    text = " ".join(shown(analyse(votes)).split())
    assert "Not to be tested: answers are missing, or fewer than two participants or questions." in text


def test_one_answer_has_no_agreement_and_unknown_sides_no_bias():
    lonely = shown(analyse(votes_of(images=[[1]]).assign(side=0)))
    assert "Agreement" not in lonely
    assert "left chosen" not in lonely
    assert "Critical count of independent votes none" in lonely


def test_sides_have_their_share_and_two_sided_p_value(results):
    side = results.sections[1].side
    [row] = re.findall(r"^models +left chosen +(.*)$", shown(results), re.MULTILINE)
    low, high = 100 * side.crossed.interval.low, 100 * side.crossed.interval.high
    cells = f"{100 * side.share:.1f} % {low:.1f} to {high:.1f} % {side.crossed.p_value_two_sided:.4g}"
    assert row.split() == cells.split()


def test_names_are_no_markup_and_steer_no_terminal():
    text = shown(analyse(votes_of(**{"[red]a[/red]\x1b[31m\nb": [[1, 0], [1, 1]]})))
    assert text.startswith("[red]a[/red] [31m b: ")
    # Verdict, headline, other analyses, and four measures of agreement and side.
    assert text.count("[red]a[/red] [31m b") == 7
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
    assert text.startswith("画像: " if encoding == "utf-8" else "??: ")
    assert "\x1b" not in text
