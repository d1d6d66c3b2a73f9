"""Faces from recordings of one's own, outside any study: a folder of files per recording and condition."""

import hashlib
import json
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from cmp_engine.io import folder_names, whole_folder, write_bytes
from studyserver.generation.deciding.runs import TrainedRun
from studyserver.generation.engine import faces
from studyserver.generation.exceptions import EngineRefused, RequestRefused
from studyserver.generation.stages.places import run_folder

# Containers and codecs people record in; those that cannot be read are reported as such, other files are not meant.
AUDIO_SUFFIXES = frozenset({
    ".wav", ".flac", ".ogg", ".oga", ".opus", ".mp3", ".aif", ".aiff", ".au", ".caf",
    ".m4a", ".mp4", ".aac", ".wma", ".webm", ".amr", ".3gp",
})  # fmt: skip
NOTE = "made.json"
# What the note says of the files beside it: raise it when other files are made, or the same ones otherwise.
RECIPE_VERSION = 2
# Recordings whose faces are predicted in one go; their results appear together.
TOGETHER = 16

Note = dict[str, object]


@dataclass(frozen=True)
class VoiceResult:
    """What became of one recording: where its faces lie, or why there are none."""

    voice: Path
    folder: Path
    error: str = ""
    new: bool = True


@dataclass(frozen=True)
class MadeFace:
    """The files of one face, and the seconds from the loaded networks to the last of them."""

    paths: list[Path]
    seconds: float


def recordings_in(folder: Path) -> list[Path]:
    """The audio files of a folder, sorted.

    Raises:
        RequestRefused: there is no such folder, or no audio file in it.
    """
    if not folder.is_dir():
        raise RequestRefused(f"There is no folder {folder}. Name one that holds recordings.")
    found = sorted(path for path in folder.iterdir() if path.suffix.lower() in AUDIO_SUFFIXES and path.is_file())
    if not found:
        raise RequestRefused(f"{folder} holds no recordings; known are {', '.join(sorted(AUDIO_SUFFIXES))} files.")
    return found


def require_recording(voice: Path) -> None:
    """Refuse what cannot be one recording, before anything is loaded.

    Raises:
        RequestRefused: it is a folder, or there is no such file.
    """
    if voice.is_dir():
        raise RequestRefused(
            f"{voice} is a folder, and voice_to_face takes one recording. "
            f"For all in it: manage.py generate_stimuli --voices {voice}"
        )
    if not voice.is_file():
        raise RequestRefused(f"There is no file {voice}. Name a recording, such as a WAV, FLAC, OGG or MP3 file.")


def require_folder(out: Path) -> None:
    """Refuse a file where a folder is to be made.

    Raises:
        RequestRefused: it is one.
    """
    if out.exists() and not out.is_dir():
        raise RequestRefused(f"{out} is a file, and a face takes several. Name a folder.")


def make_faces(voices: list[Path], *, trained: TrainedRun, out: Path, device: str) -> Iterator[VoiceResult]:
    """Make the faces of each recording in ``out/<name>/<condition>/``; a broken recording stops none of the others.

    Yields:
        One result per recording, those that are there and are not done again first.
    """
    missing: list[tuple[Path, Path, Note]] = []
    for voice, name in folder_names(voices).items():
        note = {
            "voice": hashlib.sha256(voice.read_bytes()).hexdigest(),
            "checkpoints": dict(trained.checkpoints),
            "recipe": RECIPE_VERSION,
        }
        if _is_made(out / name, note):
            yield VoiceResult(voice, out / name, new=False)
        else:
            missing.append((voice, out / name, note))
    # Loading takes seconds; a call with nothing to do goes without.
    faces_of = _load(trained, device) if missing else None
    while missing and faces_of:
        together, missing = missing[:TOGETHER], missing[TOGETHER:]
        for (voice, folder, note), files in zip(together, faces_of([voice for voice, *_ in together]), strict=True):
            if isinstance(files, EngineRefused):
                yield VoiceResult(voice, folder, error=str(files))
            else:
                _write_folder(folder, files | {NOTE: json.dumps(note | {"files": sorted(files)}).encode()})
                yield VoiceResult(voice, folder)


def make_face(voice: Path, *, trained: TrainedRun, out: Path, device: str) -> MadeFace:
    """Make the face of one recording with the run's only condition, in ``out``.

    Raises:
        EngineRefused: it is no recording of speech.
        WriteError: the folder or a file cannot be made.
    """
    faces_of = _load(trained, device)
    start = time.perf_counter()
    (files,) = faces_of([voice])
    if isinstance(files, EngineRefused):
        raise files
    written = []
    for name, content in files.items():
        path = out / Path(name).name
        write_bytes(path, content)
        written.append(path)
    return MadeFace(written, time.perf_counter() - start)


def _load(trained: TrainedRun, device: str) -> faces.FacesOf:
    run = run_folder(trained.run)
    return faces.load_faces_of(run, tuple(trained.checkpoints), dataset=trained.dataset, device=device)


def _is_made(folder: Path, note: Note) -> bool:
    """Whether a folder holds what ``note`` says, and all of its files."""
    try:
        stored = json.loads((folder / NOTE).read_text())
        told, files = {key: stored[key] for key in note}, stored.get("files", [])
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return False  # None, or no note of ours: made again.
    return told == note and all((folder / name).is_file() for name in files)


def _write_folder(folder: Path, files: Mapping[str, bytes]) -> None:
    """Fill a folder, which appears whole or not at all."""
    with whole_folder(folder) as fresh:
        for relative, content in files.items():
            path = fresh / relative
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
