"""Claims and verdicts of several sections: adjusted together, each at its boundary, and those that cannot be had."""

from dataclasses import replace
from math import isnan

import numpy as np
import pandas as pd
import pytest

from evaluation.interval import Interval
from evaluation.votes.analysis import Claim, NoVotesError, Verdict, VoteAnalysis, analyse
from evaluation.votes.crossed import crossed_test
from evaluation.votes.multiplicity import holm

RNG = np.random.default_rng(17)
STRONG, WEAK, NONE = (RNG.random((12, 6)) < likely for likely in (0.9, 0.62, 0.5))


def votes(**sections):
    """A table of votes as the reader gives it, one section after the other."""
    parts = []
    for name, table in sections.items():
        people, items = (axis.ravel() for axis in np.indices(np.shape(table)))
        answers = np.asarray(table, dtype=float).ravel()
        kept = ~np.isnan(answers)
        parts.append(
            pd.DataFrame(
                {
                    "section": name,
                    "participant": [f"p{each}" for each in people[kept]],
                    "question": [f"q{each}" for each in items[kept]],
                    "chose": answers[kept].astype(int),
                    "side": 0,
                    "position": np.nan,
                    "response_ms": np.nan,
                    "excluded": False,
                }
            )
        )
    return pd.concat(parts, ignore_index=True)


@pytest.fixture(scope="module")
def three() -> VoteAnalysis:
    return analyse(votes(x=STRONG, y=WEAK, z=NONE), alpha=0.05)


def test_sections_come_in_the_order_of_their_votes_with_their_own_test(three):
    assert [section.section for section in three.sections] == ["x", "y", "z"]
    for section, table in zip(three.sections, (STRONG, WEAK, NONE), strict=True):
        assert section.crossed == crossed_test(table)
        assert (section.votes_for, section.votes, section.votes_against) == (table.sum(), 72, 72 - table.sum())
        assert section.share + section.share_against == pytest.approx(1)
        assert section.independent.votes_for == section.votes_for
        assert section.independent.alpha == 0.05


def test_each_section_by_itself_is_adjusted_by_holm(three):
    raw = [section.crossed.p_value for section in three.sections]
    assert [section.adjusted_p_value for section in three.sections] == holm(raw)


@pytest.mark.parametrize("claim", [Claim.ALL, Claim.ORDERED])
def test_other_claims_are_adjusted_by_their_own_rule(claim):
    sections = analyse(votes(x=STRONG[:, :3], y=WEAK[:, :3]), alpha=0.05, claim=claim).sections
    raw = [section.crossed.p_value for section in sections]
    found = [section.adjusted_p_value for section in sections]
    assert found == ([max(raw)] * 2 if claim is Claim.ALL else [max(raw), raw[1]])


def test_questions_have_their_own_shares_in_order_of_appearance(three):
    for section, table in zip(three.sections, (STRONG, WEAK, NONE), strict=True):
        assert [each.question for each in section.per_question] == [f"q{number}" for number in range(6)]
        assert [each.votes_for for each in section.per_question] == table.sum(axis=0).tolist()
        assert all(each.votes == 12 and each.share == each.votes_for / 12 for each in section.per_question)
        assert all(each.interval.low <= each.share <= each.interval.high for each in section.per_question)


def test_a_level_at_the_adjusted_p_value_is_reached_and_one_below_is_not():
    table = WEAK
    p = crossed_test(table).p_value
    at, below = (analyse(votes(x=table), alpha=alpha).sections[0].verdict for alpha in (p, p * (1 - 1e-12)))
    assert at is Verdict.PREFERRED
    assert below is Verdict.NOT_ESTABLISHED


def test_half_of_the_votes_is_no_preference():
    table = np.tile([[1, 0], [0, 1], [1, 1], [0, 0]], (2, 2))
    section = analyse(votes(x=table)).sections[0]
    assert section.share == 0.5
    assert section.verdict is Verdict.NOT_PREFERRED


def test_one_section_that_cannot_be_tested_counts_in_the_adjustment_and_has_no_verdict():
    gaps = WEAK[:, :3].astype(float)
    gaps[2, 1] = np.nan
    first, second = analyse(votes(x=STRONG[:, :3], y=gaps), alpha=0.05).sections
    assert first.adjusted_p_value == pytest.approx(2 * first.crossed.p_value)
    assert second.crossed is None
    assert isnan(second.adjusted_p_value)
    assert second.verdict is Verdict.NOT_ESTIMABLE
    assert (second.votes, second.participants, second.questions) == (35, 12, 3)
    assert second.sensitivity.over_participants is None
    assert second.sensitivity.bootstrap is None
    assert second.sensitivity.clustered.answers == 35
    together = analyse(votes(x=STRONG[:, :3], y=gaps), alpha=0.05, claim=Claim.ALL).sections
    assert all(isnan(section.adjusted_p_value) for section in together)


@pytest.mark.parametrize("answer", [0, 1])
def test_equal_answers_have_no_verdict(answer):
    section = analyse(votes(x=np.full((4, 3), answer))).sections[0]
    assert section.verdict is Verdict.NOT_ESTIMABLE
    assert section.crossed.mean == answer
    assert not section.sensitivity.mixed.estimable
    assert not section.sensitivity.clustered.estimable


@pytest.mark.parametrize("shape", [(1, 5), (5, 1), (1, 1)])
def test_one_participant_or_one_question_is_described_and_not_tested(shape):
    section = analyse(votes(x=np.ones(shape))).sections[0]
    assert section.crossed is None
    assert section.sensitivity is None
    assert section.verdict is Verdict.NOT_ESTIMABLE
    assert section.votes == shape[0] * shape[1]
    assert (section.agreement is None) is (shape[0] == 1)


def test_a_section_whose_verdict_everybody_would_change_is_named_once(three):
    assert three.changed == ()
    other = replace(three.sections[0], verdict=Verdict.NOT_ESTABLISHED)
    everybody = replace(three, sections=(other, *three.sections[1:]), everybody=None)
    assert replace(three, everybody=everybody).changed == ("x",)


def test_without_anybody_left_there_is_no_analysis():
    with pytest.raises(NoVotesError, match="no votes are left: all participants are excluded"):
        analyse(votes(x=[[1, 0]]).assign(excluded=True))


def test_intervals_know_their_bounds_and_confidence():
    assert Interval(0.1, 0.4, 0.95) == Interval(low=0.1, high=0.4, confidence=0.95)
    with pytest.raises(AttributeError):
        Interval(0.1, 0.4, 0.95).low = 0.2
