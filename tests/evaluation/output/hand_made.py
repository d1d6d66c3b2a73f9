"""Analyses whose every number is written by hand, each another one: a cell that shows the wrong number is seen."""

from dataclasses import replace
from math import nan

from evaluation.interval import Interval
from evaluation.output.document import lines_of, plain
from evaluation.output.headline import Methods
from evaluation.votes.agreement import AgreementEstimate, MethodAgreement
from evaluation.votes.analysis import (
    Analysis,
    QuestionShare,
    SectionAnalysis,
    Sensitivity,
    Verdict,
)
from evaluation.votes.bootstrap import BootstrapMean
from evaluation.votes.clustered import ClusteredLogit
from evaluation.votes.crossed import CrossedTest
from evaluation.votes.mixed import MixedLogit
from evaluation.votes.participant_shares import ParticipantShares
from evaluation.votes.participants import MeanTest
from evaluation.votes.preference import PreferenceTest
from evaluation.votes.response_quality import LongestRuns, OneSided, OrderEffect, ResponseQuality, SideBias
from evaluation.votes.response_times import ResponseTimes
from evaluation.votes.wald import WaldTest

METHODS = Methods("A", "B")
NO_INTERVAL = Interval(nan, nan, 0.95)


def reach(low, high):
    return Interval(low, high, 0.95)


CROSSED = CrossedTest(
    participants=12,
    questions=5,
    mean=0.6,
    se=0.01234,
    df=7.891,
    t=4.5678,
    p_value=0.00123,
    interval=reach(0.511, 0.722),
    design_effect=3.456,
    ms_participant=0.1,
    ms_question=0.2,
    ms_residual=0.3,
)
UNTESTED = replace(CROSSED, se=0.0, df=nan, t=nan, p_value=nan, interval=NO_INTERVAL, design_effect=nan)
INDEPENDENT = PreferenceTest(
    votes_for=36,
    votes=60,
    chance=0.5,
    alpha=0.05,
    share=0.6,
    p_value=0.0775,
    p_value_two_sided=0.1550,
    critical_count=38,
    paper_bound=36,
    paper_size=0.06789,
    interval=reach(0.465, 0.724),
)
SIDE = SideBias(
    chose_left=33,
    votes=60,
    share=0.55,
    independent=replace(INDEPENDENT, p_value=0.2594, p_value_two_sided=0.5190),
    crossed=replace(CROSSED, p_value=0.33, t=0.3, df=10.0, interval=reach(0.433, 0.667), design_effect=1.987),
)
PEOPLE = ParticipantShares(
    participants=12,
    lowest=0.211,
    lower_quartile=0.412,
    median=0.613,
    upper_quartile=0.714,
    highest=0.915,
    above_half=8,
    at_half=1,
    sd=0.1234,
    sd_if_alike=0.2345,
    p_value_alike=0.0456,
    counts=(),
)
AGREEMENT = MethodAgreement(
    participants=12,
    questions=5,
    answers=60,
    pairs=330,
    raw=AgreementEstimate(0.5411, 0.1, reach(0.4012, 0.6813)),
    fleiss_kappa=AgreementEstimate(0.0214, 0.1, reach(-0.1215, 0.1616)),
    krippendorff_alpha=AgreementEstimate(0.0317, 0.1, reach(-0.2218, 0.2619)),
)
OVER_PARTICIPANTS = MeanTest(
    units=12,
    answers_per_unit=5,
    mean=0.601,
    se=0.1,
    df=11,
    t=5.111,
    p_value=0.0111,
    interval=reach(0.521, 0.681),
    permutation_p_value=0.0222,
    permutation_exact=True,
)
OVER_QUESTIONS = MeanTest(
    units=5,
    answers_per_unit=12,
    mean=0.602,
    se=0.1,
    df=4,
    t=-6.222,
    p_value=0.0333,
    interval=reach(0.431, 0.771),
    permutation_p_value=0.0444,
    permutation_exact=False,
)
MIXED = MixedLogit(
    participants=12,
    questions=5,
    answers=60,
    intercept=WaldTest(0.4, 0.1, 3, 7.333, 0.0555, reach(0.1, 0.7)),
    side=None,
    probability=0.603,
    probability_interval=reach(0.533, 0.673),
    sd_participant=0.1,
    sd_question=0.2,
    log_likelihood=-30.0,
    converged=True,
)
CLUSTERED = ClusteredLogit(
    participants=12,
    questions=5,
    answers=60,
    intercept=WaldTest(0.4, 0.1, 2, 8.444, 0.0666, reach(0.1, 0.7)),
    side=None,
    by_participant=WaldTest(0.4, 0.1, 11, 9.9, 0.9, reach(0.1, 0.7)),
    by_question=WaldTest(0.4, 0.1, 4, 9.8, 0.8, reach(0.1, 0.7)),
    se_independent=0.1,
    probability=0.604,
    probability_interval=reach(0.544, 0.664),
)
BOOTSTRAP = BootstrapMean(12, 5, mean=0.605, se=0.1, interval=reach(0.515, 0.695), draws=100)
SENSITIVITY = Sensitivity(OVER_PARTICIPANTS, OVER_QUESTIONS, MIXED, CLUSTERED, BOOTSTRAP)
TIMES = ResponseTimes(
    answers=57,
    unknown=3,
    fastest_ms=200.0,
    lower_quartile_ms=1_500.0,
    median_ms=2_600.0,
    upper_quartile_ms=13_700.0,
    slowest_ms=99_000.0,
    fastest_participant_ms=1_234.0,
    slowest_participant_ms=5_000.0,
    too_fast_ms=300,
    too_fast=4,
    histogram=(),
)
ORDER = OrderEffect(
    participants=12, answers=60, slope=0.00312, se=0.1, df=11, t=0.2, p_value=0.0777, interval=reach(-0.00423, 0.01057)
)
QUALITY = ResponseQuality(
    participants=12,
    votes=60,
    one_sided=OneSided(("Ann", "Bob"), expected=0.321),
    runs=LongestRuns(longest=9, median=4.5, chance=0.0888),
    order=ORDER,
    times=TIMES,
)
UNTOLD = ResponseQuality(participants=12, votes=60, one_sided=None, runs=None, order=None, times=None)


def section(name="faces", **changes):
    """One that is preferred, but for the changes."""
    made = SectionAnalysis(
        section=name,
        participants=12,
        questions=5,
        votes=60,
        votes_for=36,
        independent=INDEPENDENT,
        crossed=CROSSED,
        adjusted_p_value=0.00246,
        side=SIDE,
        per_question=(
            QuestionShare("q1", 7, 12, 7 / 12, reach(0.277, 0.848)),
            QuestionShare("q2", 11, 13, 11 / 13, reach(0.546, 0.981)),
        ),
        per_participant=PEOPLE,
        sensitivity=SENSITIVITY,
        agreement=AGREEMENT,
        verdict=Verdict.PREFERRED,
    )
    return replace(made, **changes)


def analysis(*sections, quality=QUALITY):
    return Analysis(sections or (section(),), quality)


def spaced(text):
    """With ordinary spaces for those that do not break."""
    return text.replace("\N{NO-BREAK SPACE}", " ")


def cells(table):
    return [tuple(map(spaced, row.cells)) for row in table.rows]


def headings(table):
    """Those of all columns; ``/`` where a line is to end."""
    return [" / ".join(map(plain, lines_of(column.heading))) for column in table.columns]
