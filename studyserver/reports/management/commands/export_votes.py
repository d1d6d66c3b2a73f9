"""``export_votes STUDY --out FILE``."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError

from studyserver.common.commands import PerceptionistCommand, require_folder_of
from studyserver.reports.vote_export import beside, export_votes
from studyserver.studies.selectors import get_study

ENDINGS = (".csv", ".parquet")


class Command(PerceptionistCommand):
    help = "Write the votes of a closed study, or with --rehearsal its simulated ones, as a table with a codebook."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("study", metavar="STUDY", help="Name of the study, as in its links.")
        parser.add_argument("--out", type=Path, required=True, metavar="FILE", help="Ends in .csv or .parquet.")
        parser.add_argument("--rehearsal", action="store_true", help="Export the simulated votes instead.")

    def handle(self, *, study: str, out: Path, rehearsal: bool, **_: Any) -> str:
        if out.suffix not in ENDINGS:
            raise CommandError(f"--out {out} ends in neither .csv nor .parquet; name a file such as votes.csv.")
        require_folder_of(out)
        manifest = export_votes(get_study(study), out, simulated=rehearsal)
        kind = "simulated votes" if rehearsal else "votes"
        return (
            f"Wrote {manifest.rows} {kind} of {manifest.participants} participants to {out}, SHA-256 "
            f"{manifest.sha256}; beside it what the columns mean ({beside(out, 'codebook').name}) and what "
            f"was counted ({beside(out, 'manifest').name})."
        )
