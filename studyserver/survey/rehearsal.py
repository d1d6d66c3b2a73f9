"""Sends simulated participants through the real survey, over HTTP, page by page as a browser would.

A journal beside the run notes which participation belongs to which simulated person. So an interrupted rehearsal goes
on where it was, a finished one has nothing left to do, and rehearsals with different people, or of a study before and
after a change, never mix.
"""

import json
import re
import socket
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import asdict
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection, RemoteDisconnected
from pathlib import Path
from typing import Any, Self
from urllib.parse import urlencode, urlsplit
from uuid import UUID

from django.conf import settings
from django.core import signing
from django.db import connection, transaction
from django.db.models import QuerySet

from cmp_engine.io import write_bytes
from studyserver.common.exceptions import PerceptionistError
from studyserver.studies.exceptions import VotesWouldMix
from studyserver.studies.locks import lock_study
from studyserver.studies.models import Condition, Study
from studyserver.survey.models import AttentionCheck, Participation, Trial, Vote
from studyserver.survey.services import require_open
from studyserver.survey.simulated_people import SimulatedPeople

TOKEN = re.compile(r"^/p/([0-9a-f-]{36})/")
TRIAL = re.compile(r"^/p/[0-9a-f-]{36}/(\d+)/$")
NOBODY = UUID(int=0)
RULES = {
    "attention_checks": "attention checks",
    "attention_passes": "attention checks to pass",
    "fastest_median_ms": "fastest median answer",
}
"""What a study says of the attention checks that participants are shown, and of who counts: all that may change under
a rehearsal and would make its votes differ. Questions and stimuli are fixed while there are participants."""
CONCURRENCY = 6
TIMEOUT_S = 60


class RehearsalError(PerceptionistError):
    """The rehearsal cannot begin or go on; what was voted stays, and the same command goes on from there."""


