"""The replication bundle: votes, the statistics library, pinned requirements and the numbers they must give."""

import io
import json
import tempfile
import zipfile
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path

import evaluation
from evaluation.__main__ import as_json
from evaluation.votes.analysis import Claim, analyse
from evaluation.votes.reading import read_votes
from studyserver.reports.figures import drawings, to_png, to_svg
from studyserver.reports.services import StudyReport
from studyserver.reports.vote_export import export_votes
from studyserver.studies.selectors import get_study

HERE = Path(__file__).parent
LIBRARY = Path(evaluation.__file__).parent
NEEDED = ("numpy", "pandas", "rich", "scipy", "statsmodels")  # What the library's analysis of votes imports.


def draw_bundle(report: StudyReport) -> bytes:
    """A zip in which ``python analyse.py`` computes every number anew and compares it with this report's."""
    file = io.BytesIO()
    moment = report.made_at.timetuple()[:6]
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in _files(report):
            archive.writestr(zipfile.ZipInfo(f"{report.slug}/{name}", moment), content, zipfile.ZIP_DEFLATED)
    return file.getvalue()


def _files(report: StudyReport) -> Iterator[tuple[str, bytes]]:
    yield "README.txt", (HERE / "README.txt").read_bytes()
    yield "analyse.py", (HERE / "analyse.py").read_bytes()
    yield "requirements.txt", "".join(f"{name}=={version(name)}\n" for name in NEEDED).encode()
    for path in sorted(LIBRARY.rglob("*.py")):
        yield f"evaluation/{path.relative_to(LIBRARY).as_posix()}", path.read_bytes()
    yield from _votes(report)
    registration = get_study(report.slug).registration
    if registration and not report.simulated_votes:
        yield "registration.txt", registration.text.encode()
    for name, figure in drawings(report):
        yield f"figures/{name}.svg", to_svg(figure)
        yield f"figures/{name}.png", to_png(figure)


def _votes(report: StudyReport) -> Iterator[tuple[str, bytes]]:
    """The votes, how they are to be judged, and what must come out."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "votes.csv"
        export_votes(get_study(report.slug), path, simulated=report.simulated_votes)
        for each in sorted(Path(folder).iterdir()):
            yield each.name, each.read_bytes()
        found = analyse(read_votes(path), alpha=report.alpha, claim=Claim(report.claim))
    plan = {"alpha": report.alpha, "claim": report.claim, "simulated_votes": report.simulated_votes}
    yield "plan.json", json.dumps(plan, indent=2).encode()
    yield "expected.json", as_json(found).encode()
