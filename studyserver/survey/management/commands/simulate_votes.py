"""``simulate_votes STUDY --participants 154``: rehearse a study through the real survey."""

import signal
from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from tqdm import tqdm

from studyserver.studies.models import Study
from studyserver.survey.own_server import own_server
from studyserver.survey.rehearsal import RehearsalError, erase_rehearsal, rehearse
from studyserver.survey.simulated_people import SimulatedPeople


class Command(BaseCommand):
    help = (
        "Rehearse a study: simulated participants take the real survey over HTTP. Their votes are marked and never "
        "mix with people's. Safe to repeat: an interrupted rehearsal goes on, a finished one has nothing to do."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("study", help="Slug of an open study.")
        parser.add_argument("--participants", type=int, required=True, help="How many in all; 154 in the paper.")
        defaults = SimulatedPeople()
        parser.add_argument("--preference", type=float, default=defaults.preference, help="Average, between 0 and 1.")
        parser.add_argument("--sd-person", type=float, default=defaults.sd_person, help="Between persons, in logits.")
        parser.add_argument(
            "--sd-question", type=float, default=defaults.sd_question, help="Between questions, in logits."
        )
        parser.add_argument("--seed", type=int, default=defaults.seed, help="Same seed, same votes.")
        parser.add_argument("--url", help="A running server of this installation; by default one is started.")
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
        url: str | None,
        replace: bool,
        **_: Any,
    ) -> str:
        target = open_study(study)
        if participants < 1:
            raise CommandError(f"--participants must be at least 1, got {participants}.")
        try:
            people = SimulatedPeople(preference, sd_person, sd_question, seed)
        except ValueError as error:
            raise CommandError(str(error)) from error
        if replace:
            self.stdout.write(f"Erased {erase_rehearsal(target)} simulated participants.")
        with terminating_as_interrupt(), tqdm(total=participants, unit="person", desc=f"Rehearsing {study}") as bar:
            try:
                new = self.run_through(target, people, participants, url, bar)
            except RehearsalError as error:
                raise CommandError(str(error)) from error
            except KeyboardInterrupt:
                raise CommandError("Interrupted; every vote so far is stored. The same command goes on.") from None
        return (
            f"{participants} simulated participants have completed {study} ({new} of them now). "
            f"Read the result: manage.py export_report {study} --rehearsal --format html --out rehearsal.html"
        )

    def run_through(
        self, study: Study, people: SimulatedPeople, participants: int, url: str | None, bar: "tqdm[Any]"
    ) -> int:
        def progress() -> None:
            bar.update()

        if url:
            return rehearse(study, people, participants=participants, url=url.rstrip("/"), progress=progress)
        collect_static_files_once()
        with own_server() as address:
            return rehearse(study, people, participants=participants, url=address, progress=progress)


def open_study(slug: str) -> Study:
    try:
        study = Study.objects.get(slug=slug)
    except Study.DoesNotExist:
        known = ", ".join(Study.objects.values_list("slug", flat=True)) or "none yet; make one with generate_stimuli"
        raise CommandError(f"No study with slug {slug!r}. Known studies: {known}.") from None
    if study.state == Study.State.CLOSED:
        raise CommandError(f"Study {slug!r} is closed and takes no votes. Rehearse before closing, or use a new study.")
    if study.state == Study.State.DRAFT:
        raise CommandError(f"Study {slug!r} is a draft. Fill and open it first: manage.py generate_stimuli {slug}")
    return study


def collect_static_files_once() -> None:
    """The pages name their style sheets by content; a server without the collected files cannot render them."""
    if not settings.DEBUG and not (Path(settings.STATIC_ROOT) / "staticfiles.json").exists():
        call_command("collectstatic", interactive=False, verbosity=0)


@contextmanager
def terminating_as_interrupt() -> Iterator[None]:
    """Treat SIGTERM as Ctrl-C, so that the server this command started ends with it."""
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
