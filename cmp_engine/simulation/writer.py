"""Writing the simulated population to disk, in the Voxceleb-3D layout, resumably."""

from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any

from cmp_engine.data.layout import META, SIMULATED, SIMULATION_MARK, TRUTH
from cmp_engine.data.resuming import Resumable
from cmp_engine.io import write_text
from cmp_engine.processes import spread
from cmp_engine.simulation.exceptions import SimulationError
from cmp_engine.simulation.people import write_person
from cmp_engine.simulation.population import (
    COUPLED_DIRECTIONS,
    F0_LOG_SD,
    F0_MEDIAN_HZ,
    TRACT_MEAN_CM,
    TRACT_SD_CM,
    TRAIT_CORRELATIONS,
    TRAITS,
    Person,
    draw_population,
)

# Raise it with every change of what is written for the same arguments: speech, faces, pictures.
VERSION = 2
FEWEST_UTTERANCES = 2


@dataclass(frozen=True)
class Arguments:
    """What decides the content of a simulated data set."""

    identities: int
    utterances: int
    coupling: str
    seed: int
    version: int = VERSION

    def __str__(self) -> str:
        return ", ".join(f"{name}={value}" for name, value in asdict(self).items())


def simulate(
    out: str | Path,
    *,
    identities: int,
    utterances: int,
    coupling: str = "default",
    seed: int = 0,
    progress: Callable[[int, int], object] | None = None,
) -> None:
    """Write a simulated data set in the Voxceleb-3D layout.

    The same arguments give the same files. An interrupted call is completed by the next one; for a finished data set
    nothing is done. ``simulation.json`` is written last and holds the truth: arguments, population parameters, and
    every person's traits, voice and shape. The loaders never read it.

    Args:
        out: folder to write to: new, empty, or begun with the same arguments.
        identities: number of people, at least 8; a quarter is the test set.
        utterances: recordings per person, at least 2, of 6 s each.
        coupling: ``default``: some face coefficients follow the voice; ``none``: faces and voices are independent.
        seed: source of everything random, 0 or more.
        progress: called with the number of finished people and their total, after each.
    Raises:
        SimulationError: an argument is out of range, or the folder holds something else.
        WriteError: a file cannot be written.
    """
    arguments = Arguments(identities, utterances, coupling, seed)
    if utterances < FEWEST_UTTERANCES:
        raise SimulationError(
            f"{utterances} utterances per identity are too few; ask for at least {FEWEST_UTTERANCES}, "
            "so that training finds a second utterance of the same person."
        )
    population = draw_population(identities, coupling, seed)
    out = Path(out)
    folder = Resumable(
        out,
        record=TRUTH,
        mark=SIMULATION_MARK,
        started=SIMULATION_MARK,
        arguments_in=lambda stored: Arguments(**stored),
        verb=("simulate", "simulated"),
        error=SimulationError,
    )
    if folder.is_finished(arguments):
        return
    folder.begin(asdict(arguments))
    _write_meta(out / META, population)
    write = partial(write_person, out=out, utterances=utterances, seed=seed)
    for done, _ in enumerate(spread(write, list(enumerate(population))), start=1):
        if progress:
            progress(done, identities)
    folder.finish(asdict(arguments), **_truth(arguments, population))


def _write_meta(path: Path, population: Iterable[Person]) -> None:
    rows = [f"{each.vox_id}\t{each.name}\t{each.gender}\t{SIMULATED}\tdev\n" for each in population]
    write_text(path, "VoxCeleb1 ID\tVGGFace1 ID\tGender\tNationality\tSet\n" + "".join(rows))


def _truth(arguments: Arguments, population: Iterable[Person]) -> dict[str, Any]:
    """Content of ``simulation.json`` beside the arguments."""
    return {
        "population": {
            "traits": TRAITS,
            "trait_correlations": TRAIT_CORRELATIONS.tolist(),
            "coupled_directions": [
                each._asdict() | {"correlation": each.correlation if arguments.coupling == "default" else 0.0}
                for each in COUPLED_DIRECTIONS
            ],
            "vocal_tract_cm": {"mean": TRACT_MEAN_CM, "sd": TRACT_SD_CM},
            "f0_hz": {"median": F0_MEDIAN_HZ, "log_sd": F0_LOG_SD},
        },
        "identities": {each.name: asdict(each) | {"shape": each.shape.tolist()} for each in population},
    }
