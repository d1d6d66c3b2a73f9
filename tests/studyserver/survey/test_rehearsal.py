"""Simulated participants through the real survey, against a live server."""

import json
import socket
import threading
from itertools import product
from math import sqrt
from uuid import uuid4

import pytest
from django.core.management import CommandError, call_command
from django.db.models import Count
from scipy import stats
from statsmodels.stats.multitest import multipletests

from studyserver.studies.exceptions import VotesWouldMix
from studyserver.studies.models import Condition, Study
from studyserver.studies.services import close_study
from studyserver.survey import rehearsal
from studyserver.survey.models import AttentionCheck, Participation, Trial, Vote
from studyserver.survey.rehearsal import RehearsalError, erase_rehearsal, rehearse
from studyserver.survey.simulated_people import SimulatedPeople
from tests.factories import study
from tests.studyserver.reports.votes import store_votes
from tests.studyserver.reports.votes import study as rows_only_study

PEOPLE = SimulatedPeople(preference=0.7, sd_person=0.6, sd_question=0.3, seed=4)


def go(made, participants, url, people=PEOPLE, **kwargs):
    # One at a time: the live server shares one in-memory database connection.
    return rehearse(made, people, participants=participants, url=url, concurrency=1, **kwargs)


def votes_by_person(made):
    """Person (by arrival) and question -> whether ours was chosen, from the rows, in plain Python."""
    chosen = {}
    for person, participation in enumerate(made.participations.order_by("pk")):
        trials = participation.trials.select_related("vote", "left__condition", "right__condition", "question__section")
        for trial in trials:
            picked = trial.left if trial.vote.choice == "left" else trial.right
            key = f"{trial.question.section.position}:{trial.question.number}"
            chosen[person, key] = picked.condition.role == Condition.Role.OURS
    return chosen


def expected_section(y):
    """A0, A2 and the shares of a table of answers, term by term; straight from their definitions."""
    people, items = len(y), len(y[0])
    n, k = people * items, sum(map(sum, y))
    grand = k / n
    row = [sum(answers) / items for answers in y]
    column = [sum(answers[q] for answers in y) / people for q in range(items)]
    ms_s = items * sum((m - grand) ** 2 for m in row) / (people - 1)
    ms_q = people * sum((m - grand) ** 2 for m in column) / (items - 1)
    squares = sum((y[s][q] - row[s] - column[q] + grand) ** 2 for s, q in product(range(people), range(items)))
    ms_r = squares / ((people - 1) * (items - 1))
    top = max(ms_s + ms_q - ms_r, ms_r)
    se = sqrt(top / n)
    df = top**2 / (ms_s**2 / (people - 1) + ms_q**2 / (items - 1) + ms_r**2 / ((people - 1) * (items - 1)))
    return {
        "votes_for": k,
        "votes": n,
        "se": se,
        "df": df,
        "p": stats.t.sf((grand - 0.5) / se, df),
        "low": grand - stats.t.ppf(0.975, df) * se,
        "deff": se**2 / (grand * (1 - grand) / n),
        "independent": stats.binom.sf(k - 1, n, 0.5),
        "per_question": [round(people * m) for m in column],
    }


def assert_report_agrees(report, chosen, people, items):
    """``chosen``: person and question -> whether ours was chosen, read from the vote rows."""
    expected = [
        expected_section([[chosen[s, f"{section}:{q}"] for q in range(1, items + 1)] for s in range(people)])
        for section in (1, 2, 3)
    ]
    adjusted = multipletests([each["p"] for each in expected], method="holm")[1]
    for section, wanted, holm in zip(report["sections"], expected, adjusted, strict=True):
        crossed = section["crossed"]
        found = {
            "votes_for": section["votes_for"],
            "votes": section["votes"],
            "se": crossed["se"],
            "df": crossed["df"],
            "p": crossed["p_value"],
            "low": crossed["interval"]["low"],
            "deff": crossed["design_effect"],
            "independent": section["independent"]["p_value"],
            "per_question": [question["votes_for"] for question in section["per_question"]],
        }
        assert found == {key: pytest.approx(value, rel=1e-9) for key, value in wanted.items()}
        assert section["adjusted_p_value"] == pytest.approx(holm, rel=1e-9)


