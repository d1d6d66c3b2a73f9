"""Make a simulated Voxceleb-3D data set."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand
from tqdm import tqdm

from studyserver.generation import tasks
from studyserver.generation.management.errors import told_to_the_user


class Command(BaseCommand):
    help = "Write a simulated data set in the Voxceleb-3D layout. An interrupted call is completed by the next one."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--out", type=Path, required=True, help="Folder to write to: new, empty or begun before.")
        parser.add_argument("--identities", type=int, default=120, help="Number of people, at least 8 (default 120).")
        parser.add_argument("--utterances", type=int, default=6, help="Recordings per person, at least 2 (default 6).")
        parser.add_argument("--coupling", default="default", help="How faces follow voices: default, or none at all.")
        parser.add_argument("--seed", type=int, default=0, help="Source of everything random (default 0).")

    def handle(self, *, out: Path, identities: int, utterances: int, coupling: str, seed: int, **options: Any) -> str:
        # The bar goes to standard error; --verbosity 0 hides it.
        bar = tqdm(total=identities, desc="Simulating people", unit="person", disable=not options["verbosity"])

        def show(done: int, _: int) -> None:
            bar.update(done - bar.n)

        with told_to_the_user(), bar:
            tasks.simulate_people(
                out,
                identities=identities,
                utterances=utterances,
                coupling=coupling,
                seed=seed,
                progress=show,
            )
        return f"{out}: {identities} people with {utterances} utterances each, coupling {coupling}, seed {seed}."
