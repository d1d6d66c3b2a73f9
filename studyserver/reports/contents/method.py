"""How the numbers were computed, the paragraph for a paper, and what the result does not say."""

from collections.abc import Iterator

from evaluation.output.document import Paragraph, Points, Section, Tone, Words, bold, italic, lowered
from evaluation.output.numbers import decimals, interval, p_is, percent, seconds
from evaluation.votes.analysis import Claim
from studyserver.reports.contents.headline import closed_early
from studyserver.reports.services import SectionReport, StudyReport
from studyserver.studies.models import Study

FEW_QUESTIONS = 20
"""Below it the spread between questions is estimated so badly that degrees of freedom stay small."""

SEVERAL = {
    Claim.ALL: "The claim is made for all sections together or for none, so the largest p-value decides "
    "(intersection-union); no other adjustment is needed.",
    Claim.ORDERED: "The sections are tested from the last to the first, each at the full level, until one fails (fixed "
    "order).",
    Claim.EACH: "Holm’s adjustment keeps the chance of any false claim among the sections at the level.",
}

STOPPING = {
    Study.Looks.SEQUENTIAL: "Running votes could be looked at when planned numbers of participants had completed, "
    "against bounds that keep the level (Lan and DeMets, O’Brien-Fleming spending). They are about these questions; "
    "the headline is computed once, at the end.",
    Study.Looks.ANYTIME: "Running votes could be looked at after every participant by an e-process, which keeps the "
    "level however often one looks. It is about these questions; the headline is computed once, at the end, and is not "
    "corrected for stopping early.",
    Study.Looks.FIXED: "Fixed horizon: results by method stay hidden until the study is closed, so nobody could stop "
    "at a lucky moment.",
}


def method(report: StudyReport) -> Section:
    """What a reviewer asks of the analysis."""
    return Section("method", "How this was computed", (Points(tuple(_method(report))),))


def _method(report: StudyReport) -> Iterator[Words]:
    yield (bold("Stopping."), f" {_stopping(report)}")
    yield (bold("Exclusions."), f" {_exclusion_rules(report)}")
    yield _headline_test()
    yield (
        bold("Design effect."),
        " V over the variance of as many independent votes. At 6, a thousand votes carry as much as 170 independent "
        "ones.",
    )
    yield (bold("Several sections."), f" {SEVERAL[report.claim]}")
    yield (
        bold("Order."),
        " Least squares of the answers on their place with an intercept for each question, so that sections which "
        "follow one another are not compared; errors clustered by participant.",
    )
    yield (
        bold("Participants alike."),
        " The sum of independent answers with each question’s share as their probability; binomial where all questions "
        "are equal.",
    )
    yield (bold("Exact interval."), " Clopper and Pearson’s, of a share among independent votes.")
    asked = "; ".join(f"{section.title}: “{section.prompt}”" for section in report.sections)
    yield (bold("Questions asked."), f" {asked}")


def _stopping(report: StudyReport) -> str:
    if report.simulated_votes:
        return "A rehearsal may be read at any time."
    return f"{STOPPING[Study.Looks(report.looks)]} {closed_early(report)}".strip()


def _exclusion_rules(report: StudyReport) -> str:
    rules = []
    if report.fastest_median_ms:
        rules.append(f"A median answer within {seconds(report.fastest_median_ms)}.")
    if report.attention_passes:
        rules.append(f"Fewer than {report.attention_passes} of {report.attention_checks} attention checks right.")
    if not rules:
        return "No rule was declared: everybody who completed the study counts."
    return " ".join([*rules, "Declared before the first vote, applied when the last answer was stored."])


def _headline_test() -> Words:
    return (
        bold("Headline."),
        " Mean squares of participants, questions and residual; V = max(MS",
        lowered("s"),
        " + MS",
        lowered("q"),
        " − MS",
        lowered("r"),
        ", MS",
        lowered("r"),
        ") / SQ; ",
        italic("t"),
        "\N{NO-BREAK SPACE}=\N{NO-BREAK SPACE}(share\N{NO-BREAK SPACE}−\N{NO-BREAK SPACE}½)\N{NO-BREAK SPACE}/"
        "\N{NO-BREAK SPACE}√V with Satterthwaite’s degrees of freedom (Clark 1973; Judd, Westfall and Kenny 2012). The "
        "level is kept approximately: in its calibration, 154 × 10 without a preference on average, it rejected in 3.0 "
        "to 5.1 % at 5 %, and in .01 to .14 % at .1 %.",
    )


