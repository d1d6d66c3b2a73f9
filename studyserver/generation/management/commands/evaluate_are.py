"""``manage.py evaluate_are``: the paper's Table 1 for a run, beside the paper's own numbers."""

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from studyserver.common.commands import PerceptionistCommand
from studyserver.common.progress import LateBar
from studyserver.generation import face_table
from studyserver.generation.deciding.runs import predicted_run
from studyserver.generation.engine import work
from studyserver.generation.media.predictions import Predictions
from studyserver.generation.selectors import SMOKE, SMOKE_WARNING
from studyserver.generation.stages.places import predictions_file


class Command(PerceptionistCommand):
    help = (
        "Measure the faces that a run predicted for its test people: absolute ratio errors (the paper's Table 1), "
        "landmark, surface and region errors and coherence, with intervals, beside oracles and the paper's numbers."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "run", metavar="RUN", help="The run, as generate_stimuli names it, or the study it was made for."
        )
        parser.add_argument("--format", choices=("table", "json"), default="table", help="(default: %(default)s)")

    # Django passes options by their names.
    def handle(self, *, run: str, format: str, verbosity: int, **_: Any) -> None:
        chosen = predicted_run(run)
        with LateBar(desc="Measuring faces", unit="person", hidden=not verbosity) as bar:
            made = {slug: Predictions.load(predictions_file(chosen.run, slug)) for slug in chosen.conditions}
            measured = work.measure_everything(made, Path(chosen.dataset), progress=bar.show)
        table = {"run": chosen.run, **measured}
        if format == "json":
            self.stdout.write(json.dumps(table | {"profile": chosen.profile}, indent=1, allow_nan=False))
            return
        self.stdout.write("\n".join(face_table.all_tables(table)))
        if chosen.profile == SMOKE:
            self.stdout.write(self.style.WARNING(f"\n{SMOKE_WARNING}"))
