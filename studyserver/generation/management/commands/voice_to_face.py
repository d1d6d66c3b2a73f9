"""``manage.py voice_to_face``: one recording becomes a face image, a mesh, pictures of it and a description."""

import logging
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from studyserver.common.commands import PerceptionistCommand
from studyserver.generation import voices
from studyserver.generation.deciding.runs import trained_run
from studyserver.generation.engine import facts
from studyserver.generation.selectors import SMOKE, SMOKE_WARNING


class Command(PerceptionistCommand):
    help = (
        "Turn a recording into a face image (PNG), a mesh (GLB in metres, OBJ in millimetres), a still picture, the "
        "mesh over the image, and a comparison with mean faces (face.json)."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("voice", type=Path, metavar="VOICE", help="The recording: WAV, FLAC, OGG or MP3, any rate.")
        parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="For the files; made if missing.")
        parser.add_argument("--condition", default="cmp-unsupervised", help="The method (default: %(default)s).")

    def handle(self, *, voice: Path, out: Path, condition: str, **_: Any) -> None:
        voices.require_recording(voice)
        voices.require_folder(out)
        trained = trained_run((condition,))
        # The device is said here, among the rest.
        logging.getLogger("cmp_engine.device").setLevel(logging.WARNING)
        self.stdout.write(f"{condition} of run {trained.run}, on {facts.device_name('auto')}:")
        made = voices.make_face(voice, trained=trained, out=out, device="auto")
        for path in made.paths:
            self.stdout.write(f"  {path}")
        self.stdout.write(f"Made in {made.seconds:.2f} s after loading.")
        if trained.profile == SMOKE:
            self.stdout.write(self.style.WARNING(SMOKE_WARNING))
