"""The analysis of a whole table: without the excluded, with everybody, and how they answered."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from evaluation.votes.analysis import Claim, Verdict, analyse

RNG = np.random.default_rng(5)
# 30 people who clearly prefer the method in both sections, and 12 who never chose it in the second.
COUNTED = [RNG.random((30, 8)) < 0.8, RNG.random((30, 8)) < 0.8]
EXCLUDED = [RNG.random((12, 8)) < 0.8, np.zeros((12, 8), dtype=bool)]


def table(sections, *, first=0, excluded=False):
    rows = []
    for name, chosen in zip("xy", sections, strict=False):
        for (s, q), chose in np.ndenumerate(chosen):
            place = (s + q) % 8 + 1 + 8 * (name == "y")
            side = 1 if (s + q) % 2 else -1
            rows.append((name, f"p{first + s}", f"q{q}", int(chose), side, place, 900.0 + q, excluded))
    names = ["section", "participant", "question", "chose", "side", "position", "response_ms", "excluded"]
    return pd.DataFrame(rows, columns=names)


@pytest.fixture(scope="module")
def mixed():
    return pd.concat([table(COUNTED), table(EXCLUDED, first=30, excluded=True)], ignore_index=True)


@pytest.fixture(scope="module")
def result(mixed):
    return analyse(mixed, alpha=0.01)


def test_the_headline_is_as_if_the_excluded_had_not_come(result):
    alone = analyse(table(COUNTED), alpha=0.01)
    assert result.sections == alone.sections
    assert result.quality == alone.quality
    assert (alone.excluded, alone.everybody) == (0, None)


def test_everybody_is_analysed_as_if_nobody_had_been_excluded(mixed, result):
    alike = analyse(mixed.assign(excluded=False), alpha=0.01)
    assert result.excluded == 12
    assert result.everybody.quality == alike.quality
    assert result.everybody.sections == tuple(replace(section, sensitivity=None) for section in alike.sections)
    assert [section.participants for section in result.everybody.sections] == [42, 42]
    assert [section.adjusted_p_value for section in alike.sections] == pytest.approx(
        sorted([2 * alike.sections[0].crossed.p_value, alike.sections[1].crossed.p_value])
    )


def test_analyses_beside_the_headline_are_not_made_twice(result):
    assert all(section.sensitivity for section in result.sections)
    assert not any(section.sensitivity for section in result.everybody.sections)


def test_a_verdict_that_everybody_would_change_is_named(result):
    assert [section.verdict for section in result.sections] == [Verdict.PREFERRED] * 2
    assert [section.verdict for section in result.everybody.sections] == [Verdict.PREFERRED, Verdict.NOT_ESTABLISHED]
    assert result.changed == ("y",)


def test_nothing_changes_where_nobody_is_excluded():
    assert analyse(table(COUNTED)).changed == ()


def test_a_claim_about_all_sections_holds_for_everybody_too(mixed):
    everybody = analyse(mixed, alpha=0.01, claim=Claim.ALL).everybody
    assert {section.adjusted_p_value for section in everybody.sections} == {everybody.sections[1].crossed.p_value}


def test_everybody_excluded_but_one_leaves_nothing_to_test():
    votes = table(COUNTED)
    result = analyse(votes.assign(excluded=votes["participant"] != "p3"))
    assert [section.verdict for section in result.sections] == [Verdict.NOT_ESTIMABLE] * 2
    assert (result.excluded, result.sections[0].participants, result.quality.participants) == (29, 1, 1)
    assert result.quality.order is None
    assert result.changed == ("x", "y")


def test_a_section_that_only_the_excluded_answered_is_named():
    votes = pd.concat([table(COUNTED[:1]), table(EXCLUDED, first=30, excluded=True)], ignore_index=True)
    result = analyse(votes)
    assert [section.section for section in result.sections] == ["x"]
    assert [section.section for section in result.everybody.sections] == ["x", "y"]
    assert "y" in result.changed


def test_one_question_has_shares_and_agreement_and_no_test():
    result = analyse(table([COUNTED[0][:, :1]]))
    [section] = result.sections
    assert section.crossed is None
    assert (section.per_participant.participants, len(section.per_participant.counts)) == (30, 2)
    assert result.quality.order is not None


def test_all_on_the_same_side_are_flagged_and_stay():
    votes = table(COUNTED)
    result = analyse(votes.assign(side=2 * votes["chose"] - 1))
    assert len(result.quality.one_sided.flagged) == result.sections[0].participants == 30
    assert result.quality.runs.longest == 16
    assert result.sections[0].side.share == 1
