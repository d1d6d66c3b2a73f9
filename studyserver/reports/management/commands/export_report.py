"""``export_report STUDY --format html|pdf|latex|json|csv|bundle --out PATH``."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError

from cmp_engine.io import write_bytes
from studyserver.common.commands import PerceptionistCommand, require_folder_of
from studyserver.reports.formats import FORMATS
from studyserver.reports.services import build_report
from studyserver.studies.selectors import get_study


class Command(PerceptionistCommand):
    help = "Write the significance report of a closed study, or with --rehearsal of its simulated votes, to a file."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("study", metavar="STUDY", help="Name of the study, as in its links.")
        parser.add_argument(
            "--format",
            choices=FORMATS,
            required=True,
            help="html or pdf to read, latex for a paper, json or csv for programs, bundle to compute it again.",
        )
        parser.add_argument("--out", type=Path, required=True, metavar="PATH", help="The file to write.")
        parser.add_argument("--rehearsal", action="store_true", help="Report the simulated votes instead.")

    def handle(self, *, study: str, format: str, out: Path, rehearsal: bool, **_: Any) -> str:
        wanted = FORMATS[format]
        if out.is_dir():
            example = out / f"report.{wanted.ending}"
            raise CommandError(f"--out {out} is a folder; name a file in it, such as {example}.")
        for name, other in FORMATS.items():
            if out.suffix.lower() == f".{other.ending}" and other is not wanted:
                raise CommandError(
                    f"--out {out} ends like a report in {name}, and --format {format} was asked for. "
                    f"Ask for --format {name}, or write to {out.with_suffix(f'.{wanted.ending}')}."
                )
        require_folder_of(out)
        report = build_report(get_study(study), simulated=rehearsal)
        write_bytes(out, wanted.render(report))
        kind = "rehearsal with simulated votes" if rehearsal else "report"
        return f"Wrote the {kind} of {study} ({report.people.counted} participants) to {out}."
