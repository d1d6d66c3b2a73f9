"""Who took part, who of them counts, and whether the study was done as registered."""

from datetime import datetime

from evaluation.output.document import Facts, Figure, Paragraph, Points, Section, Tone, bold, code
from evaluation.output.findings import exclusions
from evaluation.output.numbers import duration, seconds
from studyserver.reports.contents.headline import moment
from studyserver.reports.services import StudyReport


def exclusion_sentence(report: StudyReport) -> str:
    """How many were left out, by which rules, and whether that decides anything."""
    people = report.people
    by_time = people.excluded - people.excluded_by_checks
    reasons = []
    if people.excluded_by_checks:
        rule = f"fewer than {report.attention_passes} of {report.attention_checks} attention checks right"
        reasons.append(f"{people.excluded_by_checks} with {rule}")
    if by_time and report.fastest_median_ms:
        reasons.append(f"{by_time} with a median answer within {seconds(report.fastest_median_ms)}")
    return exclusions(
        completed=people.completed,
        excluded=people.excluded,
        changed=[without.title for without, _ in report.changed],
        reasons=" and ".join(reasons),
    )


def times(report: StudyReport) -> Section:
    """The chart of response times, and how to read it."""
    limit = ""
    if report.fastest_median_ms:
        limit = f"; who is faster than {seconds(report.fastest_median_ms)} at the median is excluded"
    drawn = " Simulated participants take no time; theirs are drawn." if report.simulated_votes else ""
    said = (
        "From both stimuli visible to the confirmed choice, on a logarithmic axis. Dashed: quartiles of the answers. "
        f"Below: the median of each participant{limit}.{drawn}"
    )
    instead = (
        "Histogram of the response times of answers and of the participants’ medians; the quartiles are in the table "
        "of quality above."
    )
    return Section("times", "Response times", (Paragraph(said), Figure("times", instead)))


def people(report: StudyReport) -> Section:
    """How many came, how many stayed, and when."""
    took_part = report.people
    facts = [
        ("Started", str(took_part.started)),
        ("Completed", str(took_part.completed)),
        ("Excluded as declared", str(took_part.excluded)),
        ("Counted in this report", str(took_part.counted)),
        ("Unfinished", str(took_part.unfinished)),
    ]
    if not report.simulated_votes:  # Programs do not take their time.
        facts.append(("Median duration", duration(took_part.median_minutes)))
    return Section("people", "Who took part", (Facts(tuple(facts)), Paragraph(_completed(report))))


def _completed(report: StudyReport) -> str:
    first, last = report.people.first_completed_at, report.people.last_completed_at
    assert first, "a report has participants who completed the study"
    assert last
    simulated = "All of them are simulated. " if report.simulated_votes else ""
    return (
        f"{simulated}First completed {moment(first)}, last {moment(last)} (UTC). Only completed participations count, "
        "without those that the rules declared beforehand exclude."
    )


def registered(report: StudyReport) -> Section:
    """What was done otherwise than was fixed before the first vote."""
    return Section("registered", "As registered?", tuple(_registered(report)))


def _registered(report: StudyReport) -> list[Paragraph | Points]:
    compared = report.registered
    if report.simulated_votes:
        said = (
            "A rehearsal is not registered. The first vote of a person will fix design, sample, exclusions, analysis "
            "and stopping rule."
        )
        return [Paragraph(said)]
    if not compared.sha256:
        return [Paragraph("Nothing was registered: these votes are older than the registration.")]
    blocks: list[Paragraph | Points]
    if compared.deviations:
        blocks = [Paragraph("The study deviates from its registration:"), Points(compared.deviations)]
    else:
        kept = (
            " Design, wording, stimuli, number of participants, exclusions and analysis are those fixed before the "
            "first vote."
        )
        blocks = [Paragraph((bold("As registered."), kept))]
    earlier = "".join(map(_superseded, compared.superseded))
    return [*blocks, Paragraph(("Registration: SHA-256 ", code(compared.sha256), f".{earlier}"), Tone.NOTE)]


def _superseded(registered_until: datetime) -> str:
    return (
        f" An earlier registration was superseded on {moment(registered_until)} UTC, because its only votes had been "
        "deleted by who gave them."
    )