def exported_report(tmp_path):
    out = tmp_path / "report.json"
    call_command("export_report", "faces", "--rehearsal", "--format", "json", "--out", str(out))
    return json.loads(out.read_text())


@pytest.mark.django_db(transaction=True)
def test_report_of_a_rehearsal_agrees_with_an_independent_computation(live_server, tmp_path):
    made = study(questions=3)
    assert go(made, 12, live_server.url) == 12
    report = exported_report(tmp_path)
    assert report["simulated_votes"] is True
    assert report["people"]["counted"] == 12
    assert Vote.objects.count() == 12 * 9
    assert_report_agrees(report, votes_by_person(made), people=12, items=3)


@pytest.mark.django_db
def test_report_of_154_at_preference_07_agrees_with_an_independent_computation(tmp_path):
    """The size of the paper's study; the rows are stored without HTTP, which takes a minute for so many."""
    made = rows_only_study()
    tables = [
        [[PEOPLE.chooses_ours(s, f"{section}:{q}") for q in range(1, 11)] for s in range(154)] for section in (1, 2, 3)
    ]
    store_votes(made, tables, simulated=True)
    report = exported_report(tmp_path)
    chosen = votes_by_person(made)
    assert len(chosen) == 4620
    assert_report_agrees(report, chosen, people=154, items=10)
    assert all(section["verdict"] == "preferred" for section in report["sections"])
    # Ten questions per section: their luck moves the share by about 0.3 logits / sqrt(10), or 0.02.
    assert all(abs(section["share"] - 0.7) < 0.07 for section in report["sections"])


@pytest.mark.django_db(transaction=True)
def test_votes_are_those_of_the_simulated_people_and_marked(live_server):
    made = study(questions=2)
    go(made, 4, live_server.url)
    assert votes_by_person(made) == {
        (s, f"{section}:{q}"): PEOPLE.chooses_ours(s, f"{section}:{q}")
        for s, section, q in product(range(4), (1, 2, 3), (1, 2))
    }
    assert not Participation.objects.exclude(kind="rehearsal").exists()
    assert Participation.objects.filter(kind="rehearsal", completed_at__isnull=False).count() == 4
    first = Vote.objects.get(trial__position=1, trial__participation=made.participations.order_by("pk").first())
    question = first.trial.question
    assert first.response_ms == PEOPLE.response_ms(0, f"{question.section.position}:{question.number}")
    # The survey balanced the sides of the simulated participants among themselves.
    lefts = Trial.objects.filter(left__condition__role="ours").values("question").annotate(n=Count("pk"))
    assert [row["n"] for row in lefts] == [2] * 6


@pytest.mark.django_db(transaction=True)
def test_an_interrupted_rehearsal_goes_on_where_it_was(live_server, monkeypatch):
    made = study(questions=2)
    sent = rehearsal.Browser.post
    count = iter(range(100))

    def interrupted(self, path, fields):
        if next(count) == 12:  # In the second person's questions.
            raise KeyboardInterrupt
        return sent(self, path, fields)

    monkeypatch.setattr(rehearsal.Browser, "post", interrupted)
    with pytest.raises(KeyboardInterrupt):
        go(made, 3, live_server.url)
    monkeypatch.undo()
    before = Vote.objects.count()
    assert 6 < before < 12
    assert go(made, 3, live_server.url) == 2
    assert Participation.objects.count() == 3
    assert votes_by_person(made) == {
        (s, f"{section}:{q}"): PEOPLE.chooses_ours(s, f"{section}:{q}")
        for s, section, q in product(range(3), (1, 2, 3), (1, 2))
    }


@pytest.mark.django_db(transaction=True)
def test_repeating_adds_nobody_and_more_participants_top_up(live_server):
    made = study(questions=1)
    seen = []
    assert go(made, 2, live_server.url) == 2
    assert go(made, 2, live_server.url) == 0
    assert go(made, 3, live_server.url, progress=lambda *call: seen.append(call)) == 1
    assert seen == [(2, 3), (3, 3)]
    assert Participation.objects.count() == 3


