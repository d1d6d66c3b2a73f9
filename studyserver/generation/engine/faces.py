"""The files of a face for each recording of one's own."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from studyserver.generation.engine.refusals import engine_refusals
from studyserver.generation.exceptions import EngineRefused

FacesOf = Callable[[Sequence[Path]], Iterator[dict[str, bytes] | EngineRefused]]


@engine_refusals()
def load_faces_of(run: Path, conditions: Sequence[str], *, dataset: str, device: str) -> FacesOf:
    """Load the trained conditions once; the returned function turns recordings into files, ``<condition>/<file>``.

    It hears all recordings it is given, predicts their faces together, and hands over the files of one after the
    other; in their place, for what is no recording of speech, the reason.

    Args:
        run: folder of the run.
        dataset: what the run was trained on; its mean faces are what ``face.json`` compares with.

    Raises:
        EngineRefused: a checkpoint is missing or belongs to another architecture.
    """
    from cmp_engine.exceptions import EngineError
    from cmp_engine.inference.face_files import FaceMaker

    maker = FaceMaker.load(run, conditions, dataset=dataset, device=device)

    def faces_of(voices: Sequence[Path]) -> Iterator[dict[str, bytes] | EngineRefused]:
        for made in maker.files_of(voices):
            if isinstance(made, EngineError):
                yield EngineRefused(str(made))
            else:
                yield {f"{slug}/{name}": content for slug, files in made.items() for name, content in files.items()}

    return faces_of
