"""Every number that anybody reads of a study, with previews in it and without: byte by byte the same."""

import json
import re

import pytest
from django.contrib.auth.models import User

from studyserver.reports.formats.data import to_json
from studyserver.reports.monitor import look_at
from studyserver.reports.selectors import votes_table
from studyserver.reports.services import build_report
from studyserver.reports.vote_export import export_votes
from studyserver.studies.models import Study
from studyserver.studies.registration import registration_text
from studyserver.studies.selectors import studies_with_progress
from studyserver.studies.services import close_study
from studyserver.survey.models import Participation
from studyserver.survey.previews import skip_ahead, start_preview
from studyserver.survey.progress import taking_part, votes_per_day
from studyserver.survey.selectors import side_balances
from studyserver.survey.services import unused_seed
from tests import factories
from tests.studyserver.reports.votes import CLEAR, store_votes

pytestmark = pytest.mark.django_db

PEOPLE, REHEARSED = [CLEAR[:9, :2]] * 3, [CLEAR[9:14, :2]] * 3


@pytest.fixture
def study():
    """With votes of nine people, of whom one under way, and of five simulated ones."""
    made = factories.study(questions=2)
    Study.objects.update(attention_checks=3, looks=Study.Looks.ANYTIME)
    made.refresh_from_db()
    store_votes(made, PEOPLE)
    store_votes(made, REHEARSED, simulated=True)
    return made


@pytest.fixture
def staff(client):
    client.force_login(User.objects.create_superuser("admin"))
    return client


def add_previews(study):
    """One that has just begun, one half way, one at its end."""
    made = [start_preview(study=study) for _ in range(3)]
    skip_ahead(preview=made[1], to_end=False)
    skip_ahead(preview=made[1], to_end=False)
    skip_ahead(preview=made[2], to_end=True)


def page(client, address):
    """A page without what is new on every call: tokens against forged requests and times of making."""
    text = client.get(address).content.decode()
    text = re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "", text)
    return re.sub(r"made_at\W+[\w:.+-]+|\d\d:\d\d(:\d\d)?", "", text)


def seen_while_open(client, study, folder):
    study.refresh_from_db()
    folder.mkdir()
    export_votes(study, folder / "rehearsal.csv", simulated=True)
    each = {
        "frozen": study.frozen_at,
        "registration": registration_text(study),
        "looks": repr(look_at(study)),
        "list": [(row.slug, row.started, row.completed, row.rehearsed) for row in studies_with_progress()],
        "api": client.get("/api/studies/").content,
        "pages": [page(client, f"/studies/{end}") for end in ("", "faces/", "faces/close/", "faces/registration/")],
        "rehearsal": (folder / "rehearsal.csv").read_bytes(),
    }
    for simulated in (False, True):
        each |= {
            f"people {simulated}": taking_part(study, simulated=simulated),
            f"days {simulated}": votes_per_day(study, simulated=simulated),
            f"balance {simulated}": side_balances(study, simulated=simulated),
            f"next seed {simulated}": unused_seed(study, simulated=simulated),
        }
    return each


def seen_when_closed(client, study, folder):
    study.refresh_from_db()
    folder.mkdir()
    export_votes(study, folder / "votes.csv")
    each = {path.name: path.read_bytes() for path in sorted(folder.iterdir())}
    for simulated in (False, True):
        report = json.loads(to_json(build_report(study, simulated=simulated)))
        report.pop("made_at", None)
        each |= {
            f"report {simulated}": json.dumps(report, sort_keys=True),
            f"table {simulated}": votes_table(study, simulated=simulated).to_csv(),
        }
    each["pages"] = [page(client, f"/studies/{end}") for end in ("", "faces/")]
    return each


def test_previews_change_no_number_of_an_open_study(staff, study, tmp_path):
    before = seen_while_open(staff, study, tmp_path / "before")
    add_previews(study)
    after = seen_while_open(staff, study, tmp_path / "after")
    for name, value in before.items():
        assert after[name] == value, name
    assert Participation.objects.previews().filter(completed_at=None).count() == 2
    assert Participation.objects.previews().exclude(completed_at=None).count() == 1


def test_previews_change_no_number_of_a_closed_study(staff, study, tmp_path):
    add_previews(study)
    close_study(study=study)
    with_previews = seen_when_closed(staff, study, tmp_path / "with")
    assert Participation.objects.previews().erase() == 3
    without = seen_when_closed(staff, study, tmp_path / "without")
    for name, value in without.items():
        assert with_previews[name] == value, name
