import csv
import hashlib
import json

import pandas as pd
import pytest
from django.core.management import CommandError, call_command

from evaluation.votes.reading import read_votes
from studyserver.reports import vote_export
from studyserver.reports.exceptions import ReportError, StillBlinded
from studyserver.reports.vote_export import CODEBOOK, export_votes
from studyserver.studies.models import Study
from tests.studyserver.reports.votes import store_votes, study

pytestmark = pytest.mark.django_db
TABLES = [[[1, 0], [1, 1], [0, 0]], [[1, 1], [1, 1], [1, 1]], [[0, 0], [0, 1], [0, 0]]]
METHODS = {1: "cmp-unsupervised", 0: "base-2"}


@pytest.fixture
def closed():
    made = study(state=Study.State.CLOSED, questions=2)
    store_votes(made, TABLES)
    return made


def rows_of(path):
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def test_every_vote_is_a_row_with_the_method_that_was_chosen(closed, tmp_path):
    export_votes(closed, tmp_path / "votes.csv")
    rows = rows_of(tmp_path / "votes.csv")
    assert list(rows[0]) == list(CODEBOOK)
    chosen = {
        (row["participant"], int(row["section"]), int(row["question"])): (int(row["ours"]), row["preferred"])
        for row in rows
    }
    assert chosen == {
        (f"p{s + 1:05}", section + 1, q + 1): (TABLES[section][s][q], METHODS[TABLES[section][s][q]])
        for section in range(3)
        for s in range(3)
        for q in range(2)
    }
    assert all((row["chose"] == row["side"]) == (row["ours"] == "1") for row in rows)
    assert {row["response_ms"] for row in rows} == {"3000"}


def test_the_file_is_read_by_the_statistics_with_the_same_votes(closed, tmp_path):
    export_votes(closed, tmp_path / "votes.csv")
    votes = read_votes(tmp_path / "votes.csv")
    counts = votes.groupby("section", observed=True)["chose"].sum()
    assert counts.to_dict() == {"1": 3, "2": 6, "3": 1}


def test_parquet_holds_the_same_table(closed, tmp_path, monkeypatch):
    monkeypatch.setattr(vote_export, "ROWS_AT_ONCE", 5)
    export_votes(closed, tmp_path / "votes.csv")
    export_votes(closed, tmp_path / "votes.parquet")
    text = pd.read_csv(tmp_path / "votes.csv")
    table = pd.read_parquet(tmp_path / "votes.parquet")
    pd.testing.assert_frame_equal(table, text, check_dtype=False)
    assert table["response_ms"].dtype == "int64"


def test_manifest_counts_rows_and_names_the_hash_of_the_file(closed, tmp_path):
    manifest = export_votes(closed, tmp_path / "votes.csv")
    content = (tmp_path / "votes.csv").read_bytes()
    stored = json.loads((tmp_path / "votes.csv.manifest.json").read_text())
    assert stored["sha256"] == manifest.sha256 == hashlib.sha256(content).hexdigest()
    assert (stored["rows"], stored["participants"], stored["bytes"]) == (18, 3, len(content))
    assert stored["votes"]["3"] == {"base-2": 5, "cmp-unsupervised": 1}
    codebook = json.loads((tmp_path / "votes.csv.codebook.json").read_text())
    assert [entry["column"] for entry in codebook] == list(CODEBOOK)


def test_excluded_participants_are_in_the_file_and_marked(closed, tmp_path):
    store_votes(closed, TABLES, excluded=True)
    export_votes(closed, tmp_path / "votes.csv")
    assert [row["excluded"] for row in rows_of(tmp_path / "votes.csv")].count("1") == 18


def test_people_and_rehearsals_never_share_a_file(closed, tmp_path):
    store_votes(closed, [[[0, 0]]] * 3, simulated=True)
    export_votes(closed, tmp_path / "votes.csv", simulated=True)
    rows = rows_of(tmp_path / "votes.csv")
    assert len(rows) == 6
    assert {row["simulated"] for row in rows} == {"1"}


def test_votes_of_an_open_study_are_not_exported(tmp_path):
    made = study(questions=2)
    store_votes(made, TABLES)
    with pytest.raises(StillBlinded, match="stay hidden until it is closed"):
        export_votes(made, tmp_path / "votes.csv")
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_disagrees_with_the_database_is_not_kept(closed, tmp_path, monkeypatch):
    complete = vote_export.vote_rows
    monkeypatch.setattr(vote_export, "vote_rows", lambda *a, **k: list(complete(*a, **k))[:-1])
    with pytest.raises(ReportError, match="would hold 17 votes where the database has 18"):
        export_votes(closed, tmp_path / "votes.csv")
    assert list(tmp_path.iterdir()) == []


def test_number_of_queries_does_not_grow_with_the_votes(closed, tmp_path, django_assert_num_queries):
    with django_assert_num_queries(6):  # a savepoint and its release, conditions twice, votes, counts
        export_votes(closed, tmp_path / "votes.csv")
    store_votes(closed, TABLES)
    with django_assert_num_queries(6):
        export_votes(closed, tmp_path / "votes.csv")


def test_the_command_says_what_it_wrote(closed, tmp_path):
    said = call_command("export_votes", "faces", out=tmp_path / "votes.csv")
    assert said.startswith("Wrote 18 votes of 3 participants to ")


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("votes.xlsx", "ends in neither .csv nor .parquet"),
        ("no/votes.csv", "There is no folder .*make it with: mkdir"),
        ("file/votes.csv", r"/file is a file, so votes\.csv cannot lie in it\. Name a folder\.$"),
        ("file/no/votes.csv", r"/file is a file"),
    ],
)
def test_a_wrong_place_is_named_with_the_remedy(closed, tmp_path, name, message):
    (tmp_path / "file").touch()
    with pytest.raises(CommandError, match=message):
        call_command("export_votes", "faces", out=tmp_path / name)


@pytest.mark.parametrize(
    ("rehearsal", "message"),
    [
        (False, r"has no votes of completed participations to export\. It is closed, so ask .* or try --rehearsal"),
        (True, "has no simulated votes .*manage.py simulate_votes faces --participants 154"),
    ],
)
def test_nothing_to_export_is_said_with_the_remedy(tmp_path, rehearsal, message):
    study(state=Study.State.CLOSED, questions=2)
    with pytest.raises(CommandError, match=message):
        call_command("export_votes", "faces", out=tmp_path / "votes.csv", rehearsal=rehearsal)