class Browser:
    """One keep-alive connection that follows redirects and fetches no pictures, scripts or styles."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise RehearsalError(f"--url {url!r} is no web address; give one such as http://127.0.0.1:8000")
        kind = HTTPSConnection if parts.scheme == "https" else HTTPConnection
        self.url = url
        self.connection = kind(parts.hostname, parts.port, timeout=TIMEOUT_S)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.connection.close()

    def get(self, path: str) -> str:
        return self.request("GET", path)

    def post(self, path: str, fields: dict[str, str]) -> str:
        return self.request("POST", path, urlencode(fields))

    def request(self, method: str, path: str, body: str | None = None) -> str:
        """Send, follow redirects, and return the path of the page that was reached.

        Raises:
            RehearsalError: nobody answers, or the answer is an error page.
        """
        for _ in range(5):
            response = self._exchange(method, path, body)
            if response.status == 200:
                return path
            if response.status not in {302, 303}:
                raise RehearsalError(f"{self.url} answered {response.status} to {method} {path}; see the server's log.")
            method, path, body = "GET", urlsplit(response.headers["Location"]).path, None
        raise RehearsalError(f"{self.url} redirects in circles at {path}.")

    def _exchange(self, method: str, path: str, body: str | None) -> HTTPResponse:
        try:
            try:
                return self._send(method, path, body)
            except (RemoteDisconnected, ConnectionResetError, BrokenPipeError):
                # The server had closed the idle connection. Answering twice is harmless: the first answer stands.
                self.connection.close()
                return self._send(method, path, body)
        except (OSError, HTTPException) as error:
            raise RehearsalError(f"No answer from {self.url} ({error}); is the server running there?") from error

    def _send(self, method: str, path: str, body: str | None) -> HTTPResponse:
        headers = {} if body is None else {"Content-Type": "application/x-www-form-urlencoded"}
        self.connection.request(method, path, body, headers)
        # Servers that send head and body apart wait for our acknowledgement, which Linux would hold back for 40 ms.
        if self.connection.sock and hasattr(socket, "TCP_QUICKACK"):
            self.connection.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1)
        response = self.connection.getresponse()
        response.read()
        return response


class Journal:
    """Which participation is whose: a line of parameters, then a line per person, in the study's run folder."""

    def __init__(self, study: Study) -> None:
        self.study = study
        self.path = Path(settings.RUNS_DIR) / study.slug / "rehearsal.jsonl"
        self.lock = threading.Lock()

    def open(self, people: SimulatedPeople) -> dict[int, UUID]:
        """The participations begun so far by person.

        Raises:
            VotesWouldMix: the journal belongs to people with other parameters, or to the study before a change.
        """
        self.rules = self._rules_now()
        text = self.path.read_text(encoding="utf-8") if self.path.exists() else ""
        entries = [json.loads(line) for line in text.splitlines() if line.endswith("}")]
        if entries[1:]:  # Otherwise nobody began, and nothing can mix.
            self._require_same(entries[0], people)
        header = asdict(people) | self.rules
        if entries[:1] != [header]:  # Also one of an older version, which did not know all of it.
            write_bytes(self.path, "".join(f"{json.dumps(entry)}\n" for entry in [header, *entries[1:]]).encode())
        elif not text.endswith("\n"):
            self._write("\n")  # A line torn by a crash must not swallow the next one.
        return {entry["person"]: UUID(entry["token"]) for entry in entries[1:]}

    def _require_same(self, header: dict[str, Any], people: SimulatedPeople) -> None:
        then = self.rules | {name: header[name] for name in RULES if name in header}  # Older journals do not say.
        if changes := _changes(then, self.rules):
            raise VotesWouldMix(
                f"Study {self.study.slug!r} has changed since its rehearsal began ({changes}), and votes of before and "
                "after would mix. Change it back to go on, or add --replace to erase the rehearsal and begin anew."
            )
        before = SimulatedPeople(**{name: value for name, value in header.items() if name not in RULES})
        if before != people:
            named = ", ".join(f"{name.replace('_', '-')} {value}" for name, value in asdict(before).items())
            raise VotesWouldMix(
                f"There is a rehearsal with other people ({named}), and their votes would mix. "
                "Repeat its values to go on with it, or add --replace to erase it and begin anew."
            )

    def require_unchanged(self) -> None:
        """See that the study is still the one that the journal was opened for.

        Raises:
            VotesWouldMix: it was changed since.
        """
        if changes := _changes(self.rules, self._rules_now()):
            raise VotesWouldMix(
                f"Study {self.study.slug!r} changed while it was rehearsed ({changes}), and votes of before and after "
                "may have mixed. Add --replace to erase the rehearsal and begin anew."
            )

    def _rules_now(self) -> dict[str, int | None]:
        """As the server reads them, whatever the study was when this process read it."""
        rules: dict[str, int | None] = Study.objects.values(*RULES).get(pk=self.study.pk)
        return rules

    def note(self, person: int, token: UUID) -> None:
        self._write(json.dumps({"person": person, "token": str(token)}) + "\n")

    def _write(self, line: str) -> None:
        with self.lock, self.path.open("a", encoding="utf-8") as file:
            file.write(line)


def _changes(then: dict[str, int | None], now: dict[str, int | None]) -> str:
    return ", ".join(
        f"{label} {_number(then[name])} then and {_number(now[name])} now"
        for name, label in RULES.items()
        if then[name] != now[name]
    )


def _number(value: int | None) -> str:
    return "none" if value is None else str(value)


def erase_rehearsal(study: Study) -> int:
    """Delete the simulated participations of ``study`` with their votes, and the journal; returns how many.

    Raises:
        StudyClosed: the study is not open (any more).
    """
    with transaction.atomic():
        require_open(lock_study(study.pk))
        count = Participation.objects.simulated().filter(study=study).erase()
    Journal(study).path.unlink(missing_ok=True)
    return count


def rehearse(
    study: Study,
    people: SimulatedPeople,
    *,
    participants: int,
    url: str,
    concurrency: int = CONCURRENCY,
    progress: Callable[[int, int], object] = lambda *_: None,
) -> int:
    """Bring persons 0 to ``participants`` - 1 to the finish page; returns how many had not been there before.

    Args:
        progress: called with the persons at the finish page, those of earlier calls included, and all of them.

    Raises:
        RehearsalError: the server fails.
        VotesWouldMix: there are votes of other simulated people, or of before a change of the study, which may have
            come while they voted.
        KeyboardInterrupt: passed on after the votes under way are stored.
    """
    journal = Journal(study)
    begun = journal.open(people)
    completed = dict(Participation.objects.simulated().filter(study=study).values_list("token", "completed_at"))
    require_known(study, {token for token, time in completed.items() if time} - set(begun.values()))
    waiting = [person for person in range(participants) if not completed.get(begun.get(person, NOBODY))]
    before = participants - len(waiting)
    progress(before, participants)
    stop = threading.Event()

    def take_part(person: int) -> None:
        token = begun.get(person, NOBODY)
        try:
            with Browser(url) as browser:
                Participant(study, people, person, browser, journal).go(token if token in completed else None, stop)
        finally:
            connection.close()  # Each thread has a database connection of its own.

    with ThreadPoolExecutor(concurrency) as pool:
        futures = [pool.submit(take_part, person) for person in waiting]
        try:
            for done, future in enumerate(as_completed(futures), start=before + 1):
                future.result()
                progress(done, participants)
        except BaseException:
            stop.set()
            pool.shutdown(cancel_futures=True)
            raise
    journal.require_unchanged()
    return len(waiting)


