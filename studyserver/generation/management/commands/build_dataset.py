"""Build a Voxceleb-3D data set from recordings and pictures of real people."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from studyserver.common.commands import PerceptionistCommand
from studyserver.common.progress import LateBar
from studyserver.generation.engine import work


class Command(PerceptionistCommand):
    help = (
        "Build a data set in the Voxceleb-3D layout from VoxCeleb's recordings and VGGFace's pictures: features of the "
        "voices, and a morphable model fitted to the faces. An interrupted call is completed by the next one."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--voices",
            type=Path,
            required=True,
            metavar="VOX",
            help="Recordings: <VoxCeleb id>/<video>/<utterance>.wav.",
        )
        parser.add_argument(
            "--faces", type=Path, required=True, metavar="VGGFACE", help="Pictures: <Name>/<picture>.jpg or .png."
        )
        parser.add_argument(
            "--meta", type=Path, required=True, metavar="FILE", help="vox1_meta.csv: which id has which name."
        )
        parser.add_argument(
            "--out", type=Path, required=True, metavar="DIR", help="Folder to write to: new, empty or begun before."
        )
        parser.add_argument(
            "--model",
            default="analytic",
            metavar="SOURCE",
            help="Morphable model to fit: analytic (default), analytic:low, analytic:medium, bfm-arrays:DIR, "
            "bfm-mat:FILE, 3ddfa-v2:FILE or surrey:FILE.",
        )
        parser.add_argument(
            "--landmarks",
            default="face-alignment",
            metavar="DETECTOR",
            help="face-alignment (default; install it and its weights first), or the dotted path of a class.",
        )
        parser.add_argument("--workers", type=int, metavar="N", help="Processes (default: one per core, up to 8).")

    def handle(self, *, out: Path, **options: Any) -> str:
        names = ("voices", "faces", "meta", "model", "landmarks", "workers")
        # The bar goes to standard error; --verbosity 0 hides it.
        with LateBar(desc="Building people", unit="person", hidden=not options["verbosity"]) as bar:
            summary = work.build_from_folders(out, **{name: options[name] for name in names}, progress=bar.show)
        return summary.told(out)
