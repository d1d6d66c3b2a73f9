"""Every analysis of a table of votes, in one place: a report and ``python -m evaluation`` print the same numbers."""

import math
from dataclasses import dataclass, replace
from enum import StrEnum

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from evaluation.interval import Interval
from evaluation.votes.agreement import MethodAgreement, method_agreement
from evaluation.votes.bootstrap import BootstrapMean, pigeonhole_bootstrap
from evaluation.votes.clustered import ClusteredLogit, clustered_logit
from evaluation.votes.crossed import CrossedTest, crossed_or_none
from evaluation.votes.mixed import MixedLogit, mixed_logit
from evaluation.votes.multiplicity import fixed_order, holm, intersection_union
from evaluation.votes.participant_shares import ParticipantShares, participant_shares
from evaluation.votes.participants import MeanTest, participant_test, question_test
from evaluation.votes.preference import PreferenceTest, preference_test, share_interval
from evaluation.votes.response_quality import ResponseQuality, SideBias, response_quality, side_bias


class NoVotesError(ValueError):
    """Nothing is left to be analysed."""


class Claim(StrEnum):
    """What is to be shown of several sections, which decides how their p-values are adjusted."""

    EACH = "each"
    """Each section for itself: Holm's adjustment."""
    ALL = "all"
    """All sections together: the largest p-value (intersection-union)."""
    ORDERED = "ordered"
    """One section after the other, from the last to the first, until one fails (fixed order)."""

    @property
    def adjustment(self) -> str:
        """How the p-values of the sections are adjusted, by its usual name."""
        return {Claim.EACH: "Holm", Claim.ALL: "intersection-union", Claim.ORDERED: "fixed order"}[self]


class Verdict(StrEnum):
    """What a section shows about the method under test, by the crossed test adjusted over the sections."""

    PREFERRED = "preferred"
    NOT_ESTABLISHED = "not established"
    NOT_PREFERRED = "not preferred"
    BASELINE_AHEAD = "baseline ahead"
    NOT_ESTIMABLE = "not estimable"


@dataclass(frozen=True)
class QuestionShare:
    """Votes for the method under test on one question.

    Attributes
    ----------
    question : str
        Its name in the votes.
    votes_for, votes : int
        Votes for the method, and all votes, one per participant who answered; at least one.
    share : float
        ``votes_for / votes``.
    interval : Interval
        Of the share, over participants: Clopper-Pearson, 95 %.
    """

    question: str
    votes_for: int
    votes: int
    share: float
    interval: Interval


@dataclass(frozen=True)
class Sensitivity:
    """Other analyses of the same votes. They decide nothing; where they point elsewhere, the headline is in doubt.

    Attributes
    ----------
    over_participants : MeanTest or None
        A1: these questions only, participants as the sample. None where somebody did not answer every question.
    over_questions : MeanTest or None
        The same with these participants only.
    mixed : MixedLogit
        A3: logistic model with random participants and questions, for incomplete designs too.
    clustered : ClusteredLogit
        A4: logistic model with errors clustered by participants and questions.
    bootstrap : BootstrapMean or None
        A5: both resampled; a conservative check of the headline's interval. None as above.
    """

    over_participants: MeanTest | None
    over_questions: MeanTest | None
    mixed: MixedLogit
    clustered: ClusteredLogit
    bootstrap: BootstrapMean | None


