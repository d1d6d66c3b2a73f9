import html
import re

import numpy as np
import pytest
from django.core.management import CommandError, call_command
from django.urls import reverse

from evaluation.output.numbers import percent
from evaluation.planning.crossed_power import VarianceShares, crossed_power, variance_shares
from studyserver.reports.exceptions import NoVotes, StillBlinded
from studyserver.reports.figures import power_figure
from studyserver.reports.outlook import outlook, pilot_shares
from studyserver.studies.models import Study
from tests.accounts import researcher
from tests.studyserver.reports.votes import store_votes, study

SHARES = VarianceShares(0.08, 0.07)
RANDOM = np.random.default_rng(2)
TABLES = [RANDOM.random((12, 10)) < RANDOM.random((12, 1)) for _ in range(3)]


@pytest.fixture
def staff(client):
    client.force_login(researcher())
    return client


def page(staff, **asked):
    return " ".join(staff.get(reverse("planning"), asked).content.decode().split())


FORM = {"share": 0.6, "alpha": 0.05, "participant_share": 0.08, "question_share": 0.07}


def test_the_command_answers_in_a_sentence_and_a_table():
    said = call_command("plan_study", participants=154, questions=30, alpha=0.05)
    assert said.startswith("154 participants and 30 questions find a true preference of 60.0 % with a probability of")
    expected = crossed_power(share=0.6, participants=154, questions=30, shares=SHARES, alpha=0.05)
    assert f"probability of {100 * expected:.1f} %" in said
    assert "participants needed for 80 %          27\n" in said
    assert "any number" in said.splitlines()[-1]


def test_sizes_that_no_number_reaches_are_said():
    assert "participants needed for 80 %          no number is enough" in call_command("plan_study", questions=10)


@pytest.mark.django_db
def test_a_number_that_far_more_would_spoil_is_no_lower_bound(staff):
    few = {"questions": 3, "share": 0.8, "participant_share": 0.2, "question_share": 0.02}
    said = call_command("plan_study", **few, alpha=0.01)
    assert "participants needed for 80 %          60 (more may lose it again)" in said
    assert "with any number of participants       at most 82.4 %" in said
    shown = page(staff, participants=154, alpha=0.01, **few)
    assert "with 3 questions, 60 participants are needed (more may lose it again)" in shown


@pytest.mark.parametrize("wrong", [{"participants": 1}, {"share": 1.0}, {"alpha": 0.0}, {"participant_share": 1.5}])
def test_an_impossible_plan_is_refused(wrong):
    with pytest.raises(CommandError, match="Cannot plan this study: "):
        call_command("plan_study", **wrong)


@pytest.mark.django_db
def test_shares_of_a_pilot_are_those_of_its_sections():
    made = study(state=Study.State.CLOSED)
    store_votes(made, TABLES)
    found = pilot_shares(made)
    each = [variance_shares(table) for table in TABLES]
    assert found.participant == pytest.approx(sum(shares.participant for shares in each) / 3)
    assert found.question == pytest.approx(sum(shares.question for shares in each) / 3)
    assert f"people make {100 * found.participant:.1f} %" in call_command("plan_study", pilot="faces")


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("state", "remedy"), [("open", "Close it at /studies/faces/close/"), ("draft", "voted yet; name another pilot")]
)
def test_a_study_that_is_not_closed_is_no_pilot(state, remedy):
    with pytest.raises(StillBlinded, match=remedy):
        pilot_shares(study(state=state))


@pytest.mark.django_db
def test_a_pilot_without_people_is_refused():
    with pytest.raises(NoVotes, match="fewer than two participants"):
        pilot_shares(study(state=Study.State.CLOSED))


@pytest.mark.django_db
def test_the_page_answers_at_once_and_for_the_size_in_its_address(staff):
    assert "154 participants and 10 questions find a true preference of" in page(staff)
    answered = page(staff, participants=200, questions=20, **FORM)
    expected = crossed_power(share=0.6, participants=200, questions=20, shares=SHARES, alpha=0.05)
    assert f"with a probability of {100 * expected:.1f} %" in answered
    assert answered.count("<tr>") == 7


@pytest.mark.django_db
def test_wrong_sizes_are_named_beside_their_field(staff):
    assert "greater than or equal to 2" in page(staff, participants=1, questions=20, **FORM)
    both = page(staff, participants=20, questions=20, **FORM | {"participant_share": 0.6, "question_share": 0.6})
    assert "Both shares together are 1.2; they may not exceed 1." in both
    assert "find a true preference" not in both


def planning_link(staff):
    progress = staff.get(reverse("studies:progress", args=["faces"])).content.decode()
    return [html.unescape(address) for address in re.findall(r'href="(/planning/\?[^"]*)"', progress)]


@pytest.mark.django_db
def test_a_study_leads_to_its_plan_and_is_no_pilot_while_it_runs(staff):
    made = study(questions=12)
    made.sections.last().questions.last().delete()
    Study.objects.update(planned_participants=60, alpha=0.03)
    [address] = planning_link(staff)
    assert address == "/planning/?participants=60&questions=11&alpha=0.01"
    answered = " ".join(staff.get(address).content.decode().split())
    assert "60 participants and 11 questions find a true preference of 60.0" in answered
    assert "Level 0.01, one-sided" in answered
    assert "People make 8.0" in answered


@pytest.mark.django_db
def test_a_closed_study_is_the_pilot_of_the_next(staff):
    made = study(state=Study.State.CLOSED)
    store_votes(made, TABLES)
    [address] = planning_link(staff)
    assert address.endswith("&alpha=0.0003333&pilot=faces")
    planned = staff.get(address).content.decode()
    assert f"People make {percent(pilot_shares(made).participant)}" in planned
    assert f'<option value="faces" selected>{made.title} (faces)</option>' in planned


@pytest.mark.django_db
def test_a_closed_study_without_people_is_no_pilot(staff):
    study(state=Study.State.CLOSED)
    [address] = planning_link(staff)
    assert "pilot" not in address
    assert "find a true preference" in staff.get(address).content.decode()


@pytest.mark.django_db
def test_a_study_that_is_no_plan_leads_to_none(staff):
    made = study(questions=1)
    assert planning_link(staff) == []
    made.sections.all().delete()
    assert planning_link(staff) == []


@pytest.mark.django_db
def test_the_page_is_for_staff_only(client):
    assert client.get(reverse("planning")).status_code == 302


def test_curves_meet_the_planned_power():
    plan = outlook(share=0.6, participants=154, questions=10, shares=SHARES, alpha=0.05)
    curve = power_figure(plan).axes[0].lines[0]
    assert np.interp(0.6, curve.get_xdata(), curve.get_ydata()) == pytest.approx(plan.power, abs=1e-9)
    assert curve.get_ydata()[0] == pytest.approx(0.05, abs=0.001)  # no preference: the level
