import io
import json
import os
import subprocess
import sys
import zipfile
from importlib.metadata import distribution
from pathlib import Path

import pytest
from django.db import transaction
from packaging.requirements import Requirement

import evaluation
from studyserver.reports.bundle import NEEDED, draw_bundle
from studyserver.reports.formats.data import to_json
from studyserver.reports.services import build_report
from studyserver.studies.freezing import freeze_study
from studyserver.studies.models import Study
from tests.reference.d1 import d1_tables
from tests.studyserver.reports.votes import store_votes, study

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def drawn(django_db_setup, django_db_blocker):
    """The report of a registered study and its bundle, drawn twice, from rows that are rolled back."""
    chosen, chose_left = d1_tables()
    with django_db_blocker.unblock(), transaction.atomic():
        made = study(state=Study.State.CLOSED)
        freeze_study(study=made)
        store_votes(made, [chosen] * 3, lefts=[chose_left] * 3)
        report = build_report(made)
        bundles = draw_bundle(report), draw_bundle(report)
        transaction.set_rollback(True)
    return report, *bundles


@pytest.fixture
def unpacked(drawn, tmp_path):
    with zipfile.ZipFile(io.BytesIO(drawn[1])) as archive:
        archive.extractall(tmp_path)
    return tmp_path / "faces"


@pytest.fixture(scope="module")
def needed_alone(tmp_path_factory):
    """A folder with what requirements.txt of a bundle installs, and nothing else of this environment."""
    folder, installed, wanted = tmp_path_factory.mktemp("installed"), set(), [*NEEDED]
    while wanted:
        found = distribution(wanted.pop())
        for entry in {file.parts[0] for file in found.files if file.parts[0] not in ("..", "__pycache__")}:
            (folder / entry).symlink_to(found.locate_file(entry))
        installed.add(found.name.lower())
        needs = [Requirement(text) for text in found.requires or () if "extra ==" not in text]
        wanted += [
            each.name for each in needs if each.name not in installed and (not each.marker or each.marker.evaluate())
        ]
        wanted = sorted(set(wanted) - installed)
    return folder


@pytest.fixture
def run(needed_alone):
    """Runs in a process that finds no other copy of the library than the bundle's, and only what that asks for."""

    def use(folder, *command):
        environment = os.environ | {"PYTHONPATH": str(needed_alone)}
        command = [sys.executable, "-S", *(command or ("analyse.py",))]
        return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=120)

    return use


def test_neither_web_nor_engine_can_be_imported_where_the_bundle_runs(run, unpacked):
    for name in ("django", "torch", "studyserver", "cmp_engine", "matplotlib"):
        assert f"No module named '{name}'" in run(unpacked, "-c", f"import {name}").stderr


def test_the_bundle_holds_every_file_of_the_library(unpacked):
    library = Path(evaluation.__file__).parent
    held = {path.relative_to(library) for path in library.rglob("*.py")}
    assert {path.relative_to(unpacked / "evaluation") for path in (unpacked / "evaluation").rglob("*.py")} == held
    assert {"votes", "pairs", "planning", "faces", "output"} <= {path.parts[0] for path in held}
    for path in held:
        assert (unpacked / "evaluation" / path).read_bytes() == (library / path).read_bytes()


def test_the_script_of_the_bundle_finds_the_numbers_of_the_report(run, drawn, unpacked):
    ended = run(unpacked)
    assert (ended.returncode, ended.stderr) == (0, "")
    assert ended.stdout.endswith("\nIdentical to the report.\n")
    assert "955 of 1540 votes" in " ".join(ended.stdout.split())  # A line may end in it.
    found = json.loads((unpacked / "expected.json").read_text())
    by_report = json.loads(to_json(drawn[0]))
    for section, reported in zip(found["sections"], by_report["sections"], strict=True):
        asked = {name: reported.pop(name) for name in ("position", "title", "medium", "prompt")}
        assert section == reported, asked
    assert found["quality"] == by_report["quality"]
    assert found["people"].items() <= by_report["people"].items()
    assert (found["people"]["excluded"], found["everybody"]) == (0, None)


def test_the_script_uses_the_copy_of_the_library_beside_it(run, unpacked):
    (unpacked / "evaluation" / "votes" / "crossed.py").write_text("raise SystemExit('the copy')")
    assert "the copy" in run(unpacked).stderr


def test_another_vote_is_found(run, unpacked):
    path = unpacked / "votes.csv"
    lines = path.read_text().splitlines()
    side = {"left": "right", "right": "left"}
    cells = lines[1].split(",")
    cells[6] = side[cells[6]]
    path.write_text("\n".join([lines[0], ",".join(cells), *lines[2:]]) + "\n")
    ended = run(unpacked)
    assert ended.returncode == 1
    assert ".sections[0].votes_for:" in ended.stdout


def test_another_file_of_votes_is_found_even_where_the_numbers_stay(run, unpacked):
    path = unpacked / "votes.csv"
    path.write_text(path.read_text() + "\n")
    ended = run(unpacked)
    assert ended.returncode == 1
    assert "votes.csv: SHA-256 " in ended.stdout


def test_requirements_are_pinned_and_cover_what_the_analysis_imports(unpacked):
    lines = (unpacked / "requirements.txt").read_text().splitlines()
    assert [line.split("==")[0] for line in lines] == list(NEEDED)
    imports = "import sys, evaluation.__main__; print(*{name.split('.')[0] for name in sys.modules})"
    loaded = subprocess.run(
        [sys.executable, "-c", imports], cwd=unpacked, capture_output=True, text=True
    ).stdout.split()
    heavy = {
        "numpy",
        "scipy",
        "pandas",
        "statsmodels",
        "rich",
        "krippendorff",
        "matplotlib",
        "torch",
        "django",
        "pyarrow",
    }
    assert heavy & set(loaded) - {"pyarrow"} == set(NEEDED)


def test_registration_and_figures_are_in_it(unpacked):
    assert (unpacked / "registration.txt").read_text().startswith("Pre-registration of the preference study")
    assert {path.name for path in (unpacked / "figures").iterdir()} >= {
        "votes.svg",
        "votes.png",
        "questions.svg",
        "participants.png",
        "times.svg",
    }
    assert (unpacked / "votes.csv.manifest.json").exists()


def test_a_rehearsal_says_so_first(run, tmp_path):
    made = study()
    store_votes(made, [d1_tables()[0][:12]] * 3, simulated=True)
    with zipfile.ZipFile(io.BytesIO(draw_bundle(build_report(made, simulated=True)))) as archive:
        archive.extractall(tmp_path)
    assert run(tmp_path / "faces").stdout.startswith("Simulated votes: no person was asked.\n")


def test_the_same_report_gives_the_same_bundle(drawn):
    assert drawn[1] == drawn[2]