@dataclass(frozen=True, kw_only=True)
class SectionAnalysis:
    """One section's analysis.

    Attributes
    ----------
    section : str
        Its name in the votes.
    participants, questions : int
        S and Q, those with a vote.
    votes, votes_for : int
        All votes, and those for the method under test.
    independent : PreferenceTest
        A0, the paper's test: every vote counts as independent.
    crossed : CrossedTest or None
        A2, the headline: participants and questions are both samples. None with fewer than two of either, or where
        somebody did not answer every question.
    adjusted_p_value : float
        The headline's p-value adjusted over the sections; not-a-number where there is none.
    side : SideBias or None
        Whether one side of the screen was favoured; None where the votes do not tell the sides.
    per_question : tuple of QuestionShare
        One entry per question, in order of appearance.
    per_participant : ParticipantShares
        How participants differ.
    sensitivity : Sensitivity or None
        Analyses beside the headline; None with fewer than two participants or questions, and with everybody.
    agreement : MethodAgreement or None
        How far participants chose the same method on the same question; None where no question has two answers.
    verdict : Verdict
        The conclusion at the level of the analysis.
    """

    section: str
    participants: int
    questions: int
    votes: int
    votes_for: int
    independent: PreferenceTest
    crossed: CrossedTest | None
    adjusted_p_value: float
    side: SideBias | None
    per_question: tuple[QuestionShare, ...]
    per_participant: ParticipantShares
    sensitivity: Sensitivity | None
    agreement: MethodAgreement | None
    verdict: Verdict

    @property
    def heading(self) -> str:
        """What its readers know it as."""
        return self.section

    @property
    def share(self) -> float:
        """Of the votes for the method under test."""
        return self.votes_for / self.votes

    @property
    def votes_against(self) -> int:
        """Votes for the other method."""
        return self.votes - self.votes_for

    @property
    def share_against(self) -> float:
        """Of the votes for the other method."""
        return self.votes_against / self.votes


@dataclass(frozen=True)
class Analysis:
    """Some participants' votes, analysed.

    Attributes
    ----------
    sections : tuple of SectionAnalysis
        In order of appearance.
    quality : ResponseQuality
        How these participants answered, over all sections.
    """

    sections: tuple[SectionAnalysis, ...]
    quality: ResponseQuality


@dataclass(frozen=True)
class VoteAnalysis(Analysis):
    """Result of :func:`analyse`; itself the headline, without the excluded.

    Attributes
    ----------
    excluded : int
        Participants left out by the rule declared beforehand.
    everybody : Analysis or None
        The same with them, adjusted alike, without the analyses beside the headline. None where nobody is excluded.
    """

    excluded: int
    everybody: Analysis | None

    @property
    def changed(self) -> tuple[str, ...]:
        """Sections whose verdict is another one with everybody, or that only the excluded answered."""
        verdicts = {section.section: section.verdict for section in self.sections}
        everybody = self.everybody.sections if self.everybody else ()
        return tuple(each.section for each in everybody if verdicts.get(each.section) != each.verdict)


def analyse(votes: pd.DataFrame, *, alpha: float = 0.001, claim: Claim = Claim.EACH) -> VoteAnalysis:
    """Test each section and adjust the headline p-values over all of them, without the excluded and with everybody.

    Parameters
    ----------
    votes : DataFrame
        As :func:`evaluation.votes.reading.read_votes` gives it.
    alpha : float, optional
        Level of every decision; 0.001 in the paper.
    claim : Claim, optional
        What is to be shown of several sections.

    Returns
    -------
    VoteAnalysis

    Raises
    ------
    NoVotesError
        No votes are left without the excluded ones.
    """
    counted = votes[~votes["excluded"]]
    if counted.empty:
        raise NoVotesError("no votes are left: all participants are excluded")
    return VoteAnalysis(
        sections=_sections(counted, alpha, claim, beside=True),
        quality=response_quality(counted),
        excluded=votes.loc[votes["excluded"], "participant"].nunique(),
        everybody=(
            Analysis(_sections(votes, alpha, claim, beside=False), response_quality(votes))
            if len(counted) < len(votes)
            else None
        ),
    )


def adjusted(p_values: list[float], claim: Claim) -> list[float]:
    """The sections' p-values adjusted for what is claimed of them; not-a-number stays so.

    Examples
    --------
    >>> adjusted([0.01, 0.04, 0.03], Claim.EACH)
    [0.03, 0.06, 0.06]
    >>> adjusted([0.01, 0.04, 0.03], Claim.ALL)
    [0.04, 0.04, 0.04]
    >>> adjusted([0.01, 0.04, 0.03], Claim.ORDERED)
    [0.04, 0.04, 0.03]
    """
    if claim == Claim.EACH:
        return holm(p_values)
    if claim == Claim.ALL:
        return [intersection_union(p_values)] * len(p_values)
    return fixed_order(p_values[::-1])[::-1]


