"""``python -m cmp_engine``: train, infer, render, sheet, check, calibrate."""

import argparse
import logging
import sys
from collections import Counter
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from tqdm import tqdm

from cmp_engine.audio import voice_features
from cmp_engine.calibration import Experiment, findings_of
from cmp_engine.calibration.table import as_text
from cmp_engine.config import STAGES, load_config, stages_of
from cmp_engine.data import Voxceleb3D, read_obj, write_obj
from cmp_engine.exceptions import EngineError
from cmp_engine.inference import VoiceToFace
from cmp_engine.inference.check import check_run
from cmp_engine.inference.sheet import draw_sheet
from cmp_engine.io import whole_file, write_text
from cmp_engine.morphable import MorphableModel
from cmp_engine.rendering import still
from cmp_engine.simulation import COUPLINGS
from cmp_engine.training import train_stage
from cmp_engine.training.parallel import joined, rank

Commands: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit status."""
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    options = parser().parse_args(arguments)
    try:
        options.command(options)
    except (EngineError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)  # noqa: T201 - a command speaks to its terminal
        return 1
    return 0


def parser() -> argparse.ArgumentParser:
    """The commands and their options."""
    top = argparse.ArgumentParser(
        prog="python -m cmp_engine",
        description="From voices to faces: train the methods, give recordings a face, look at the results.",
        epilog="Options of a command: python -m cmp_engine COMMAND --help",
    )
    commands = top.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for add in (add_train, add_infer, add_render, add_sheet, add_check, add_calibrate):
        add(commands)
    return top


def command(
    commands: Commands, name: str, run: Callable[[argparse.Namespace], None], does: str
) -> argparse.ArgumentParser:
    """A command that calls ``run`` with its options."""
    made = commands.add_parser(name, help=does, description=does)
    made.set_defaults(command=run)
    return made


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


def add_infer(commands: Commands) -> None:
    """Recordings, and which condition gives them a face."""
    infer = command(
        commands, "infer", infer_command, "Give recordings a face: a picture (PNG) and a mesh (OBJ, millimetres)."
    )
    add_run(infer)
    infer.add_argument("voices", type=Path, nargs="+", metavar="VOICE", help="Recordings: WAV, FLAC, OGG or MP3.")
    infer.add_argument("--condition", default="cmp-unsupervised", help=f"{', '.join(STAGES)} (default: %(default)s).")
    infer.add_argument("--out", type=Path, required=True, metavar="DIR", help="Folder for the files; made if missing.")
    add_device(infer)


def add_render(commands: Commands) -> None:
    """A mesh, and from where it is seen."""
    render = command(commands, "render", render_command, "Draw a mesh.")
    render.add_argument("mesh", type=Path, metavar="MESH", help="OBJ file, in millimetres.")
    add_picture(render)
    render.add_argument(
        "--azimuth", type=float, default=0.0, metavar="DEG", help="Degrees to turn the head by (default: 0)."
    )


def add_sheet(commands: Commands) -> None:
    """A run, its data set, and how many people are drawn."""
    sheet = command(
        commands, "sheet", sheet_command, "Draw test identities beside what each condition makes of their voices."
    )
    add_run(sheet)
    add_dataset(sheet, "Folder in the Voxceleb-3D layout.")
    add_picture(sheet)
    sheet.add_argument("--rows", type=int, default=8, metavar="N", help="Number of identities (default: 8).")


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


def add_run(command: argparse.ArgumentParser) -> None:
    """The trained run that a command uses."""
    command.add_argument("run", type=Path, metavar="RUN", help="Folder of a trained run.")


def add_dataset(command: argparse.ArgumentParser, which: str) -> None:
    """The data set that a command reads."""
    command.add_argument("--dataset", type=Path, required=True, metavar="DIR", help=which)


def add_picture(command: argparse.ArgumentParser) -> None:
    """The picture that a command writes."""
    command.add_argument("--out", type=Path, required=True, metavar="PNG", help="Picture to write.")


def add_device(command: argparse.ArgumentParser) -> None:
    """Where a command computes."""
    command.add_argument("--device", default="auto", help="auto, cpu or cuda (default: auto).")


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


def infer_command(options: argparse.Namespace) -> None:
    """Write a picture and a mesh per recording, named like the recording."""
    name, count = Counter(path.stem for path in options.voices).most_common(1)[0]
    if count > 1:
        raise EngineError(f"{count} recordings are called {name!r}, and faces are named like them; rename some.")
    features = [voice_features(path) for path in options.voices]
    predictions = VoiceToFace.load(options.run, options.condition, options.device).predict(features)
    model = MorphableModel.analytic("full")
    for path, prediction in zip(options.voices, predictions, strict=True):
        if prediction.image is not None:
            write_png(options.out / f"{path.stem}.png", prediction.image)
        write_obj(options.out / f"{path.stem}.obj", prediction.vertices(model), model.faces.numpy())


def render_command(options: argparse.Namespace) -> None:
    """Draw one mesh."""
    vertices, faces = read_obj(options.mesh)
    write_png(options.out, still(vertices, faces, azimuth=options.azimuth))


def sheet_command(options: argparse.Namespace) -> None:
    """Draw the sheet."""
    write_png(options.out, draw_sheet(options.run, Voxceleb3D(options.dataset), rows=options.rows))


def write_png(path: Path, picture: NDArray[np.uint8]) -> None:
    """Write a picture (H, W, 3) whole."""
    with whole_file(path) as file:
        Image.fromarray(picture).save(file, format="PNG")


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
