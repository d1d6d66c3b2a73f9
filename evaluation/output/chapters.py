"""The parts of a report that follow from the votes alone: each a heading, what to know first, and its table."""

from collections.abc import Sequence

from evaluation.output import tables
from evaluation.output.document import Figure, Paragraph, Points, Section, bold
from evaluation.output.headline import Methods, counted
from evaluation.votes.analysis import Analysis, Claim, SectionAnalysis

Sections = Sequence[SectionAnalysis]


def votes(sections: Sections, methods: Methods) -> Section:
    """How many there are."""
    table = tables.votes(sections, methods)
    return Section("votes", table.title, (table,))


def crossed(sections: Sections, claim: Claim) -> Section:
    """The headline test."""
    table = tables.crossed(sections, claim)
    said = (
        "Each person answers many questions and each question is answered by many persons. This test allows for both, "
        "so its conclusion reaches beyond these people and these questions."
    )
    return Section("crossed", table.title, (Paragraph(said), table))


def independent(sections: Sections, methods: Methods) -> Section:
    """The paper's test."""
    table = tables.independent(sections, methods)
    said = (
        f"The exact one-sided binomial test at level {sections[0].independent.alpha:g}, kept to compare with published "
        "results. It assumes that no vote depends on who gave it or on which question; a design effect above 1 says "
        "how far that is from the truth."
    )
    return Section("independent", table.title, (Paragraph(said), table))


def otherwise(sections: Sections) -> Section:
    """The analyses beside the headline."""
    table = tables.otherwise(sections)
    said = (
        "Beside the headline, without a decision. Participants or questions alone hold for these questions, or these "
        "people, only; both logistic models allow for both, as the headline does."
    )
    return Section("sensitivity", table.title, (Paragraph(said), table))


def questions(sections: Sections, methods: Methods) -> Section:
    """Each question's share."""
    said = (
        f"Votes for {methods.ours}; the interval (95 %, exact) is over participants. Questions that differ widely are "
        "the reason for a large design effect."
    )
    drawn = Figure("questions", "Share of each question with its interval; the same numbers are in the tables below.")
    return Section("questions", "Question by question", (Paragraph(said), drawn, tables.questions(sections)))


def quality(found: Analysis, everybody: Analysis | None, methods: Methods, said: Sequence[str]) -> Section:
    """How participants answered: the sentences, then the measures."""
    table = tables.measures(found, everybody, methods)
    return Section("quality", "Quality of the answers", (Points(tuple(said)), table))


def excluded(found: Analysis, everybody: Analysis, methods: Methods, claim: Claim) -> Section:
    """The headline test once more, with everybody."""
    table = tables.with_and_without(found, everybody, methods, claim)
    completed = everybody.quality.participants
    left_out = counted(completed - found.quality.participants, "excluded one")
    said = (
        f"The headline test again with all {completed} participants who completed the study, {left_out} among them. "
        "What excludes was declared before the first vote; the verdict is that without the excluded."
    )
    return Section("excluded", table.title, (Paragraph(said), table))


def participants(sections: Sections, methods: Methods) -> Section:
    """How they differ."""
    table = tables.participants(sections, methods)
    said = (
        f"How participants differ in their share of votes for {methods.ours}, beside the standard deviation (SD) that "
        "chance would make of it if all participants were alike and only questions differed. People who are alike "
        "spread wider than that about every other time; only a much wider spread means that they differ."
    )
    drawn = Figure(
        "participants",
        f"Number of participants by their share of votes for {methods.ours}, a panel per section, beside what would be "
        "if all were alike; the table below sums it up.",
        "The outline is what chance would make of it if all participants were alike and only questions differed.",
    )
    return Section("participants", table.title, (Paragraph(said), drawn, table))


def sides(sections: Sections) -> Section:
    """Left or right."""
    table = tables.sides(sections)
    said = "Where sides are balanced, a favourite side cannot favour a method; it only weakens a preference."
    return Section("side", table.title, (Paragraph(said), table))


def agreement(sections: Sections) -> Section:
    """How far participants agreed."""
    table = tables.agreement(sections)
    said = (
        "By method, not by side. ",
        bold("A preference that all questions share gives a low κ and α, however strong it is:"),
        " they measure how much questions differ. Read them beside the raw agreement and the share of each question.",
    )
    return Section("agreement", table.title, (Paragraph(said), table))
