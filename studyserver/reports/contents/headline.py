"""The first page: warnings, the headline, each section at a glance, the chart."""

from datetime import datetime

from evaluation.output.document import Block, Figure, Paragraph, Section, Tone, Words, bold, code, link
from evaluation.output.headline import cards, headline
from evaluation.output.numbers import percent
from studyserver.generation.selectors import SMOKE_WARNING
from studyserver.reports.services import StudyReport

SIMULATED_DATA = bold("Simulated voices and faces.")


def about(report: StudyReport) -> Words:
    """Whose study, and of when."""
    closed = f" {moment(report.closed_at)} UTC" if report.closed_at else ""
    made = f" · {report.state}{closed} · report of {moment(report.made_at)} UTC"
    return (f"{report.organizer} · study ", code(report.slug), made)


def moment(time: datetime) -> str:
    """``30 November 2026, 20:29``."""
    return f"{time:%-d %B %Y, %H:%M}"


def opening(report: StudyReport) -> tuple[Paragraph, ...]:
    """What a reader must know before the answer."""
    said = [Paragraph(words, Tone.WARNING) for words in _warnings(report)]
    if report.registered.closed_early:
        words = (bold("Closed early."), f" {closed_early(report)} ", link("As registered?", "registered"))
        said.append(Paragraph(words, Tone.REMARK))
    return tuple(said)


def _warnings(report: StudyReport) -> list[Words]:
    said: list[Words] = []
    if report.smoke_profile:
        said.append(SMOKE_WARNING)
    if report.simulated_votes:
        shown = " No person was asked; these numbers only show that the study and its analysis work."
        said.append((bold("Rehearsal with simulated votes."), shown))
    if report.simulated_data:
        shown = " The stimuli come from invented people, so the result says nothing about real ones."
        said.append((SIMULATED_DATA, shown))
    return said


def closed_early(report: StudyReport) -> str:
    """That fewer participants than planned completed it; empty where that is not so."""
    said = report.registered.closed_early
    return f"{said} That deviates from its registration." if said else ""


def answer(report: StudyReport) -> Section:
    """The headline, and each section at a glance."""
    blocks: list[Block] = [cards(report.sections, report.methods), _meaning(report), _chart(report)]
    if report.changed:
        words = (f"{changed(report)} ", link("Both side by side", "excluded"))
        blocks.insert(1, Paragraph(words, Tone.REMARK))
    return Section("answer", report_headline(report), tuple(blocks))


def report_headline(report: StudyReport) -> str:
    """Who was preferred, in a sentence or two; the page, the print and all other formats have it from here."""
    return f"{'Rehearsal: ' if report.simulated_votes else ''}{headline(report.sections, report.methods)}"


def changed(report: StudyReport) -> str:
    """Which verdicts would be others with the excluded; empty where none would."""
    if not report.changed:
        return ""
    few = len(report.changed) == 1
    instead = "; ".join(
        f"“{everybody.verdict}” instead of “{without.verdict}” for {without.title}"
        for without, everybody in report.changed
    )
    return (
        f"With the {report.people.excluded} excluded participant{'s' * (report.people.excluded != 1)} "
        f"{'the verdict would be another one' if few else 'the verdicts would be others'}: {instead}."
    )


def _meaning(report: StudyReport) -> Paragraph:
    sections, counted = len(report.sections), report.people.counted
    return Paragraph(
        f"“Preferred” means that the one-sided p-value, adjusted for {sections} section{'s' * (sections != 1)} "
        f"({report.claim.adjustment}), is at most {report.alpha:g}: with no preference on average, chance would lead "
        f"to that word anywhere here with a probability of about {report.alpha:g}. The test counts both the {counted} "
        f"participant{'s' * (counted != 1)} and the questions as samples; the interval is for the share that new "
        "participants would give on new questions of the same kind.",
        Tone.NOTE,
    )


def _chart(report: StudyReport) -> Figure:
    shares = " ".join(
        f"{section.title}: {percent(section.share)} of {section.votes} votes for {report.ours}."
        for section in report.sections
    )
    simulated = " (simulated votes)" if report.simulated_votes else ""
    return Figure(
        "votes",
        f"Stacked bars. {shares} The same numbers are in the tables below.",
        f"Share of votes per section{simulated}. Blue: {report.ours}, the method under test. Red, hatched: "
        f"{report.baseline}, the baseline. Votes in parentheses; ∼ gives a p-value’s order of magnitude. Where the "
        "interval clears the dashed line at 50 % on the right, the method leads.",
    )