def headline(votes: pd.DataFrame) -> CrossedTest | None:
    """A2 of one section's votes; None with fewer than two participants or questions, or where an answer is missing."""
    return crossed_or_none(_table(votes, "chose"))


def _sections(votes: pd.DataFrame, alpha: float, claim: Claim, *, beside: bool) -> tuple[SectionAnalysis, ...]:
    sections = [
        _section(str(name), part, alpha, beside) for name, part in votes.groupby("section", sort=False, observed=True)
    ]
    raw = [section.crossed.p_value if section.crossed else math.nan for section in sections]
    return tuple(
        replace(section, adjusted_p_value=p, verdict=_verdict(section, p, alpha))
        for section, p in zip(sections, adjusted(raw, claim), strict=True)
    )


def _section(name: str, votes: pd.DataFrame, alpha: float, beside: bool) -> SectionAnalysis:
    chosen = _table(votes, "chose")
    votes_for = int(votes["chose"].sum())
    return SectionAnalysis(
        section=name,
        participants=len(chosen),
        questions=chosen.shape[1],
        votes=len(votes),
        votes_for=votes_for,
        independent=preference_test(votes_for, len(votes), alpha=alpha),
        crossed=crossed_or_none(chosen),
        adjusted_p_value=math.nan,
        side=_side_bias(votes),
        per_question=_per_question(votes),
        per_participant=participant_shares(chosen),
        sensitivity=_sensitivity(votes, chosen) if beside and min(chosen.shape) >= 2 else None,
        agreement=method_agreement(chosen) if (~np.isnan(chosen)).sum(axis=0).max() >= 2 else None,
        verdict=Verdict.NOT_ESTIMABLE,
    )


def _table(votes: pd.DataFrame, column: str) -> NDArray[np.float64]:
    """One column as participants x questions, (S, Q), in order of appearance; not-a-number where there is no vote."""
    participant, people = pd.factorize(votes["participant"])
    question, asked = pd.factorize(votes["question"])
    table = np.full((len(people), len(asked)), np.nan)
    table[participant, question] = votes[column]
    return table


def _sensitivity(votes: pd.DataFrame, chosen: NDArray[np.float64]) -> Sensitivity:
    complete = not np.isnan(chosen).any()
    rows = (votes["participant"].to_numpy(), votes["question"].to_numpy(), votes["chose"].to_numpy())
    # With unknown sides, or with the method on one side only, there is no effect of the side to estimate.
    side = votes["side"].to_numpy() if set(votes["side"]) == {-1, 1} else None
    return Sensitivity(
        over_participants=participant_test(chosen) if complete else None,
        over_questions=question_test(chosen) if complete else None,
        mixed=mixed_logit(*rows, side=side),
        clustered=clustered_logit(*rows, side=side),
        bootstrap=pigeonhole_bootstrap(chosen) if complete else None,
    )


def _side_bias(votes: pd.DataFrame) -> SideBias | None:
    if (votes["side"] == 0).any():
        return None
    return side_bias(_table(votes.assign(left=votes["chose"] == (votes["side"] == 1)), "left"))


def _per_question(votes: pd.DataFrame) -> tuple[QuestionShare, ...]:
    counts = votes.groupby("question", sort=False, observed=True)["chose"].agg(["sum", "size"])
    return tuple(
        QuestionShare(
            str(question), int(count), int(size), int(count) / int(size), share_interval(int(count), int(size))
        )
        for question, count, size in counts.itertuples()
    )


def _verdict(section: SectionAnalysis, adjusted_p_value: float, alpha: float) -> Verdict:
    if section.crossed is None or not section.crossed.estimable:
        return Verdict.NOT_ESTIMABLE
    if adjusted_p_value <= alpha:
        return Verdict.PREFERRED
    if section.share > 0.5:
        return Verdict.NOT_ESTABLISHED
    return Verdict.BASELINE_AHEAD if section.crossed.interval.high < 0.5 else Verdict.NOT_PREFERRED
