"""Building a data set in the Voxceleb-3D layout from recordings and pictures of real people, resumably.

The paper (Sec. 4.1) intersects VoxCeleb and VGGFace by name, detects 68 landmarks in three dimensions in each picture
and fits a morphable model to them. Its scripts were not published; these are ours.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

from cmp_engine.building.exceptions import BuildError
from cmp_engine.building.landmarks import FACE_ALIGNMENT, load_detector
from cmp_engine.building.people import People, find_people
from cmp_engine.building.person import Recipe, build_person
from cmp_engine.building.record import PersonRecord, Skipped
from cmp_engine.data import Voxceleb3D
from cmp_engine.data.layout import BUILD_MARK, BUILD_RECORD, META, is_test_name
from cmp_engine.data.resuming import Resumable
from cmp_engine.io import write_bytes
from cmp_engine.morphable.fitting import require_landmarks
from cmp_engine.morphable.sources import open_model, resolved_source
from cmp_engine.processes import spread

Progress = Callable[[int, int], object]

_ARGUMENTS = "arguments.json"
NAMED = 3  # people in a message


@dataclass(frozen=True)
class BuildArguments:
    """What decides the content of a built data set.

    Attributes:
        voices, faces, meta, model, landmarks: as `build` takes them.
        topology: the vertex order of the model.
        simulated: whether the people were invented; loaders read it here.
    """

    voices: str
    faces: str
    meta: str
    model: str
    topology: str
    landmarks: str
    simulated: bool = False

    def resolved(self) -> "BuildArguments":
        """The same in the one way to write them: paths absolute and without links, the model with its level."""
        voices, faces, meta = (str(Path(each).resolve()) for each in (self.voices, self.faces, self.meta))
        return replace(self, voices=voices, faces=faces, meta=meta, model=resolved_source(self.model))

    def __str__(self) -> str:
        return ", ".join(f"{name}={value}" for name, value in asdict(self).items())


@dataclass(frozen=True)
class BuildSummary:
    """What is in a built data set and what is not.

    Attributes:
        train: number of people with names from F to Z.
        test: number of people with names from A to E.
        utterances: recordings with features.
        faces: pictures with a fitted face.
        without_face: names with a voice only.
        without_voice: names with pictures only.
        skipped: files that could not be used, and people who had no other.
    """

    train: int
    test: int
    utterances: int
    faces: int
    without_face: tuple[str, ...]
    without_voice: tuple[str, ...]
    skipped: tuple[Skipped, ...]

    @classmethod
    def of(cls, people: People, records: list[PersonRecord]) -> "BuildSummary":
        """Add up what became of everybody."""
        built = [each for each in records if each.faces]
        return cls(
            train=sum(not is_test_name(each.name) for each in built),
            test=sum(is_test_name(each.name) for each in built),
            utterances=sum(each.utterances for each in built),
            faces=sum(each.faces for each in built),
            without_face=people.without_face,
            without_voice=people.without_voice,
            skipped=tuple(skipped for each in records for skipped in each.skipped),
        )

    def kinds(self) -> Counter[str]:
        """How much was skipped of each kind."""
        return Counter(each.kind for each in self.skipped)

    def told(self, out: Path) -> str:
        """Lines for people: what is in the data set ``out``, what is not, and whether anybody was invented."""
        lines = [
            f"{out}: {self.train} people to train and {self.test} to test, {self.utterances} recordings, "
            f"{self.faces} faces."
        ]
        for what, left in (("face", self.without_face), ("voice", self.without_voice)):
            if left:
                names = ", ".join(left[:NAMED]) + (", …" if left[NAMED:] else "")
                lines.append(f"Without a {what}: {len(left)} people ({names}).")
        lines += [f"Left out {count} x {kind}." for kind, count in self.kinds().most_common()]
        if len(lines) > 1:
            lines.append(f"Which, and why: {out / BUILD_RECORD}")
        if Voxceleb3D(out).is_simulated:
            lines.append("Simulated voices and faces: tables and reports made of them will say so.")
        return "\n".join(lines)


def build(
    out: str | Path,
    *,
    voices: str | Path,
    faces: str | Path,
    meta: str | Path,
    model: str = "analytic",
    landmarks: str = FACE_ALIGNMENT,
    workers: int | None = None,
    progress: Progress | None = None,
) -> BuildSummary:
    """Build a data set that `cmp_engine.data` reads.

    A killed call is completed by the next one with the same arguments; a finished data set is left as it is. What was
    skipped and why is in ``build.json``, which is written last. Recordings stay where they are.

    Args:
        out: folder to write to: new, empty, or begun with the same arguments.
        voices: ``<VoxCeleb id>/<video>/<utterance>.wav``.
        faces: ``<Name>/<picture>.jpg`` or ``.png``.
        meta: ``vox1_meta.csv``.
        model: which morphable model is fitted, as `cmp_engine.morphable.sources.open_model` takes it.
        landmarks: ``face-alignment`` or the dotted path of a detector.
        workers: processes; by default one per core.
        progress: called with the number of finished people and their total, after each.

    Raises:
        BuildError: an argument cannot be used, or nobody has both a usable recording and a usable picture. Then
            nothing is left behind.
        FittingError: the model has too few landmarks.
        ModelFileError: the model cannot be read.
        WriteError: a file cannot be written.
    """
    out, voices, faces, meta = (Path(each).absolute() for each in (out, voices, faces, meta))
    if workers is not None and workers < 1:
        raise BuildError(f"{workers} workers cannot work; ask for 1 or more.")
    people = find_people(voices, faces, meta)
    opened = open_model(model)
    require_landmarks(opened, opened.has_landmark)
    named = BuildArguments(str(voices), str(faces), str(meta), model, opened.topology, landmarks, people.simulated)
    arguments = named.resolved()
    folder = _folder(out)
    if folder.is_finished(arguments):
        return folder.read(BUILD_RECORD, _summary_in)
    load_detector(landmarks)
    folder.begin(asdict(arguments))
    write_bytes(out / META, meta.read_bytes())
    recipe = Recipe(out, arguments.model, landmarks)
    summary = BuildSummary.of(people, _build_everybody(people, recipe, workers, progress))
    if not summary.faces:
        _remove_start(folder)
        raise BuildError(
            f"none of the {len(people.both)} people with a voice and a face could be used: "
            + "; ".join(f"{each.path}: {each.reason}" for each in summary.skipped[:3])
        )
    folder.finish(asdict(arguments), summary=asdict(summary))
    return summary


def _folder(out: Path) -> Resumable[BuildArguments]:
    return Resumable(
        out,
        record=BUILD_RECORD,
        mark=BUILD_MARK,
        started=f"{BUILD_MARK}/{_ARGUMENTS}",
        arguments_in=lambda stored: BuildArguments(**stored).resolved(),
        verb=("build", "built"),
        error=BuildError,
    )


def _build_everybody(
    people: People, recipe: Recipe, workers: int | None, progress: Progress | None
) -> list[PersonRecord]:
    records: list[PersonRecord] = []
    for record in spread(partial(build_person, recipe=recipe), people.both, processes=workers):
        records.append(record)
        if progress:
            progress(len(records), len(people.both))
    return records


def _summary_in(content: dict[str, Any]) -> BuildSummary:
    summary = content["summary"]
    lists = {name: tuple(summary[name]) for name in ("without_face", "without_voice")}
    return BuildSummary(**summary | lists | {"skipped": tuple(Skipped(**each) for each in summary["skipped"])})


def _remove_start(folder: Resumable[BuildArguments]) -> None:
    """Take back what a call writes before the first person; no person has left files."""
    folder.remove_mark()
    (folder.out / META).unlink()
    folder.out.rmdir()
