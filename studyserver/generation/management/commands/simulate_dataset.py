"""Make a simulated Voxceleb-3D data set."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from studyserver.common.commands import PerceptionistCommand
from studyserver.common.progress import LateBar
from studyserver.generation.engine import work


class Command(PerceptionistCommand):
    help = "Write a simulated data set in the Voxceleb-3D layout. An interrupted call is completed by the next one."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--out", type=Path, required=True, metavar="DIR", help="Folder to write to: new, empty or begun before."
        )
        parser.add_argument(
            "--identities", type=int, default=120, metavar="N", help="People, at least 8 (default: 120)."
        )
        parser.add_argument(
            "--utterances", type=int, default=6, metavar="N", help="Recordings of each, at least 2 (default: 6)."
        )
        parser.add_argument(
            "--coupling", default="default", help="How faces follow voices: default, or none to make them independent."
        )
        parser.add_argument("--seed", type=int, default=0, metavar="N", help="Of everything random (default: 0).")

    def handle(self, *, out: Path, identities: int, utterances: int, coupling: str, seed: int, **options: Any) -> str:
        # The bar goes to standard error; --verbosity 0 hides it.
        with LateBar(desc="Simulating people", unit="person", hidden=not options["verbosity"]) as bar:
            work.simulate_people(
                out,
                identities=identities,
                utterances=utterances,
                coupling=coupling,
                seed=seed,
                progress=bar.show,
            )
        return f"{out}: {identities} people with {utterances} utterances each, coupling {coupling}, seed {seed}."
