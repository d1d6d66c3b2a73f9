"""``simulate`` and ``build``: data sets to train on."""

import argparse
from pathlib import Path

from tqdm import tqdm

from cmp_engine.building import FACE_ALIGNMENT, build
from cmp_engine.cli.options import Commands, command
from cmp_engine.simulation import COUPLINGS, simulate

OUT = "Folder to write to: new, empty or begun before."


def add_to(commands: Commands) -> None:
    """Add the commands of this file."""
    for add in (add_simulate, add_build):
        add(commands)


def add_simulate(commands: Commands) -> None:
    """How many people, and how their faces follow their voices."""
    made = command(
        commands,
        "simulate",
        simulate_command,
        "Write a simulated data set in the Voxceleb-3D layout. An interrupted call is completed by the next one.",
    )
    made.add_argument("--out", type=Path, required=True, metavar="DIR", help=OUT)
    made.add_argument("--identities", type=int, default=120, metavar="N", help="People, at least 8 (default: 120).")
    made.add_argument(
        "--utterances", type=int, default=6, metavar="M", help="Recordings of each, at least 2 (default: 6)."
    )
    made.add_argument(
        "--coupling", default="default", help=f"How faces follow voices: {', '.join(COUPLINGS)} (default: default)."
    )
    made.add_argument("--seed", type=int, default=0, metavar="S", help="Of everything random (default: 0).")


def add_build(commands: Commands) -> None:
    """Folders of recordings and pictures of real people, and what is fitted to them."""
    made = command(
        commands,
        "build",
        build_command,
        "Build a data set in the Voxceleb-3D layout from VoxCeleb's recordings and VGGFace's pictures: features of "
        "the voices, and a morphable model fitted to the faces. An interrupted call is completed by the next one.",
    )
    for name, metavar, which in (
        ("--voices", "VOX", "Recordings: <VoxCeleb id>/<video>/<utterance>.wav."),
        ("--faces", "VGGFACE", "Pictures: <Name>/<picture>.jpg or .png."),
        ("--meta", "FILE", "vox1_meta.csv: which id has which name."),
        ("--out", "DIR", OUT),
    ):
        made.add_argument(name, type=Path, required=True, metavar=metavar, help=which)
    made.add_argument(
        "--model",
        default="analytic",
        metavar="SOURCE",
        help="Morphable model to fit: analytic (default), analytic:low, analytic:medium, bfm-arrays:DIR, "
        "bfm-mat:FILE, 3ddfa-v2:FILE or surrey:FILE.",
    )
    made.add_argument(
        "--landmarks",
        default=FACE_ALIGNMENT,
        metavar="DETECTOR",
        help="face-alignment (default; install it and its weights first), or the dotted path of a class.",
    )
    made.add_argument("--workers", type=int, metavar="N", help="Processes (default: one per core, up to 8).")


def simulate_command(options: argparse.Namespace) -> None:
    """Write the data set, with a bar."""
    with tqdm(total=options.identities, desc="Simulating people", unit="person") as bar:
        simulate(
            options.out,
            identities=options.identities,
            utterances=options.utterances,
            coupling=options.coupling,
            seed=options.seed,
            progress=lambda done, _: bar.update(done - bar.n),
        )


def build_command(options: argparse.Namespace) -> None:
    """Build the data set, with a bar, and say what is in it."""
    with tqdm(desc="Building people", unit="person") as bar:

        def show(done: int, total: int) -> None:
            bar.total = total
            bar.update(done - bar.n)

        summary = build(
            options.out,
            voices=options.voices,
            faces=options.faces,
            meta=options.meta,
            model=options.model,
            landmarks=options.landmarks,
            workers=options.workers,
            progress=show,
        )
    print(summary.told(options.out))  # noqa: T201 - a command speaks to its terminal
