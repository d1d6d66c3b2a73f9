"""Votes as a tidy long table: CSV or Parquet, with a codebook and a manifest that was checked against the database.

Rows are streamed, so that a million votes take no more memory than a thousand.
"""

import csv
import hashlib
import io
import itertools
import json
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, BinaryIO

from django.db import transaction
from django.db.models import Count, F

from cmp_engine.io import whole_file, write_bytes
from studyserver.reports.exceptions import NoVotes, ReportError
from studyserver.reports.selectors import compared_methods
from studyserver.reports.services import remedy_for_no_votes, require_visible
from studyserver.studies.models import Study
from studyserver.survey.models import Vote

ROWS_AT_ONCE = 20_000

# Column -> (type, meaning). The order is that of the file.
CODEBOOK = {
    "study": ("string", "Name of the study, as in its links."),
    "participant": ("string", "Who voted: p00001 and on, numbered in order of completion. Tells nothing else."),
    "section": ("integer", "Section of the study, from 1."),
    "question": ("integer", "Question within the section, from 1; the same for all participants."),
    "position": (
        "integer",
        "When it was asked, from 1 over the whole study, attention checks included; drawn for each participant.",
    ),
    "side": ("string", "Where the method under test stood: left or right."),
    "chose": ("string", "Which side was chosen: left or right."),
    "preferred": ("string", "The method behind the side that was chosen."),
    "ours": ("integer", "1 where that is the method under test, else 0."),
    "response_ms": ("integer", "Milliseconds from both stimuli visible to the confirmed choice; empty where unknown."),
    "excluded": (
        "integer",
        "1 for participants left out by the rules declared before the first vote (too fast at the median, or too few "
        "attention checks right), else 0.",
    ),
    "simulated": ("integer", "1 for the votes of a rehearsal, which no person gave, else 0."),
}


@dataclass(frozen=True)
class Manifest:
    """What a file of votes holds, found in the file and in the database alike.

    Attributes:
        file, bytes, sha256: Name, size and hash of the file.
        rows: Votes in it, without the line of the column names.
        participants: Completed participations.
        votes: section -> method -> votes for it.
    """

    file: str
    bytes: int
    sha256: str
    rows: int
    participants: int
    simulated: bool
    votes: dict[str, dict[str, int]]


def export_votes(study: Study, out: Path, *, simulated: bool = False) -> Manifest:
    """Write ``out`` (.csv or .parquet), and beside it ``<out>.codebook.json`` and ``<out>.manifest.json``.

    Raises:
        StillBlinded: votes of people, before the study's rule allows to see them.
        ReportError: there are none, or the file does not agree with the database.
        WriteError: a file cannot be written; nothing is left half-written.
    """
    require_visible(study, simulated=simulated)
    with transaction.atomic():
        rows = vote_rows(study, simulated=simulated)
        seen: Counter[tuple[int, str]] = Counter()
        people: set[str] = set()
        with whole_file(out) as file:
            write_rows(file, out.suffix, counted(rows, seen, people))
            expected = stored_counts(study, simulated=simulated)
            if seen != expected:
                raise ReportError(
                    f"The file would hold {seen.total()} votes where the database has {expected.total()}; votes were "
                    "added meanwhile. Repeat the call."
                )
            if not seen:
                kind = "simulated votes" if simulated else "votes"
                raise NoVotes(
                    f"Study {study.slug!r} has no {kind} of completed participations to export. "
                    f"{remedy_for_no_votes(study, simulated=simulated)}"
                )
            manifest = manifest_of(file, out.name, seen, len(people), simulated)
    write_json(beside(out, "codebook"), codebook())
    write_json(beside(out, "manifest"), asdict(manifest))
    return manifest


def beside(out: Path, kind: str) -> Path:
    """Where the codebook or the manifest of a file of votes lies."""
    return out.with_name(f"{out.name}.{kind}.json")


