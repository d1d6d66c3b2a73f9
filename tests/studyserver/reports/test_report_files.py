import csv
import errno
import io
import json
import os
import re

import numpy as np
import pytest
from django.core.management import CommandError, call_command

from studyserver.reports.formats.data import SCHEMA_VERSION, to_csv, to_json
from studyserver.reports.formats.page import draw_file
from studyserver.reports.services import build_report
from studyserver.studies.models import Study
from tests.studyserver.reports.votes import CLEAR, store_votes, study

pytestmark = pytest.mark.django_db


@pytest.fixture
def closed():
    made = study(state=Study.State.CLOSED)
    store_votes(made, [CLEAR] * 3)
    return made


def test_json_carries_every_number_of_d1(d1_report):
    content = json.loads(to_json(d1_report))
    assert (content["schema"], content["schema_version"]) == ("perceptionist-report", SCHEMA_VERSION)
    section = content["sections"][0]
    assert section["verdict"] == "not established"
    assert section["independent"]["critical_count"] == 832
    assert section["independent"]["paper_bound"] == 831
    assert section["independent"]["p_value"] == pytest.approx(1.719980847e-21, rel=1e-9)
    assert section["crossed"]["p_value"] == pytest.approx(0.00105994, abs=5e-9)
    assert section["crossed"]["design_effect"] == pytest.approx(6.290446, abs=5e-7)
    assert section["side"]["independent"]["p_value_two_sided"] == pytest.approx(0.52409978, abs=5e-9)
    assert content["people"]["counted"] == 154
    assert content["face_errors"] is None


def test_json_has_null_where_nothing_can_be_estimated():
    made = study(state=Study.State.CLOSED)
    store_votes(made, [np.ones((5, 10)), CLEAR[:5], CLEAR[:5]])
    section = json.loads(to_json(build_report(made)))["sections"][0]
    assert section["crossed"]["p_value"] is None
    assert section["adjusted_p_value"] is None
    assert section["independent"]["p_value"] == 2**-50


def test_csv_has_one_row_per_section(d1_report):
    rows = list(csv.DictReader(io.StringIO(to_csv(d1_report))))
    assert [row["section"] for row in rows] == ["1", "2", "3"]
    assert rows[0]["votes_for"] == "955"
    assert float(rows[0]["crossed_p_one_sided"]) == pytest.approx(0.00105994, abs=5e-9)
    assert float(rows[0]["crossed_p_adjusted"]) == pytest.approx(3 * 0.00105994, abs=2e-8)
    assert rows[0]["simulated_votes"] == "0"


def test_documented_keys_are_the_written_ones(closed, pytestconfig):
    """Every key of the JSON and every column of the CSV stands in the documentation."""
    documented = set(
        re.findall(r"`([a-z_0-9]+)`", (pytestconfig.rootpath / "docs" / "reference" / "report.md").read_text())
    )
    report = build_report(closed)

    def keys(value):
        if isinstance(value, dict):
            return set(value).union(*map(keys, value.values()))
        return set().union(*map(keys, value)) if isinstance(value, list) else set()

    assert keys(json.loads(to_json(report))) <= documented
    assert set(to_csv(report).splitlines()[0].split(",")) <= documented


def test_html_file_needs_nothing_else(clear_report):
    page = draw_file(clear_report)
    assert not re.findall(r"(?:src|href|url)\s*[=(](?!\"data:image/svg)", page)
    assert "<script" not in page
    assert ".report .note code { overflow-wrap: anywhere; }" in page  # Hashes are wider than a phone.


def test_html_says_who_was_preferred(clear_report):
    page = " ".join(draw_file(clear_report).split())
    assert "cmp-unsupervised was preferred over base-2 in all 3 sections." in page
    assert "imulated" not in page.split("</style>")[1]


def test_html_does_not_praise_a_method_that_lost():
    made = study(state=Study.State.CLOSED)
    store_votes(made, [~CLEAR] * 3)
    page = " ".join(draw_file(build_report(made)).split())
    assert "The votes do not show that cmp-unsupervised is preferred over base-2 in any section." in page
    assert "base-2 was chosen more often in 3 of 3." in page
    assert "One-sided p &gt; 0.995" in page
    assert "was preferred over" not in page