def paragraph(report: StudyReport) -> Section:
    """The paragraph for a paper."""
    return Section("paragraph", "For a paper", (Paragraph(paper_paragraph(report), Tone.QUOTE),))


def paper_paragraph(report: StudyReport) -> str:
    """Design, result and level in running text."""
    counted, several = report.people.counted, len(report.sections) > 1
    adjusted = f"; p-values were adjusted for several sections ({report.claim.adjustment})" if several else ""
    independent = listed(p_is(section.independent.p_value) for section in report.sections)
    sentences = [
        f"{counted} {'simulated ' if report.simulated_votes else ''}participants compared the stimuli of {report.ours} "
        f"with those of {report.baseline} in {len(report.sections)} section{'s' * several} of two-alternative "
        "forced-choice questions, blind to the method and with sides balanced within participants and questions"
        f"{_excluded(report)}.",
        closed_early(report),
        *_simulated(report),
        "With participants and questions both treated as random samples (mean squares of the two-way table, "
        f"Satterthwaite’s degrees of freedom), the share of answers for {report.ours} was "
        f"{listed(map(_result, report.sections))}.",
        f"The level was {report.alpha:g}{adjusted}.",
        f"The exact binomial test, which takes all votes as independent, would give {independent}.",
        _with_everybody(report),
    ]
    return " ".join(filter(None, sentences))


def _excluded(report: StudyReport) -> str:
    excluded = report.people.excluded
    return f" ({excluded} more {'was' if excluded == 1 else 'were'} excluded as declared beforehand)" * bool(excluded)


def _simulated(report: StudyReport) -> Iterator[str]:
    if report.simulated_data:
        yield "Voices and faces were simulated, so the result says nothing about real ones."
    if report.smoke_profile:
        yield "The faces came from a run that learned nothing (profile smoke)."


def _result(section: SectionReport) -> str:
    share, test = f"{percent(section.share)} of {section.votes} for {section.title}", section.crossed
    if test is None or not test.estimable:
        return f"{share} (not estimable)"
    return (
        f"{share} (95\N{NO-BREAK SPACE}% CI {interval(test.interval)}, t({decimals(test.df, 1)}) = "
        f"{decimals(test.t, 2)}, one-sided {p_is(test.p_value)}, adjusted {p_is(section.adjusted_p_value)}, design "
        f"effect {decimals(test.design_effect, 1)})"
    )


def _with_everybody(report: StudyReport) -> str:
    if not report.everybody:
        return ""
    shares = listed(
        f"{percent(section.share)} (adjusted {p_is(section.adjusted_p_value)})" for section in report.everybody.sections
    )
    return f"With the excluded participants the shares would be {shares}."


def listed(parts: Iterator[str]) -> str:
    """``a``, ``a and b``, ``a, b and c``."""
    *before, last = parts
    return f"{', '.join(before)} and {last}" if before else last


def limits(report: StudyReport) -> Section:
    """What the result does not say."""
    return Section("limits", "Limits", (Points(tuple(limit_sentences(report))),))


def limit_sentences(report: StudyReport) -> list[str]:
    """Each in a sentence."""
    said = [
        "The result holds for people and questions like those of this study, which is all that a sample can carry.",
        f"Only {report.baseline} was compared with {report.ours}; nothing follows about other methods.",
        "Nobody could answer “no difference”; a weak preference and a coin flip look alike in a single answer.",
    ]
    fewest = min(section.questions for section in report.sections)
    if fewest < FEW_QUESTIONS:
        said.append(
            f"A section has only {fewest} question{'s' * (fewest != 1)}: other questions could move its share more "
            "than other people could, and more participants would not help."
        )
    if report.simulated_votes:
        said.append("No person was asked: the votes are simulated.")
    if report.simulated_data:
        said.append("Voices and faces are simulated; the result says nothing about real ones.")
    if report.smoke_profile:
        said.append("The faces come from a run that learned nothing (profile smoke).")
    return said