def vote_rows(study: Study, *, simulated: bool) -> Iterator[tuple[Any, ...]]:
    """Rows in the order of the codebook: participants in order of completion, questions in that of the study."""
    ours, baseline = compared_methods(study)
    votes = (
        Vote.objects.of_completed(study, simulated=simulated)
        .in_analysis_order()
        .values_list(
            "trial__participation_id",
            "trial__question__section__position",
            "trial__question__number",
            "trial__position",
            "trial__left__condition_id",
            "choice",
            "response_ms",
            "trial__participation__excluded",
        )
    )
    number, last = 0, None
    for person, section, question, position, left, chose, response_ms, excluded in votes.iterator(ROWS_AT_ONCE):
        if person != last:
            number, last = number + 1, person
        side = Vote.Choice.LEFT if left == ours.pk else Vote.Choice.RIGHT
        preferred = ours if chose == side else baseline
        yield (
            study.slug,
            f"p{number:05}",
            section,
            question,
            position,
            side.value,
            chose,
            preferred.slug,
            int(preferred == ours),
            response_ms,
            int(excluded),
            int(simulated),
        )


def counted(
    rows: Iterable[tuple[Any, ...]], seen: Counter[tuple[int, str]], people: set[str]
) -> Iterator[tuple[Any, ...]]:
    """Pass ``rows`` on and count them by section and preferred method."""
    columns = list(CODEBOOK)
    section, preferred, person = (columns.index(name) for name in ("section", "preferred", "participant"))
    for row in rows:
        seen[row[section], row[preferred]] += 1
        people.add(row[person])
        yield row


def stored_counts(study: Study, *, simulated: bool) -> Counter[tuple[int, str]]:
    """The same counts, made by the database."""
    slugs = {condition.pk: condition.slug for condition in study.conditions.all()}
    groups = (
        Vote.objects.of_completed(study, simulated=simulated)
        .with_preferred_condition()
        .order_by()
        .values_list("trial__question__section__position", F("preferred"))
        .annotate(votes=Count("pk"))
    )
    return Counter({(section, slugs[preferred]): votes for section, preferred, votes in groups})


def write_rows(file: BinaryIO, ending: str, rows: Iterator[tuple[Any, ...]]) -> None:
    """Write ``rows`` in the format that the ending of the file's name asks for."""
    if ending == ".parquet":
        write_parquet(file, rows)
        return
    text = io.TextIOWrapper(file, encoding="utf-8", newline="")
    try:
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(CODEBOOK)
        writer.writerows(rows)
    finally:
        text.detach()  # Else the file would be closed with it.


def write_parquet(file: BinaryIO, rows: Iterator[tuple[Any, ...]]) -> None:
    """Write ``rows`` in groups of ROWS_AT_ONCE."""
    import pyarrow  # Takes a second to load, which no other command should wait for.
    import pyarrow.parquet

    kinds = {"string": pyarrow.string(), "integer": pyarrow.int64()}
    schema = pyarrow.schema([(name, kinds[kind]) for name, (kind, _) in CODEBOOK.items()])
    with pyarrow.parquet.ParquetWriter(file, schema) as writer:
        while group := list(itertools.islice(rows, ROWS_AT_ONCE)):
            columns = [
                pyarrow.array(column, type=kind)
                for column, kind in zip(zip(*group, strict=True), schema.types, strict=True)
            ]
            writer.write_table(pyarrow.Table.from_arrays(columns, schema=schema))


def manifest_of(file: BinaryIO, name: str, seen: Counter[tuple[int, str]], people: int, simulated: bool) -> Manifest:
    size = file.tell()
    file.seek(0)
    sha256 = hashlib.file_digest(file, "sha256").hexdigest()  # type: ignore[arg-type]  # The stub asks for one read.
    votes: dict[str, dict[str, int]] = {}
    for (section, method), count in sorted(seen.items()):
        votes.setdefault(str(section), {})[method] = count
    return Manifest(name, size, sha256, seen.total(), people, simulated, votes)


def codebook() -> list[dict[str, str]]:
    return [{"column": name, "type": kind, "meaning": meaning} for name, (kind, meaning) in CODEBOOK.items()]


def write_json(path: Path, content: object) -> None:
    write_bytes(path, (json.dumps(content, indent=2, ensure_ascii=False) + "\n").encode())