@pytest.mark.django_db(transaction=True)
def test_other_people_never_mix_with_an_earlier_rehearsal(live_server):
    made = study(questions=1)
    go(made, 1, live_server.url)
    with pytest.raises(VotesWouldMix, match=r"preference 0\.7, sd-person 0\.6.*--replace"):
        go(made, 1, live_server.url, SimulatedPeople(preference=0.6))
    assert Vote.objects.count() == 3
    assert erase_rehearsal(made) == 1
    assert (Vote.objects.count(), Participation.objects.count()) == (0, 0)
    assert go(made, 1, live_server.url, SimulatedPeople(preference=0.6)) == 1


@pytest.mark.django_db(transaction=True)
def test_a_study_that_changed_since_is_rehearsed_anew(live_server):
    made = study(questions=1)
    go(made, 1, live_server.url)
    Study.objects.update(alpha=0.05, claim="all", title="Other words")
    assert go(made, 1, live_server.url) == 0  # Neither changes what is shown nor who counts.
    Study.objects.update(attention_checks=3, attention_passes=2)
    changes = r"attention checks 0 then and 3 now, attention checks to pass 0 then and 2 now\).*--replace"
    with pytest.raises(VotesWouldMix, match=changes):
        go(made, 2, live_server.url)
    assert (Participation.objects.count(), AttentionCheck.objects.count()) == (1, 0)
    erase_rehearsal(made)
    assert go(made, 1, live_server.url) == 1
    assert AttentionCheck.objects.count() == 3
    Study.objects.update(fastest_median_ms=500)
    with pytest.raises(VotesWouldMix, match=r"\(fastest median answer none then and 500 now\)"):
        go(made, 1, live_server.url)


@pytest.mark.django_db(transaction=True)
def test_a_study_that_changes_while_it_is_rehearsed_is_noticed_at_the_end(live_server):
    made = study(questions=1)

    def change(done, _):
        Study.objects.update(attention_checks=3 if done else 0)

    with pytest.raises(VotesWouldMix, match=r"changed while .*\(attention checks 0 then and 3 now\).*--replace"):
        go(made, 2, live_server.url, progress=change)
    assert of(made).filter(completed_at__isnull=False).count() == 2
    with pytest.raises(VotesWouldMix, match="has changed since its rehearsal began"):
        go(made, 2, live_server.url)


@pytest.mark.django_db
def test_where_nobody_began_a_changed_study_or_other_people_have_nothing_to_mix_with():
    journal = rehearsal.Journal(study(questions=1))
    journal.open(PEOPLE)
    Study.objects.update(attention_checks=3)
    assert journal.open(SimulatedPeople(preference=0.6)) == {}
    [header] = map(json.loads, journal.path.read_text().splitlines())
    assert (header["attention_checks"], header["preference"]) == (3, 0.6)


@pytest.mark.django_db(transaction=True)
def test_simulated_participants_of_unknown_origin_are_not_built_upon(live_server):
    made = study(questions=1)
    go(made, 1, live_server.url)
    rehearsal.Journal(made).path.unlink()
    with pytest.raises(VotesWouldMix, match=r"has 1 simulated participants .* --replace"):
        go(made, 1, live_server.url)


@pytest.mark.django_db(transaction=True)
def test_erasing_a_rehearsal_keeps_people(live_server):
    made = study(questions=1)
    go(made, 1, live_server.url)
    Participation.objects.create(study=made, seed=1, consent_sha256="0" * 64)
    erase_rehearsal(made)
    assert Participation.objects.get().kind == Participation.Kind.PERSON


@pytest.mark.django_db(transaction=True)
def test_careless_people_are_excluded_and_the_others_are_not(live_server):
    made = study(questions=1)
    Study.objects.update(attention_checks=6, attention_passes=5)
    people = SimulatedPeople(careless=0.5, seed=2)
    go(made, 4, live_server.url, people)
    excluded = [participation.excluded for participation in of(made)]
    passed = [[people.passes_check(s, c.position) for c in p.checks.all()] for s, p in enumerate(of(made))]
    assert [answers.count(False) for answers in passed] == [p.checks.failed().count() for p in of(made)]
    assert excluded == [sum(answers) < 5 for answers in passed]
    careless = [people.is_careless(person) for person in range(4)]
    assert any(excluded)
    assert not any(out and not tosses for out, tosses in zip(excluded, careless, strict=True))
    assert all(made.participations.values_list("completion_code", flat=True))
    assert Vote.objects.count() == 4 * 3
    erase_rehearsal(made)
    assert not AttentionCheck.objects.exists()


