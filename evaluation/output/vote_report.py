"""What ``python -m evaluation`` says of a file of votes: the report of a study, as far as votes alone can tell it."""

from evaluation.output import chapters
from evaluation.output.document import Document, Paragraph, Section, Tone
from evaluation.output.findings import exclusions, findings
from evaluation.output.headline import Methods, cards, headline
from evaluation.votes.analysis import Claim, VoteAnalysis


def vote_report(found: VoteAnalysis, claim: Claim, *, simulated: bool = False) -> Document:
    """Everything but the questions one by one, of which a file may have thousands."""
    methods, sections, counted = Methods(), found.sections, found.quality.participants
    opening = (Paragraph("Simulated votes: no person was asked.", Tone.WARNING),) if simulated else ()
    said = exclusions(completed=counted + found.excluded, excluded=found.excluded, changed=found.changed)
    parts = [
        chapters.votes(sections, methods),
        chapters.crossed(sections, claim),
        chapters.independent(sections, methods),
        chapters.otherwise(sections),
        chapters.quality(found, found.everybody, methods, [said, *findings(found, methods)]),
    ]
    if found.everybody:
        parts.append(chapters.excluded(found, found.everybody, methods, claim))
    parts.append(chapters.participants(sections, methods))
    if any(section.side for section in sections):
        parts.append(chapters.sides(sections))
    if any(section.agreement for section in sections):
        parts.append(chapters.agreement(sections))
    answer = Section("answer", headline(sections, methods), (cards(sections, methods),))
    return Document("", "", "", opening, answer, tuple(parts))
