import re
import shutil
import subprocess

import numpy as np
import pytest

from studyserver.reports.formats.latex import draw_latex, latex
from studyserver.reports.services import build_report
from studyserver.studies.models import Section, Study
from tests.reference.d1 import d1_tables
from tests.studyserver.reports.votes import store_votes, study


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("base_2 & 50 % #1", r"base\_2 \& 50 \% \#1"),
        ("1.7 × 10⁻²¹", r"1.7 $\times$ 10$^{-21}$"),
        ("< 10⁻³⁰⁰", r"$<$ 10$^{-300}$"),
        ("{a}\\b^~$", r"\{a\}\textbackslash{}b\textasciicircum{}\textasciitilde{}\$"),
        ("62.0\N{NO-BREAK SPACE}%, “so” 55–68", r"62.0~\%, ``so'' 55--68"),
        ("[A] *faces", "{[}A{]} {*}faces"),
        ("Zoë", "Zoë"),
        ("a--b ''c'' ``d", "a-{}-b '{}'c'{}' `{}`d"),
        ("a\nb\x1b", "a b "),
    ],
)
def test_signs_of_latex_are_escaped(text, written):
    assert latex(text) == written


def table_rows(written):
    """The rows of every table, after a look at what TeX would refuse: gaps, and rows of other lengths."""
    found = []
    for columns, body in re.findall(
        r"\\begin{(?:tabular|longtable)}{(\w+)}\n(.*?)\\end{(?:tabular|longtable)}", written, re.DOTALL
    ):
        lines = [
            line for line in body.splitlines() if not line.startswith((r"\caption", r"\endhead", r"\addlinespace"))
        ]
        assert all(lines)
        assert (lines[0], lines[2], lines[-1]) == (r"\toprule", r"\midrule", r"\bottomrule")
        rows = [lines[1], *lines[3:-1]]
        for row in rows:
            assert row.endswith(r" \\")
            joined = sum(int(number) - 1 for number in re.findall(r"\\multicolumn{(\d+)}", row))
            assert row.count(" & ") + 1 + joined == len(columns)
        found.append(rows[1:])
    return found


@pytest.mark.django_db
def test_tables_carry_the_numbers_of_d1_between_rules():
    made = study(state=Study.State.CLOSED)
    Study.objects.update(title="50 % &\nmore")
    store_votes(made, [d1_tables()[0]] * 3)
    written = draw_latex(build_report(Study.objects.get()))
    row = r"Part 1 & 62.0~\% & 0.0310 & 55.3--68.8~\% & 3.873 & 12.30 & 0.0011 & 0.0032 & 1540 & 6.29 \\"
    assert row in written
    row = r"Part 1 & 955 of 1540 & 59.5--64.4~\% & 1.7 $\times$ 10$^{-21}$ & 832, reached & 831, reached & 6.29 \\"
    assert row in written
    assert written.startswith("% 50 % & more: significance report of ")
    tables = table_rows(written)
    # Votes, two tests, beside them a group per section; a table of questions per section.
    assert [len(rows) for rows in tables[:7]] == [3, 3, 3, 24, 10, 10, 10]
    measures, people, sides, agreement, took_part, stimuli = tables[7:]
    assert (len(measures), len(took_part), len(stimuli)) == (15, 1, 60)
    assert people[0].startswith(r"Part 1 & 107 of 154 & 60.0~\% & 50.0--70.0~\% & 10.0--100.0~\% & 20.7 & 15.2 & 2.1 $")
    assert sides[0] == r"Part 1 & 797 of 1540 & 51.8~\% & 48.3--55.2~\% & 0.27 & 0.18 & 1.35 \\"
    assert agreement[0] == r"Part 1 & 0.541 & 0.514 to 0.567 & 0.025 & 0.000 to 0.050 & 0.026 & 0.000 to 0.051 \\"


@pytest.mark.django_db
def test_no_title_is_read_as_an_option_of_the_rule_or_row_before_it():
    made = study(state=Study.State.CLOSED)
    Section.objects.filter(study=made, position=1).update(title="[A] *faces")
    Section.objects.filter(study=made, position=2).update(title="*")
    store_votes(made, [d1_tables()[0]] * 3)
    written = draw_latex(build_report(Study.objects.get()))
    assert not re.search(r"(\\\\|\\midrule)\s*[\[*]", written)
    assert written.count("\n{[}A{]} {*}faces & ") == 6


def test_the_excluded_have_a_table_of_their_own(report_with_excluded):
    written = draw_latex(report_with_excluded)
    assert "Answers & 1200 & 2100 \\\\" in written
    rows = [line for line in written.splitlines() if line.startswith(("without the excluded", "all participants"))]
    assert rows[2].endswith(r"& preferred \\")
    assert rows[3].endswith(r"& not established \\")


def test_votes_that_cannot_be_tested_keep_the_tables_whole(report_of):
    written = draw_latex(report_of(*[np.ones((5, 10), dtype=bool)] * 3, simulated=True))
    row = r"Part 1 & 100.0~\% & -- & -- & -- & -- & not estimable & not estimable & 50 & -- \\"
    assert row in table_rows(written)[1]
    assert r"\textbf{Rehearsal with simulated votes.} No person was asked" in written
    assert "% SIMULATED VOTES: no person was asked." in written
    assert not re.search(r"\bnan\b", written)


@pytest.mark.skipif(not shutil.which("pdflatex"), reason="needs TeX: apt-get install texlive-latex-recommended")
def test_the_document_compiles_alone_without_a_complaint(report_with_excluded, tmp_path):
    (tmp_path / "report.tex").write_text(draw_latex(report_with_excluded))
    command = ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "report.tex"]
    ended = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=120, check=False)
    assert ended.returncode == 0, ended.stdout[-2000:]
    assert re.findall("Overfull|Missing character", (tmp_path / "report.log").read_text(errors="replace")) == []
