"""Build a Voxceleb-3D data set from recordings and pictures of real people."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from studyserver.common.commands import PerceptionistCommand
from studyserver.common.progress import LateBar
from studyserver.generation.engine import facts, work


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
        lines = [
            f"{out}: {summary.train} people to train and {summary.test} to test, {summary.utterances} recordings, "
            f"{summary.faces} faces."
        ]
        for what, left in (("face", summary.without_face), ("voice", summary.without_voice)):
            if left:
                lines.append(
                    f"Without a {what}: {len(left)} people ({', '.join(left[:3])}{', …' if left[3:] else ''})."
                )
        lines += [f"Left out {count} x {kind}." for kind, count in summary.kinds().most_common()]
        if len(lines) > 1:
            lines.append(f"Which, and why: {out / 'build.json'}")
        if facts.is_simulated(out):
            lines.append("Simulated voices and faces: tables and reports made of them will say so.")
        return "\n".join(lines)
