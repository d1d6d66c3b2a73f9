"""``python -m cmp_engine``: train, infer, render, sheet, check."""

import argparse
import logging
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from PIL import Image
from tqdm import tqdm

from cmp_engine.audio import AudioError, voice_features
from cmp_engine.config import STAGES, load_config, stages_of
from cmp_engine.data import DatasetError, Voxceleb3D, read_obj, write_obj
from cmp_engine.exceptions import EngineError
from cmp_engine.inference import VoiceToFace
from cmp_engine.inference.check import check_run
from cmp_engine.inference.sheet import draw_sheet
from cmp_engine.morphable import MorphableModel
from cmp_engine.rendering import still
from cmp_engine.training import train_stage


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit status."""
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    options = parser().parse_args(arguments)
    try:
        options.command(options)
    except (EngineError, DatasetError, AudioError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)  # noqa: T201 - a command speaks to its terminal
        return 1
    return 0


def parser() -> argparse.ArgumentParser:
    """The commands and their options."""
    top = argparse.ArgumentParser(prog="python -m cmp_engine", description=__doc__)
    commands = top.add_subparsers(required=True)

    train = commands.add_parser("train", help="Train the stages of conditions; goes on where it was interrupted.")
    train.add_argument("run", type=Path, help="Folder of the run.")
    train.add_argument("--dataset", type=Path, required=True, help="Folder in the Voxceleb-3D layout.")
    train.add_argument("--profile", default="demo", help="smoke, demo, paper, or the path of a TOML file.")
    train.add_argument("--conditions", default=",".join(STAGES), help="Comma-separated; all by default.")
    train.add_argument("--device", default="auto", help="cpu, cuda or auto.")
    train.set_defaults(command=train_command)

    infer = commands.add_parser("infer", help="Give recordings a face: a picture (PNG) and a mesh (OBJ) each.")
    infer.add_argument("run", type=Path, help="Folder of a trained run.")
    infer.add_argument("voices", type=Path, nargs="+", help="Audio files.")
    infer.add_argument("--condition", default="cmp-unsupervised", help=", ".join(STAGES))
    infer.add_argument("--out", type=Path, required=True, help="Folder for the results.")
    infer.add_argument("--device", default="auto", help="cpu, cuda or auto.")
    infer.set_defaults(command=infer_command)

    render = commands.add_parser("render", help="Draw a mesh from the front.")
    render.add_argument("mesh", type=Path, help="OBJ file, millimetres.")
    render.add_argument("--out", type=Path, required=True, help="PNG file.")
    render.add_argument("--azimuth", type=float, default=0.0, help="Degrees about the vertical axis.")
    render.set_defaults(command=render_command)

    sheet = commands.add_parser("sheet", help="Draw test identities beside what each condition makes of their voice.")
    sheet.add_argument("run", type=Path, help="Folder of a trained run.")
    sheet.add_argument("--dataset", type=Path, required=True, help="Folder in the Voxceleb-3D layout.")
    sheet.add_argument("--out", type=Path, required=True, help="PNG file.")
    sheet.add_argument("--rows", type=int, default=8, help="Number of identities.")
    sheet.set_defaults(command=sheet_command)

    check = commands.add_parser("check", help="Say how well expert and conditions recover known coefficients.")
    check.add_argument("run", type=Path, help="Folder of a trained run.")
    check.add_argument("--dataset", type=Path, required=True, help="Folder of a simulated data set.")
    check.set_defaults(command=check_command)
    return top


def train_command(options: argparse.Namespace) -> None:
    """Train the stages of the conditions, each once."""
    config = load_config(options.profile)
    stages = list(dict.fromkeys(stage for name in options.conditions.split(",") for stage in stages_of(name)))
    dataset = Voxceleb3D(options.dataset)
    for stage in stages:
        with tqdm(total=config.stage(stage).steps, desc=stage, unit="step") as bar:
            train_stage(
                stage,
                dataset=dataset,
                config=config,
                run=options.run,
                device=options.device,
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
    options.out.mkdir(parents=True, exist_ok=True)
    for path, prediction in zip(options.voices, predictions, strict=True):
        if prediction.image is not None:
            Image.fromarray(prediction.image).save(options.out / f"{path.stem}.png")
        write_obj(options.out / f"{path.stem}.obj", prediction.vertices(model), model.faces.numpy())


def render_command(options: argparse.Namespace) -> None:
    """Draw one mesh."""
    vertices, faces = read_obj(options.mesh)
    Image.fromarray(still(vertices, faces, azimuth=options.azimuth)).save(options.out, format="PNG")


def sheet_command(options: argparse.Namespace) -> None:
    """Draw the sheet."""
    Image.fromarray(draw_sheet(options.run, Voxceleb3D(options.dataset), rows=options.rows)).save(
        options.out, format="PNG"
    )


def check_command(options: argparse.Namespace) -> None:
    """Print the table."""
    print(check_run(options.run, Voxceleb3D(options.dataset)))  # noqa: T201 - a command speaks to its terminal
