"""``manage.py voice_to_face``: one recording becomes a face image, a mesh and a picture of the mesh."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand

from studyserver.generation import voices
from studyserver.generation.management.errors import told_to_the_user


class Command(BaseCommand):
    help = "Turn a recording into a face image (PNG), a mesh (GLB in metres, OBJ in millimetres) and a still picture."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("voice", type=Path, help="The recording: WAV, FLAC, OGG or MP3 of any rate.")
        parser.add_argument("--out", type=Path, required=True, help="Folder for the files; made if missing.")
        parser.add_argument("--condition", default="cmp-unsupervised", help="The method (default: cmp-unsupervised).")

    def handle(self, **options: Any) -> None:
        with told_to_the_user():
            trained = voices.trained_run((options["condition"],))
            for path in voices.make_face(options["voice"], trained=trained, out=options["out"], device="auto"):
                self.stdout.write(str(path))
