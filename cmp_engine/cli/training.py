"""``train``, ``check`` and ``calibrate``: the methods, and what they have learned."""

import argparse
from functools import partial
from pathlib import Path
from typing import Any

from tqdm import tqdm

from cmp_engine.calibration import Experiment, findings_of
from cmp_engine.calibration.table import as_text
from cmp_engine.cli.options import Commands, add_dataset, add_device, add_run, command
from cmp_engine.config import STAGES, load_config, stages_of
from cmp_engine.data import Voxceleb3D
from cmp_engine.exceptions import EngineError
from cmp_engine.inference.check import check_run
from cmp_engine.io import write_text
from cmp_engine.simulation import COUPLINGS
from cmp_engine.training import train_stage
from cmp_engine.training.parallel import joined, rank


def add_to(commands: Commands) -> None:
    """Add the commands of this file."""
    for add in (add_train, add_check, add_calibrate):
        add(commands)


def add_train(commands: Commands) -> None:
    """Training, and with which losses."""
    train = command(
        commands, "train", train_command, "Train what conditions need. A repeated call goes on where it stopped."
    )
    train.add_argument("run", type=Path, metavar="RUN", help="Folder for the trained run.")
    add_dataset(train, "Folder in the Voxceleb-3D layout.")
    train.add_argument("--profile", default="demo", help="smoke, demo, paper, or a TOML file (default: demo).")
    train.add_argument(
        "--losses",
        default="paper",
        help="paper, or published: as the released code, which departs from the paper (default: paper).",
    )
    train.add_argument("--conditions", default=",".join(STAGES), help="Separated by commas (default: %(default)s).")
    add_device(train)


def add_check(commands: Commands) -> None:
    """A run, and the truth that it is held against."""
    check = command(
        commands, "check", check_command, "Say how well expert and conditions recover the known coefficients."
    )
    add_run(check)
    add_dataset(check, "Folder of a simulated data set.")


def add_calibrate(commands: Commands) -> None:
    """How many populations of which size."""
    calibrate = command(
        commands,
        "calibrate",
        calibrate_command,
        "Train on simulated populations, with and without a coupling of voice and face, and say what was found.",
    )
    calibrate.add_argument("out", type=Path, metavar="OUT", help="Folder of the experiment; a repeated call goes on.")
    calibrate.add_argument("--profile", default="demo", help="smoke, demo, paper, or a TOML file (default: demo).")
    calibrate.add_argument("--seeds", type=int, default=5, metavar="N", help="Populations per coupling (default: 5).")
    calibrate.add_argument("--identities", type=int, default=200, metavar="N", help="People in each (default: 200).")
    calibrate.add_argument("--utterances", type=int, default=6, metavar="M", help="Recordings of each (default: 6).")
    add_device(calibrate)


def train_command(options: argparse.Namespace) -> None:
    """Train the stages of the conditions, each once."""
    config = load_config(options.profile, options.losses)
    stages = list(dict.fromkeys(stage for name in options.conditions.split(",") for stage in stages_of(name)))
    dataset = Voxceleb3D(options.dataset)
    with joined(options.device) as device:
        for stage in stages:
            with tqdm(total=config.stage(stage).steps, desc=stage, unit="step", disable=rank() > 0) as bar:
                train_stage(
                    stage,
                    dataset=dataset,
                    config=config,
                    run=options.run,
                    device=device,
                    progress=lambda done, _, bar=bar: bar.update(done - bar.n),  # type: ignore[misc]
                )


def check_command(options: argparse.Namespace) -> None:
    """Print the table."""
    print(check_run(options.run, Voxceleb3D(options.dataset)))  # noqa: T201 - a command speaks to its terminal


def calibrate_command(options: argparse.Namespace) -> None:
    """Run the experiment, print its tables, and keep them beside it."""
    if options.seeds < 1:
        raise EngineError(f"--seeds is {options.seeds}; ask for at least 1.")
    config = load_config(options.profile)
    experiment = Experiment(options.out, config, options.seeds, options.identities, options.utterances, options.device)
    with tqdm(unit="step") as bar:
        outcomes = experiment.run(partial(show, bar))
    told = [as_text(findings_of([each for each in outcomes if each.coupling == name])) for name in COUPLINGS]
    text = "\n\n".join(told)
    write_text(options.out / "findings.md", text + "\n")
    print(text)  # noqa: T201 - a command speaks to its terminal


def show(bar: "tqdm[Any]", doing: str, done: int, total: int) -> None:
    """Move a bar that a new piece of work takes over from the one before."""
    if bar.desc != f"{doing}: ":
        bar.reset(total=total)
        bar.set_description(doing, refresh=False)
    bar.update(done - bar.n)
