"""What was shown: the errors of the run's faces, and where every stimulus comes from."""

from collections.abc import Iterator

from evaluation.output.document import Column, Group, Paragraph, Row, Section, Table, Words, code, rows
from evaluation.output.numbers import NONE, decimals
from studyserver.reports.contents.headline import SIMULATED_DATA
from studyserver.reports.face_errors import FaceErrors
from studyserver.reports.selectors import StimulusOrigin
from studyserver.reports.services import StudyReport

DIGITS = 12
"""Of a hash."""


def face_errors(report: StudyReport) -> Section:
    """The run's absolute ratio errors beside the paper's, or that there are none."""
    title, found = "Absolute ratio errors of the run", report.face_errors
    if found is None:
        said = (
            "No errors are recorded for this study’s run. They are written when ",
            code("generate_stimuli"),
            " makes the stimuli; imported stimuli have none.",
        )
        return Section("are", title, (Paragraph(said),))
    columns = (
        Column("Method", left=True),
        *map(Column, ("Ear (ER)", "Forehead (FR)", "Midline (MR)", "Cheek (CR)", "Mean")),
    )
    table = Table(title, columns, (Group("", tuple(_error_rows(found))),))
    return Section("are", title, (Paragraph(_what_errors(found)), table))


def _error_rows(found: FaceErrors) -> Iterator[Row]:
    for method in found.methods:
        yield Row((method.method, *(decimals(error, 4) for error in method.errors)))
        if method.paper:
            yield Row(("in the paper (Table 1)", *(decimals(error, 4) for error in method.paper)), quiet=True)


def _what_errors(found: FaceErrors) -> Words:
    simulated = " with a run on simulated people" if found.simulated_data else ""
    return (
        "How far four width ratios of the predicted meshes (ear, forehead, midline, cheek) are from those of the "
        f"reference meshes, on {found.identities} test identities; smaller is better. ",
        *((SIMULATED_DATA, " ") if found.simulated_data else ()),
        f"Topology {found.topology}. The paper’s values are for real voices and BFM meshes and cannot be compared line "
        f"by line{simulated}.",
    )


def provenance(report: StudyReport) -> Section:
    """Every stimulus by the hashes of its content and of the weights that made it."""
    columns = (
        Column("Section", left=True),
        Column("Question"),
        Column("Method"),
        Column("Image", code=True),
        Column("3D model", code=True),
        Column("Run"),
        Column("Weights", code=True),
        Column("Seed"),
        Column("Code", code=True),
    )
    folded = f"All {len(report.provenance)} stimuli, by the hashes of their content and of the weights that made them"
    table = Table(
        "Where the stimuli come from",
        columns,
        rows(map(_origin, report.provenance)),
        notes=(f"First {DIGITS} digits; the JSON report holds the whole hashes.",),
        folded=folded,
    )
    return Section("provenance", table.title, (table,))


def _origin(origin: StimulusOrigin) -> tuple[str, ...]:
    return (
        str(origin.section),
        str(origin.question),
        origin.method,
        origin.image_sha256[:DIGITS] or NONE,
        origin.mesh_sha256[:DIGITS] or NONE,
        origin.run,
        origin.checkpoint_sha256[:DIGITS],
        str(origin.seed),
        origin.code_revision[:DIGITS],
    )
