"""``simulate_votes STUDY --participants 154``: rehearse a study through the real survey."""

import signal
from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.core.management import call_command
from django.core.management.base import CommandError

from studyserver.common.checks import static_files_are_collected
from studyserver.common.commands import PerceptionistCommand
from studyserver.common.progress import LateBar
from studyserver.studies.models import Study
from studyserver.studies.selectors import get_study
from studyserver.survey.own_server import own_server
from studyserver.survey.rehearsal import erase_rehearsal, rehearse
from studyserver.survey.simulated_people import SimulatedPeople


class Command(PerceptionistCommand):
    help = (
        "Rehearse a study: simulated participants take the real survey over HTTP. Their votes are marked and never "
        "mix with people's. Safe to repeat: an interrupted rehearsal goes on, a finished one has nothing to do."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        def number(name: str, kind: type, help: str) -> None:
            default = getattr(SimulatedPeople(), name.replace("-", "_"))
            parser.add_argument(
                f"--{name}", type=kind, default=default, metavar="X", help=f"{help} (default: {default})."
            )

        parser.add_argument("study", metavar="STUDY", help="Name of an open study, as in its links.")
        parser.add_argument("--participants", type=int, required=True, metavar="N", help="How many in all; paper: 154.")
        number("preference", float, "How often the method under test is chosen on average, between 0 and 1")
        number("sd-person", float, "How much persons differ in that, in logits")
        number("sd-question", float, "How much questions differ in that, in logits")
        number("seed", int, "The same seed gives the same votes")
        number(
            "careless",
            float,
            "Share of persons who answer everything at random, attention checks included, so that exclusions can be "
            "rehearsed; the others pass every check",
        )
        parser.add_argument("--url", help="A running server of this installation (default: one is started).")
        parser.add_argument("--replace", action="store_true", help="Erase an earlier rehearsal first.")

    def handle(
        self,
        *,
        study: str,
        participants: int,
        preference: float,
        sd_person: float,
        sd_question: float,
        seed: int,
        careless: float,
        url: str | None,
        replace: bool,
        **_: Any,
    ) -> str:
        target = open_study(study)
        if participants < 1:
            raise CommandError(f"--participants must be at least 1, got {participants}.")
        try:
            people = SimulatedPeople(preference, sd_person, sd_question, seed, careless)
        except ValueError as error:
            raise CommandError(str(error)) from error
        if replace:
            self.stdout.write(f"Erased {erase_rehearsal(target)} simulated participants.")
        with terminating_as_interrupt(), LateBar(unit="person", desc=f"Rehearsing {study}") as bar:
            try:
                new = self.run_through(target, people, participants, url, bar)
            except KeyboardInterrupt:
                raise CommandError("Interrupted; every vote so far is stored. The same command goes on.") from None
        there = target.participations.simulated().filter(completed_at__isnull=False).count()
        return (
            f"{there} simulated participants have completed {study} ({new} of them now). "
            f"Read the result: manage.py export_report {study} --rehearsal --format html --out rehearsal.html"
        )

    def run_through(
        self, study: Study, people: SimulatedPeople, participants: int, url: str | None, bar: LateBar
    ) -> int:
        if url:
            return rehearse(study, people, participants=participants, url=url.rstrip("/"), progress=bar.show)
        # A server without the collected files does not start.
        if static_files_are_collected():
            call_command("collectstatic", interactive=False, verbosity=0)
        with own_server() as address:
            return rehearse(study, people, participants=participants, url=address, progress=bar.show)


def open_study(name: str) -> Study:
    study = get_study(name)
    if study.state == Study.State.CLOSED:
        raise CommandError(f"Study {name!r} is closed and takes no votes. Rehearse before closing, or use a new study.")
    if study.state == Study.State.DRAFT:
        raise CommandError(f"Study {name!r} is a draft. Fill and open it first: manage.py generate_stimuli {name}")
    return study


@contextmanager
def terminating_as_interrupt() -> Iterator[None]:
    """Treat SIGTERM as Ctrl-C, so that the server this command started ends with it."""
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
