"""Findings as tables in Markdown, for a terminal and for the documentation."""

from collections.abc import Iterable

from evaluation.operating_characteristics.findings import Finding, Measure, OperatingCharacteristics
from evaluation.operating_characteristics.studies import LOOKS, PARTICIPANTS, QUESTIONS
from evaluation.output.markdown import rows

LEGEND = f"""\
Percent of simulated studies of {PARTICIPANTS} participants (at planned looks and for the e-process {LOOKS[-1]}) and
{QUESTIONS} questions. In brackets the Monte Carlo interval (Clopper-Pearson, 95 %), in parentheses the value given with
the specification of these analyses (4,000 simulated studies), which no code in this repository reproduces. A population
is named by the preference of its middle and the standard deviations of participants and questions, in logits."""


def as_text(found: OperatingCharacteristics) -> str:
    """The tables of every part, then what was missed."""
    parts = {
        "Finished studies": found.finished,
        "Studies looked at before all have answered, the questions being the same": found.sequential,
        "Studies with every analysis of a report": found.complete,
    }
    tables = [table for name, part in parts.items() for table in tables_of(name, part)]
    return "\n\n".join([LEGEND, *tables, conclusion(found.missed)])


def tables_of(name: str, findings: Iterable[Finding]) -> list[str]:
    """One table per measure and level: a row per population, a column per analysis."""
    groups: dict[tuple[Measure, float], list[Finding]] = {}
    for finding in findings:
        groups.setdefault((finding.measure, finding.level), []).append(finding)
    return [
        f"{name}: {measure} at {100 * level:g} %, {group[0].studies} per row\n\n{table(group)}"
        for (measure, level), group in groups.items()
    ]


def table(findings: list[Finding]) -> str:
    """Shares in percent, each with its Monte Carlo interval in brackets and its reference in parentheses."""
    columns = dict.fromkeys(finding.procedure for finding in findings)
    body: dict[str, list[str]] = {}
    for finding in findings:
        body.setdefault(population(finding), []).append(cell(finding))
    return "\n".join(rows("logit, SD person, SD question", columns, body))


def population(finding: Finding) -> str:
    """Whose studies they were, with the true share where there is a preference."""
    effects = finding.effects
    label = f"{effects.intercept:g}, {effects.participant_sd:g}, {effects.question_sd:g}"
    return f"{label} (share {effects.mean:.4f})" if effects.intercept else label


def cell(finding: Finding) -> str:
    """Such as ``5.2 [4.5, 5.9] (5.1)``."""
    digits = 1 if 0.01 <= finding.level <= 0.99 else 2
    text = f"{100 * finding.share:.{digits}f} [{_bounds(finding, digits)}]"
    if finding.reference is not None:
        text += f" ({100 * finding.reference:.1f})"  # Known to three decimals.
    return f"{text} missed" if finding.missed else text


def conclusion(missed: list[Finding]) -> str:
    """All targets that were missed, or that none was."""
    if not missed:
        return "All targets are met."
    lines = [
        f"- {finding.measure} of {finding.procedure} at {100 * finding.level:g} % in population {population(finding)}: "
        f"{cell(finding).removesuffix(' missed')}, wanted {finding.target}"
        + ("; perhaps by chance: its interval reaches the target" if finding.missed_by_chance else "")
        for finding in missed
    ]
    return "\n".join(["Missed targets:", *lines])


def _bounds(finding: Finding, digits: int) -> str:
    interval = finding.interval
    return f"{100 * interval.low:.{digits}f}, {100 * interval.high:.{digits}f}"
