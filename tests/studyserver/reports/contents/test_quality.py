"""What the report says of how participants answered, and of those who are excluded."""

import csv
import io
import json
import re
from dataclasses import replace

import numpy as np
import pytest

from evaluation.output import tables
from studyserver.reports.contents.document import report_document
from studyserver.reports.contents.headline import changed
from studyserver.reports.contents.method import paper_paragraph
from studyserver.reports.formats.data import to_csv, to_json
from studyserver.reports.formats.page import draw_file
from studyserver.reports.formats.pdf import draw_pdf

pytestmark = pytest.mark.django_db  # So that the database is there when this file runs alone.


def plain(text: str) -> str:
    return " ".join(text.replace("\N{NO-BREAK SPACE}", " ").split())


def cells(table) -> list[tuple[str, ...]]:
    return [row.cells for row in table.rows]


def findings(report) -> list[str]:
    """The list of points of the report's part on quality."""
    [section] = [section for section in report_document(report).sections if section.key == "quality"]
    return list(section.blocks[0].items)


def measures(report) -> list[tuple[str, ...]]:
    return cells(tables.measures(report.found, report.everybody, report.methods))


def said(report) -> str:
    return plain(" ".join(findings(report)))


@pytest.fixture(scope="module")
def all_left(report_of):
    """Four people of whom the first two always chose the left side: ours stands left in every other question."""
    chosen = np.indices((4, 6)).sum(axis=0) % 2 == 0
    chosen[2:] = [[1, 1, 0, 0, 1, 1], [1, 1, 1, 0, 0, 0]]
    return report_of(chosen, chosen, chosen, response_ms=250)


def test_nobody_excluded_is_said_in_one_sentence(d1_report):
    assert findings(d1_report)[0] == (
        "Nobody was excluded: all results are those of everybody who completed the study (154)."
    )
    assert d1_report.everybody is None
    assert d1_report.changed == []
    assert "With and without the excluded" not in draw_file(d1_report)


def test_findings_of_d1(d1_report):
    words = said(d1_report)
    assert "No answer came within 0.3 s, in which nobody can compare two stimuli." in words
    assert "Half of the answers took 3.0 s to 3.0 s, the median is 3.0 s; the fastest participant’s is 3.0 s." in words
    assert "Participants who chose cmp-unsupervised in more than half of their answers: 107 of 154 in Part 1, " in words
    assert "Two participants chose the same method on a question in 54.1 % of cases." in words
    assert "The left side got 50.8 % of the answers to a section; the smallest of 3 two-sided p-values is 0." in words


def test_participants_who_always_chose_one_side_are_named_and_stay(all_left):
    words = said(all_left)
    # P(X <= 3 or X >= 15) of 18 fair answers is 2 * 988 / 2^18; four people.
    expected = f"{4 * 2 * 988 / 2**18:.2g}"
    assert "2 of 4 participants chose the same side in five of six answers or more (p00001, p00002); " in words
    assert f"by chance {expected} of 4 participants would. Nobody is excluded for that." in words
    assert all_left.sections[0].participants == 4
    assert "The longest run of answers for one side is 18; if 4 tossed a coin instead" in words


def test_answers_too_fast_are_counted(all_left):
    assert "72 of 72 answers (100.0 %) came within 0.3 s, in which nobody can compare two stimuli." in said(all_left)


def test_the_order_is_told_for_ten_places(report_with_excluded):
    quality = report_with_excluded.quality
    for slope, change in ((0.0123, "12.3 percentage points more"), (-0.004, "4.0 percentage points less")):
        report = replace(report_with_excluded, quality=replace(quality, order=replace(quality.order, slope=slope)))
        assert f"Per ten places later, the same question got {change} for cmp-unsupervised, as a line" in said(report)


def test_a_verdict_that_the_excluded_would_change_is_on_the_first_page(report_with_excluded):
    assert [without.title for without, _ in report_with_excluded.changed] == ["Part 2"]
    sentence = (
        "With the 30 excluded participants the verdict would be another one: “not established” instead of “preferred” "
        "for Part 2."
    )
    assert changed(report_with_excluded) == sentence
    page = plain(draw_file(report_with_excluded))
    assert sentence in page.split('id="votes"')[0]
    assert findings(report_with_excluded)[0] == (
        "30 of the 70 participants who completed the study were excluded as declared beforehand: 30 with a median "
        "answer within 0.8\N{NO-BREAK SPACE}s. With them the verdict would be another one for Part 2."
    )


def test_each_rule_has_its_number_of_excluded(report_with_excluded):
    people = replace(report_with_excluded.people, excluded_by_checks=12)
    report = replace(report_with_excluded, people=people, attention_checks=6, attention_passes=5)
    assert (
        "as declared beforehand: 12 with fewer than 5 of 6 attention checks right and 18 with a median answer within"
    ) in findings(report)[0]
    method = plain(draw_file(report)).split("Exclusions.")[1]
    assert "A median answer within 0.8 s." in method
    assert "Fewer than 5 of 6 attention checks right." in method