def test_html_names_the_bound_of_the_paper_beside_the_exact_count(d1_report):
    page = " ".join(draw_file(d1_report).split())
    assert "<td>832, reached</td>" in page
    assert "<td>831, reached</td>" in page
    assert "one vote too early" in page
    assert "0.00102" in page
    assert "1.7 × 10⁻²¹" in page


def test_every_part_of_a_rehearsal_is_labelled():
    made = study()
    store_votes(made, [CLEAR] * 3, simulated=True)
    report = build_report(made, simulated=True)
    page = " ".join(draw_file(report).split())
    assert "<title>Rehearsal:" in page
    assert "Rehearsal with simulated votes." in page
    assert "Rehearsal: cmp-unsupervised was preferred" in page
    assert "(simulated votes)" in page
    assert "All of them are simulated." in page
    assert json.loads(to_json(report))["simulated_votes"] is True
    assert next(csv.DictReader(io.StringIO(to_csv(report))))["simulated_votes"] == "1"


def test_titles_from_the_study_are_escaped():
    made = study(state=Study.State.CLOSED)
    Study.objects.update(title="<b>&")
    made.refresh_from_db()
    store_votes(made, [CLEAR] * 3)
    assert "<b>&<" not in draw_file(build_report(made))


@pytest.mark.parametrize(
    ("format", "start"),
    [
        ("html", b"<!doctype html>"),
        ("pdf", b"%PDF-"),
        ("latex", b"% Faces"),
        ("bundle", b"PK"),
        ("json", b"{"),
        ("csv", b"study,"),
    ],
)
def test_export_writes_the_file(closed, tmp_path, format, start, capsys):
    out = tmp_path / f"report.{format}"
    call_command("export_report", "faces", "--format", format, "--out", str(out))
    assert out.read_bytes().startswith(start)
    assert str(out) in capsys.readouterr().out


def test_export_replaces_an_older_file(closed, tmp_path):
    out = tmp_path / "report.json"
    out.write_text("old")
    call_command("export_report", "faces", "--format", "json", "--out", str(out))
    assert json.loads(out.read_text())["slug"] == "faces"
    assert not list(tmp_path.glob(".part-*"))


def export(tmp_path, *arguments, out="report.json"):
    call_command("export_report", *arguments, "--format", "json", "--out", str(tmp_path / out))


def test_export_of_an_unknown_study_lists_the_known(closed, tmp_path):
    with pytest.raises(CommandError, match=r"'other'.*faces"):
        export(tmp_path, "other")


def test_export_of_an_open_study_names_the_remedy(tmp_path):
    store_votes(study(), [CLEAR] * 3)
    with pytest.raises(CommandError, match=r"is open.*/studies/faces/close/"):
        export(tmp_path, "faces")
    assert not (tmp_path / "report.json").exists()


def test_export_without_votes(closed, tmp_path):
    with pytest.raises(CommandError, match="no simulated votes"):
        export(tmp_path, "faces", "--rehearsal")


def test_export_into_a_missing_folder(closed, tmp_path):
    with pytest.raises(CommandError, match=r"no folder .*/nowhere for report\.json; make it with: mkdir -p .*/nowhere"):
        export(tmp_path, "faces", out="nowhere/report.json")


@pytest.mark.parametrize(("ending", "format"), [("html", "html"), ("PDF", "pdf"), ("tex", "latex")])
def test_export_under_a_name_of_another_format(closed, tmp_path, ending, format):
    asked = rf"ends like a report in {format}, and --format json .* --format {format}, or write to .*/report\.json\.$"
    with pytest.raises(CommandError, match=asked):
        export(tmp_path, "faces", out=f"report.{ending}")
    assert not list(tmp_path.glob("report.*"))


def test_export_onto_a_folder(closed, tmp_path):
    with pytest.raises(CommandError, match="is a folder"):
        export(tmp_path, "faces", out=".")


def test_export_on_a_full_disk_leaves_the_old_file(closed, tmp_path, monkeypatch):
    (tmp_path / "report.json").write_text("old")

    def full(descriptor):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(CommandError, match="No space left"):
        export(tmp_path, "faces")
    assert (tmp_path / "report.json").read_text() == "old"
    assert not list(tmp_path.glob(".part-*"))
