"""``manage.py generate_stimuli``: from voices to a filled study, in one call that may be repeated."""

import json
import logging
import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import CommandError
from django.urls import reverse
from tqdm.contrib.logging import logging_redirect_tqdm

from studyserver.common.commands import PerceptionistCommand
from studyserver.generation import face_table, services, voices
from studyserver.generation.deciding.planned import StimuliRequest
from studyserver.generation.deciding.runs import trained_run
from studyserver.generation.engine import facts
from studyserver.generation.models import GenerationJob
from studyserver.generation.selectors import SMOKE, SMOKE_WARNING
from studyserver.generation.stages.places import ratios_file, run_folder
from studyserver.generation.watching.bars import StageBars
from studyserver.generation.watching.following import follow, run_here
from studyserver.studies.models import Question, Study

WORDING = {
    "title": "What participants read as the study's title",
    "organizer": "Who runs the study, as they read it",
    "contact": "Where they can ask or withdraw",
}


class Command(PerceptionistCommand):
    help = (
        "Make the stimuli of a study: simulate a data set if none is given, train what is missing, infer, render, "
        "encode, fill the study and open it. Safe to repeat: finished work is kept, a stopped call goes on."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "study", nargs="?", default="demo", metavar="STUDY", help="Its name in links; made if new (default: demo)."
        )
        parser.add_argument(
            "--dataset", type=Path, metavar="DIR", help="Folder in the Voxceleb-3D layout (default: simulated)."
        )
        parser.add_argument(
            "--voices", type=Path, metavar="DIR", help="Recordings to make images and meshes of, besides."
        )
        parser.add_argument("--profile", default="demo", help="smoke, demo, paper, or a TOML file (default: demo).")
        parser.add_argument(
            "--conditions",
            default="base-2,cmp-unsupervised",
            help="The two to compare; further ones enter the table of ratio errors (default: base-2,cmp-unsupervised).",
        )
        parser.add_argument("--device", default="auto", help="auto, cpu or cuda (default: auto).")
        for name, meaning in WORDING.items():
            parser.add_argument(f"--{name}", help=f"{meaning}; for a study that is made.")

    def handle(self, **options: Any) -> None:
        request = StimuliRequest(
            dataset=options["dataset"],
            profile=options["profile"],
            conditions=tuple(name.strip() for name in options["conditions"].split(",") if name.strip()),
            device=options["device"],
        )
        folder: Path | None = options["voices"]
        # The bars say what the engine is at, and the device is said once here, not once per stage between them.
        logging.getLogger("cmp_engine").setLevel(logging.WARNING)
        if folder is not None:
            voices.recordings_in(folder)  # Before the training, not after it, is the time to learn of a typo.
        wording = {name: options[name] for name in WORDING if options[name] is not None}
        target, made = services.ask_for_stimuli(slug=options["study"], request=request, wording=wording)
        self._make(made)
        self._summarize(target, made)
        if request.profile == SMOKE:
            self.stdout.write(self.style.WARNING(f"\n{SMOKE_WARNING}"))
        self._warn_of_wording(target, wording)
        if folder is not None:
            self._make_faces(folder, made[0].run, request)

    def _make(self, made: list[GenerationJob]) -> None:
        if all(job.state == GenerationJob.State.READY for job in made):
            self.stdout.write("Nothing to do: every stage is ready.")
            return
        with StageBars(sys.stderr) as bars, logging_redirect_tqdm():
            if settings.REDIS_URL:
                follow(made, show=bars.show, on_wait=bars.say)
                return
            bars.say(f"Working in this process on: {facts.device_name(made[0].device)}")
            run_here(made, show=bars.show, on_wait=bars.say)

    def _summarize(self, study: Study, made: list[GenerationJob]) -> None:
        self.stdout.write("")
        for job in made:
            seconds = (job.finished_at - job.started_at).total_seconds() if job.finished_at and job.started_at else 0
            self.stdout.write(f"  {job.title:<30} {job.state:<6} {seconds:7.1f} s   {job.output_sha256[:12]}")
        study.refresh_from_db()
        identities = Question.objects.filter(section__study=study).values_list("identity", flat=True)
        questions, people = len(identities), len(set(identities))
        self.stdout.write(
            f"\nStudy {study.slug!r}: {questions} questions in {study.sections.count()} sections, {study.state}. "
            f"Run: {made[0].run}\n"
        )
        if people < questions:
            self.stdout.write(f"There are only {people} test people, so they are asked about more than once.\n")
        self._show_ratios(ratios_file(study.slug))

    def _show_ratios(self, path: Path) -> None:
        ratios = json.loads(path.read_text())
        self.stdout.write(
            f"Absolute ratio errors over {ratios['identities']} test people ({face_table.source(ratios)}), with 95 % "
            f"intervals; more with: manage.py evaluate_are {ratios['run']}"
        )
        self.stdout.write("\n".join(face_table.ratio_table(ratios["conditions"])))

    def _warn_of_wording(self, study: Study, wording: dict[str, str]) -> None:
        page = reverse("admin:studies_study_change", args=[study.pk])
        if unused := [f"--{name}" for name, words in wording.items() if getattr(study, name) != words]:
            remedy = (
                f"Edit it at {page}"
                if study.editable
                else "It has votes or is closed, so its wording is fixed; make a new study under another name."
            )
            said = f"The study was there already, so {' and '.join(unused)} changed nothing. {remedy}"
            self.stdout.write(self.style.WARNING(f"\n{said}"))
        if study.placeholders:
            said = (
                f"The consent page still has a placeholder as {' and '.join(study.placeholders)}. "
                f"Before you send its link to people, set what they are to read at {page}"
            )
            self.stdout.write(self.style.WARNING(f"\n{said}"))

    def _make_faces(self, folder: Path, run: str, request: StimuliRequest) -> None:
        trained = trained_run(request.conditions, run=run)
        out = run_folder(run) / "voices"
        failed = 0
        found = voices.recordings_in(folder)
        self.stdout.write("")
        for result in voices.make_faces(found, trained=trained, out=out, device=request.device):
            if result.error:
                failed += 1
                self.stderr.write(self.style.ERROR(f"  {result.voice.name}: {result.error}"))
            else:
                self.stdout.write(f"  {result.voice.name} -> {result.folder}" + ("" if result.new else " (was there)"))
        if failed:
            raise CommandError(f"{failed} of {len(found)} recordings in {folder} gave no face; the reasons are above.")