def require_known(study: Study, strangers: set[UUID]) -> None:
    if strangers:
        raise VotesWouldMix(
            f"Study {study.slug!r} has {len(strangers)} simulated participants who are not in {Journal(study).path}, "
            "and their votes would mix. Add --replace to erase them and begin anew."
        )


class Participant:
    """One simulated person's way through the survey."""

    def __init__(self, study: Study, people: SimulatedPeople, person: int, browser: Browser, journal: Journal) -> None:
        self.study = study
        self.people = people
        self.person = person
        self.browser = browser
        self.journal = journal

    def go(self, token: UUID | None, stop: threading.Event) -> None:
        """From the link, or from where the participation of ``token`` was left, to the finish page."""
        page = self.browser.get(f"/p/{token}/") if token else self.begin()
        if page.endswith("/instructions/"):
            page = self.browser.post(page, {})
        answers = self.answers(UUID(self.token_of(page)))
        while (trial := TRIAL.match(page)) and not stop.is_set():
            page = self.browser.post(page, answers[int(trial[1])])
        if not trial and not page.endswith("/finish/"):
            raise RehearsalError(f"Simulated person {self.person} ended at {page} instead of the finish page.")

    def begin(self) -> str:
        """Read the information, agree, and note the new participation."""
        welcome = self.browser.get(f"/s/{self.study.slug}/")
        ticket = signing.dumps(self.study.slug, salt="rehearsal")
        page = self.browser.post(welcome, {"agreed": "on", "rehearsal": ticket})
        self.journal.note(self.person, UUID(self.token_of(page)))
        return page

    def token_of(self, page: str) -> str:
        match = TOKEN.match(page)
        if match is None:
            raise RehearsalError(f"Simulated person {self.person} was led to {page}; is the study open?")
        return match[1]

    def answers(self, token: UUID) -> dict[int, dict[str, str]]:
        """The form fields for each position. Blinding works, so the sides are looked up in the plan, not the page."""
        answers = self.votes(token) | self.check_answers(token)
        if not answers:
            raise RehearsalError(f"The server at {self.browser.url} uses another database; start it on this one.")
        return answers

    def participations(self, token: UUID) -> QuerySet[Participation]:
        """Whose plan may be looked at: never a person's, whatever the server says."""
        return Participation.objects.simulated().filter(token=token)

    def votes(self, token: UUID) -> dict[int, dict[str, str]]:
        plan = Trial.objects.filter(participation__in=self.participations(token)).values_list(
            "position", "left__condition__role", "question__section__position", "question__number"
        )
        votes = {}
        for position, left, section, number in plan:
            question = f"{section}:{number}"
            ours = self.people.chooses_ours(self.person, question)
            votes[position] = self.fields(question, left=ours == (left == Condition.Role.OURS))
        return votes

    def check_answers(self, token: UUID) -> dict[int, dict[str, str]]:
        plan = AttentionCheck.objects.filter(participation__in=self.participations(token)).values_list(
            "position", "correct"
        )
        answers = {}
        for position, correct in plan:
            passes = self.people.passes_check(self.person, position)
            answers[position] = self.fields(f"check {position}", left=passes == (correct == Vote.Choice.LEFT))
        return answers

    def fields(self, question: str, *, left: bool) -> dict[str, str]:
        choice = Vote.Choice.LEFT if left else Vote.Choice.RIGHT
        return {"choice": choice.value, "response_ms": str(self.people.response_ms(self.person, question))}