def test_excluded_who_change_nothing_are_no_warning(report_of):
    chosen = np.random.default_rng(3).random((40, 10)) < 0.75
    report = report_of(chosen, chosen, chosen, excluded=[chosen[:1]] * 3)
    assert findings(report)[0].endswith(
        "was excluded as declared beforehand. With them the verdict of no section would change."
    )
    page = draw_file(report)
    assert 'class="remark"' not in page
    assert "With and without the excluded" in page
    assert "1 excluded one among them" in page


def test_both_analyses_stand_side_by_side(report_with_excluded):
    report = report_with_excluded
    table = tables.with_and_without(report.found, report.everybody, report.methods, report.claim)
    without, everybody = (row.cells for row in table.groups[1].rows)
    section = report.everybody.sections[1]
    assert table.groups[1].heading == "Part 2"
    assert without[:3] == ("without the excluded", "40", "400")
    assert everybody[:3] == ("all participants", "70", "700")
    assert plain(everybody[3]) == f"{100 * section.votes_for / 700:.1f} %"
    assert (without[6], everybody[6]) == ("preferred", "not established")


def test_the_measures_have_a_column_with_everybody_only_where_somebody_is_excluded(report_with_excluded, d1_report):
    rows = {row[0]: row[1:] for row in measures(report_with_excluded)}
    assert rows["Participants"] == ("40", "70")
    assert rows["Answers"] == ("1200", "2100")
    assert tuple(map(plain, rows["… fastest participant’s median"])) == ("3.0 s", "0.4 s")
    assert {len(row) for row in measures(d1_report)} == {2}


def test_paragraph_for_a_paper_tells_the_result_with_everybody(report_with_excluded, d1_report):
    assert "(30 more were excluded as declared beforehand)" in paper_paragraph(report_with_excluded)
    assert "With the excluded participants the shares would be " in paper_paragraph(report_with_excluded)
    assert "With the excluded participants" not in paper_paragraph(d1_report)


def test_participants_and_agreement_of_d1_in_tables(d1_report):
    row = tuple(map(plain, cells(tables.participants(d1_report.sections, d1_report.methods))[0]))
    assert row[:5] == ("Part 1", "107 of 154", "60.0 %", "50.0–70.0 %", "10.0–100.0 %")
    assert cells(tables.agreement(d1_report.sections))[0][1:4:2] == ("0.541", "0.025")


def test_intervals_are_shown_within_what_is_possible_and_stored_as_computed(report_of):
    # Three people, of whom one disagrees on one of four questions.
    chosen = np.array([[1, 0, 1, 0], [1, 0, 1, 0], [1, 0, 1, 1]], dtype=bool)
    report = report_of(chosen, chosen, chosen)
    agreement = json.loads(to_json(report))["sections"][0]["agreement"]
    for measure in ("raw", "fleiss_kappa", "krippendorff_alpha"):
        assert agreement[measure]["interval"]["high"] > 1
    row = cells(tables.agreement(report.sections))[0]
    assert [cell.split(" to ")[1] for cell in row[2::2]] == ["1.000"] * 3
    assert f"<td>{row[4]}</td>" in draw_file(report)


def test_one_participant_leaves_dashes(report_of):
    one = np.array([[1, 0, 1]])
    report = report_of(one, one, one, response_ms=None)
    assert cells(tables.participants(report.sections, report.methods))[0][-3:] == ("–", "–", "–")
    assert cells(tables.agreement(report.sections))[0][1:] == ("–",) * 6
    words = said(report)
    assert "No response times are known." in words
    assert "Asked ten places later" not in words
    assert not [row[0] for row in measures(report) if "known" in row[0] or "time" in row[0]]
    assert not re.search(r"\bnan\b", re.sub(r'src="[^"]*"', "", draw_file(report)))
    assert draw_pdf(report).startswith(b"%PDF-")


def test_answers_that_never_differ_have_no_order_to_test(report_of):
    ones = np.ones((3, 4), dtype=bool)
    assert "Whether later answers differ from earlier ones cannot be tested" in said(report_of(ones, ones, ones))


def test_csv_has_everybody_beside_the_headline(report_with_excluded, d1_report):
    rows = list(csv.DictReader(io.StringIO(to_csv(report_with_excluded))))
    assert [row["everybody_verdict"] for row in rows] == ["preferred", "not established", "preferred"]
    assert {row["excluded"] for row in rows} == {"30"}
    assert rows[0]["everybody_participants"] == "70"
    assert float(rows[1]["everybody_p_adjusted"]) == report_with_excluded.everybody.sections[1].adjusted_p_value
    row = next(csv.DictReader(io.StringIO(to_csv(d1_report))))
    assert (row["everybody_votes"], row["excluded"], row["response_median_ms"]) == ("", "0", "3000.0")
    assert float(row["agreement_fleiss_kappa"]) == pytest.approx(0.02500191, abs=5e-9)
    assert row["participants_above_half"] == "107"


def test_json_has_the_analysis_with_everybody(report_with_excluded):
    content = json.loads(to_json(report_with_excluded))
    everybody = content["everybody"]
    assert (content["quality"]["participants"], everybody["quality"]["participants"]) == (40, 70)
    assert everybody["sections"][1]["verdict"] == "not established"
    assert everybody["sections"][1]["share"] == everybody["sections"][1]["votes_for"] / 700
    assert "significant" in everybody["sections"][1]["independent"]
