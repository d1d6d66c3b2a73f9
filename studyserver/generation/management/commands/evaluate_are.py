"""``manage.py evaluate_are``: the paper's Table 1 for a run, beside the paper's own numbers."""

import json
import sys
from argparse import ArgumentParser
from typing import Any

from tqdm import tqdm

from studyserver.common.commands import PerceptionistCommand
from studyserver.generation import face_table, tasks
from studyserver.generation.runs import predicted_run
from studyserver.generation.selectors import SMOKE, SMOKE_WARNING


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

    def handle(self, *, run: str, format: str, **_: Any) -> None:  # Django passes options by their names.
        chosen = predicted_run(run)
        with tqdm(desc="Measuring faces", unit="person", file=sys.stderr, disable=None, leave=False) as bar:

            def show(done: int, total: int) -> None:
                bar.total = total
                bar.update(done - bar.n)

            table = tasks.measure_run(chosen.run, chosen.conditions, chosen.dataset, progress=show)
        if format == "json":
            self.stdout.write(json.dumps(table | {"profile": chosen.profile}, indent=1, allow_nan=False))
            return
        self.stdout.write("\n".join(face_table.all_tables(table)))
        if chosen.profile == SMOKE:
            self.stdout.write(self.style.WARNING(f"\n{SMOKE_WARNING}"))
