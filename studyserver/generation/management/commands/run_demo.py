"""``manage.py run_demo``: what ``make run`` does once the packages are there."""

import os
import secrets
import socket
import sys
import time
from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.management import call_command
from django.core.management.base import CommandError

from studyserver.common.commands import PerceptionistCommand
from studyserver.generation.exceptions import StudyFilled
from studyserver.studies.exceptions import StudyFrozen, VotesWouldMix
from studyserver.studies.models import Study

HOST, LAST_PORT = "127.0.0.1", 65535
SLUG = "demo"
ADMINISTRATOR = "admin"
# cmp-supervised makes no images, so it is in the table of ratio errors only.
CONDITIONS = "base-2,cmp-unsupervised,cmp-supervised"
PREFERENCE, REHEARSAL_SEED = 0.7, 2022
WORDING = {"organizer": "whoever runs this demonstration", "contact": "at this computer"}


class Command(PerceptionistCommand):
    help = "Make a demo study, rehearse it with simulated participants, and serve it. Safe to repeat."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--port", type=int, default=8000, metavar="N", help="Where the server listens (default: 8000)."
        )
        parser.add_argument(
            "--profile", default="demo", help="Of the engine: smoke, demo, paper, or a TOML file (default: demo)."
        )
        parser.add_argument(
            "--dataset", type=Path, metavar="DIR", help="Folder in the Voxceleb-3D layout (default: simulated)."
        )
        parser.add_argument("--participants", type=int, default=60, metavar="N", help="In the rehearsal (default: 60).")

    def handle(self, **options: Any) -> None:
        self._check_port(options["port"])
        with self._step(2, "Database and static files"):
            call_command("migrate", interactive=False, verbosity=0)
            call_command("collectstatic", interactive=False, verbosity=0)
        with self._step(3, "Demo study: voices, training, stimuli"):
            source = {"profile": options["profile"], "dataset": options["dataset"]}
            wording = {} if Study.objects.filter(slug=SLUG).exists() else WORDING
            self._fill(**wording, **source)
        with self._step(4, f"Rehearsal with {options['participants']} simulated participants"):
            self._rehearse(options["participants"])
        with self._step(5, "Administrator"):
            self._make_administrator()
        self.stdout.write(f"[6/6] Server on {HOST}:{options['port']}")
        self._serve(options["port"])

    def _check_port(self, port: int) -> None:
        if not 1 <= port <= LAST_PORT:
            raise CommandError(f"There is no port {port}: ports are 1 to {LAST_PORT}. Choose one: make run PORT=8000")
        with socket.socket() as probe:
            # As the server will: a port that only waits for old connections to end is free.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((HOST, port))
            except OSError as error:
                raise CommandError(
                    f"Port {port} cannot be used ({error.strerror}), perhaps because a demo is running already. "
                    f"Stop what uses it, or choose another one: make run PORT={port + 1}"
                ) from error

    def _fill(self, **request: Any) -> None:
        try:
            call_command("generate_stimuli", SLUG, conditions=CONDITIONS, **request)
        except CommandError as error:
            # The demo that is there is shown; what this version or call would make is another one.
            if not isinstance(error.__cause__, StudyFilled | StudyFrozen):
                raise
            self.stdout.write(f"      Served as it is. {error}")

    @contextmanager
    def _step(self, number: int, title: str) -> Iterator[None]:
        start = time.monotonic()
        self.stdout.write(f"[{number}/6] {title}")
        self.stdout.flush()
        yield
        self.stdout.write(f"      done in {time.monotonic() - start:.0f} s")
        self.stdout.flush()

    def _rehearse(self, participants: int) -> None:
        study = Study.objects.get(slug=SLUG)
        if study.participations.simulated().filter(completed_at__isnull=False).count() >= participants:
            self.stdout.write("      was done before")
            return
        if study.state == Study.State.CLOSED:
            self.stdout.write("      left out: the study is closed")
            return
        try:
            call_command("simulate_votes", SLUG, participants=participants, preference=PREFERENCE, seed=REHEARSAL_SEED)
        except CommandError as error:
            # The votes that are there are shown; only who made them may say that they are to be erased.
            if not isinstance(error.__cause__, VotesWouldMix):
                raise
            self.stdout.write(
                f"      Left as it is. {error} The whole command: "
                f".venv/bin/python manage.py simulate_votes {SLUG} --participants {participants} --replace"
            )

    def _make_administrator(self) -> None:
        users = get_user_model().objects
        if users.filter(username=ADMINISTRATOR).exists():
            self.stdout.write(
                f"      {ADMINISTRATOR!r} is there; forgot the password? "
                f".venv/bin/python manage.py changepassword {ADMINISTRATOR}"
            )
            return
        password = secrets.token_urlsafe(12)
        users.create_superuser(username=ADMINISTRATOR, password=password)
        self.stdout.write(self.style.SUCCESS(f"      name {ADMINISTRATOR}, password {password}"))
        self.stdout.write("      Note it down: it is stored as a hash only and not shown again.")

    def _serve(self, port: int) -> None:
        config = Path(settings.BASE_DIR) / "scripts" / "gunicorn_demo.py"
        state = Study.objects.get(slug=SLUG).state
        command = [sys.executable, "-m", "gunicorn", "studyserver.wsgi", "--config", str(config)]
        command += ["--env", f"DEMO_STUDY={state}"]
        sys.stdout.flush()
        # The server takes this process over: what was loaded for training is freed, and signals reach it.
        os.execv(sys.executable, [*command, "--bind", f"{HOST}:{port}"])
