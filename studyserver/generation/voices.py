"""Faces from recordings of one's own, outside any study: a folder of files per recording and condition."""

import hashlib
import json
import shutil
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from studyserver.common.files import write_whole
from studyserver.generation import tasks
from studyserver.generation.exceptions import EngineRefused, RequestRefused
from studyserver.generation.models import GenerationJob

# Containers and codecs people record in; those that cannot be read are reported as such, other files are not meant.
AUDIO_SUFFIXES = frozenset({
    ".wav", ".flac", ".ogg", ".oga", ".opus", ".mp3", ".aif", ".aiff", ".au", ".caf",
    ".m4a", ".mp4", ".aac", ".wma", ".webm", ".amr", ".3gp",
})  # fmt: skip
NOTE = "made.json"


@dataclass(frozen=True)
class VoiceResult:
    """What became of one recording: where its faces lie, or why there are none."""

    voice: Path
    folder: Path
    error: str = ""
    new: bool = True


@dataclass(frozen=True)
class TrainedRun:
    """The weights that turn voices into faces: SHA-256 of the last checkpoint per condition."""

    run: str
    profile: str
    checkpoints: Mapping[str, str]


def trained_run(conditions: tuple[str, ...], *, run: str = "") -> TrainedRun:
    """The run to use: ``run``, or the newest one that has all ``conditions``.

    Raises:
        RequestRefused: there is none.
        EngineRefused: an unknown condition.
    """
    final = {condition: tasks.training_stages(condition)[-1] for condition in conditions}
    ready = GenerationJob.objects.filter(state=GenerationJob.State.READY, stage__in=final.values())
    found: dict[str, dict[str, str]] = {}
    profiles: dict[str, str] = {}
    for job in (ready.filter(run=run) if run else ready).order_by("-finished_at"):
        if tasks.output_of(job) is not None:
            found.setdefault(job.run, {})[job.stage] = job.output_sha256
            profiles[job.run] = job.profile
    for name, stages in found.items():
        if set(final.values()) <= stages.keys():
            checkpoints = {condition: stages[stage] for condition, stage in final.items()}
            return TrainedRun(name, profiles[name], checkpoints)
    wanted = ",".join(dict.fromkeys(["base-2", "cmp-unsupervised", *conditions]))
    raise RequestRefused(
        f"There is no trained run of {' and '.join(conditions)} yet. "
        f"Make one with: manage.py generate_stimuli --conditions {wanted}"
    )


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


def folder_names(voices: list[Path]) -> dict[Path, str]:
    """The folder of each recording's faces: its name without suffix, or all of it where that is no name of its own."""
    stems = Counter(voice.stem for voice in voices)
    # The stem of "...wav" is "..", the folder above.
    return {voice: voice.stem if stems[voice.stem] == 1 and voice.stem.strip(".") else voice.name for voice in voices}


def make_faces(voices: list[Path], *, trained: TrainedRun, out: Path, device: str) -> Iterator[VoiceResult]:
    """Make the faces of each recording in ``out/<name>/<condition>/``; a broken recording stops none of the others.

    Yields:
        One result per recording, as soon as it is known. A recording whose faces are there is not done again.
    """
    faces_of: Callable[[Path], dict[str, bytes]] | None = None
    for voice, name in folder_names(voices).items():
        folder = out / name
        note = {"voice": hashlib.sha256(voice.read_bytes()).hexdigest(), "checkpoints": dict(trained.checkpoints)}
        if _read_note(folder) == note:
            yield VoiceResult(voice, folder, new=False)
            continue
        # Loading takes seconds; a call with nothing to do goes without.
        faces_of = faces_of or tasks.load_faces_of(trained.run, tuple(trained.checkpoints), device)
        try:
            files = faces_of(voice)
        except EngineRefused as error:
            yield VoiceResult(voice, folder, error=str(error))
            continue
        _write_folder(folder, files | {NOTE: json.dumps(note).encode()})
        yield VoiceResult(voice, folder)


def make_face(voice: Path, *, trained: TrainedRun, out: Path, device: str) -> list[Path]:
    """Make the face of one recording with the run's only condition, in ``out``.

    Raises:
        EngineRefused: it is no recording of speech.
    """
    files = tasks.load_faces_of(trained.run, tuple(trained.checkpoints), device)(voice)
    out.mkdir(parents=True, exist_ok=True)
    written = []
    for name, content in files.items():
        path = out / Path(name).name
        write_whole(path, content)
        written.append(path)
    return written


def _read_note(folder: Path) -> object:
    note = folder / NOTE
    return json.loads(note.read_text()) if note.is_file() else None


def _write_folder(folder: Path, files: Mapping[str, bytes]) -> None:
    """Fill a folder beside its place and put it there, so that it appears whole or not at all."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".partial-") as name:
        fresh = Path(name) / folder.name
        for relative, content in files.items():
            path = fresh / relative
            path.parent.mkdir(parents=True, exist_ok=True)
            write_whole(path, content)
        if folder.exists():
            shutil.rmtree(folder)
        fresh.rename(folder)