def of(made):
    return made.participations.order_by("pk")


@pytest.mark.django_db
def test_a_journal_of_an_older_version_goes_on_and_says_from_then_on_what_it_did_not():
    journal = rehearsal.Journal(study(questions=1))
    journal.path.parent.mkdir(parents=True)
    token = uuid4()
    journal.path.write_text(
        '{"preference": 0.7, "sd_person": 0.6, "sd_question": 0.3, "seed": 4}\n'
        f'{{"person": 0, "token": "{token}"}}\n{{"person": 1, "tok'
    )
    assert journal.open(PEOPLE) == {0: token}
    with pytest.raises(VotesWouldMix, match=r"seed 4, careless 0\.0"):
        journal.open(SimulatedPeople(seed=4, careless=0.1))
    Study.objects.update(attention_checks=3)
    with pytest.raises(VotesWouldMix, match=r"\(attention checks 0 then and 3 now\)"):
        journal.open(PEOPLE)


@pytest.mark.django_db
def test_a_torn_journal_line_costs_only_that_person():
    made = study(questions=1)
    journal = rehearsal.Journal(made)
    assert journal.open(PEOPLE) == {}
    token = Participation.objects.create(study=made, seed=1, kind="rehearsal", consent_sha256="0" * 64).token
    journal.note(0, token)
    with journal.path.open("a") as file:
        file.write('{"person": 1, "tok')
    assert journal.open(PEOPLE) == {0: token}
    journal.note(2, token)
    assert journal.open(PEOPLE) == {0: token, 2: token}


@pytest.mark.django_db(transaction=True)
def test_a_failing_server_is_an_error_that_names_the_page(live_server, monkeypatch):
    made = study(questions=1)
    close_study(study=Study.objects.get())
    with pytest.raises(RehearsalError, match="answered 410 to GET /s/faces/"):
        go(made, 1, live_server.url)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("url", "message"), [("http://127.0.0.1:9", "is the server running"), ("localhost:8000", "is no web address")]
)
def test_wrong_addresses_are_named(url, message):
    with pytest.raises(RehearsalError, match=message):
        go(study(questions=1), 1, url)


@pytest.mark.django_db(transaction=True)
def test_a_connection_closed_while_idle_is_opened_again(live_server):
    study(questions=1)
    with rehearsal.Browser(live_server.url) as browser:
        browser.get("/s/faces/")
        browser.connection.sock.shutdown(socket.SHUT_RDWR)
        assert browser.get("/s/faces/") == "/s/faces/"


def test_stopping_leaves_the_questions_that_follow():
    class NoServer:
        def get(self, path):
            return f"/p/{'0' * 8}-0000-0000-0000-{'0' * 12}/1/"

    stop = threading.Event()
    stop.set()
    person = rehearsal.Participant(None, PEOPLE, 0, NoServer(), None)
    person.answers = lambda token: {}
    person.go("token", stop)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["nowhere", "--participants", "3"], r"no study named 'nowhere'\. Known studies: draft, faces, over\."),
        (["faces", "--participants", "0"], "at least 1, got 0"),
        (["faces", "--participants", "3", "--preference", "1"], r"preference must lie .* got 1\.0"),
        (["faces", "--participants", "3", "--sd-person", "-1"], "sd_person"),
        (["faces", "--participants", "3", "--careless", "30"], r"careless must be a share .* got 30\.0"),
        (["draft", "--participants", "3"], "generate_stimuli draft"),
        (["over", "--participants", "3"], "is closed"),
        (["faces", "--participants", "3", "--url", "http://127.0.0.1:9"], "is the server running"),
    ],
)
def test_wrong_commands_name_the_value_and_the_remedy(arguments, message):
    for slug, state in [("faces", "open"), ("draft", "draft"), ("over", "closed")]:
        study(slug, questions=1, state=state)
    with pytest.raises(CommandError, match=message):
        call_command("simulate_votes", *arguments)
