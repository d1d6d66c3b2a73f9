import numpy as np
import pytest

from evaluation.votes.agreement import method_agreement
from evaluation.votes.answers import answer_rows, answer_table, chosen_column, side_column
from evaluation.votes.participant_shares import participant_shares
from evaluation.votes.response_quality import side_bias


def test_labels_are_numbered_in_sorted_order_and_may_be_words_or_numbers():
    rows = answer_rows(["b", "a", "b"], [30, 30, 10], [True, False, 1], side=[1, -1, -1])
    assert rows.participant.tolist() == [1, 0, 1]
    assert rows.question.tolist() == [1, 1, 0]
    assert (rows.participants, rows.questions, len(rows)) == (2, 2, 3)
    assert rows.columns.tolist() == [[1, 1], [1, -1], [1, -1]]


def test_without_sides_the_intercept_is_the_only_column():
    rows = answer_rows([1, 2], [1, 2], [0, 1])
    assert rows.side is None
    assert rows.columns.tolist() == [[1], [1]]


@pytest.mark.parametrize(
    ("chose", "side", "vary"),
    [
        ([1, 0, 1, 0], None, True),
        ([1, 1, 1, 1], None, False),
        ([1, 0, 1, 0], [1, 1, -1, -1], True),
        ([1, 1, 1, 0], [1, 1, -1, -1], False),
        ([0, 1, 0, 0], [1, 1, -1, -1], False),
    ],
)
def test_answers_vary_only_if_both_occur_on_each_side(chose, side, vary):
    assert answer_rows([1, 1, 2, 2], [1, 2, 1, 2], chose, side=side).vary_on_each_side is vary


def test_both_answers_within_a_group():
    rows = answer_rows([1, 1, 2, 2], [1, 2, 1, 2], [1, 0, 1, 1])
    assert rows.vary_within(rows.participant).tolist() == [True, False]
    assert rows.vary_within(rows.question).tolist() == [False, True]


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: answer_rows([1], [1, 2], [0, 1]), r"one participant per answer, got participant of shape \(1,\)"),
        (lambda: answer_rows([1, 2], [1], [0, 1]), r"one question per answer, got question of shape \(1,\)"),
        (lambda: answer_rows([1, 2], [1, 2], [0, 1], side=[1]), r"one side per answer, got side of shape \(1,\)"),
        (lambda: answer_rows(*np.ones((3, 2, 2))), r"chose of shape \(2, 2\)"),
        (lambda: answer_rows([1, 2], [1, 2], [0, 1], side=[0, 1]), "1 .method under test left. or -1"),
        (lambda: answer_rows([1, 2], [1, 2], [0, 1], side=[-1, -1]), "always stood on side -1; leave side out"),
        (lambda: answer_rows([1, 1], [1, 2], [0, 1]), "at least 2 participants and 2 questions, got 1 x 2"),
        (lambda: answer_rows([1, 2], [1, 1], [0, 1]), "at least 2 participants and 2 questions, got 2 x 1"),
        (lambda: answer_rows([], [], []), "got 0 x 0"),
        (lambda: chosen_column([0, 0.5]), "0 or 1; leave missing answers out"),
        (lambda: chosen_column([0, np.nan]), "0 or 1; leave missing answers out"),
        (lambda: side_column([2]), "1 .method under test left. or -1"),
    ],
)
def test_what_is_no_table_of_answers_is_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call()


NAN = np.nan


@pytest.mark.parametrize("table", [[[1, 0], [NAN, 1]], [[1, 0]], [[0], [1]], [[1]], [[True, False], [True, True]]])
def test_a_table_with_gaps_stays_as_it_is_and_may_be_small(table):
    found = answer_table(table, gaps=True)
    assert found.dtype == np.float64
    np.testing.assert_array_equal(found, np.asarray(table, dtype=float))


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ([1, 0], r"need a table of participants x questions, got shape \(2,\)"),
        ([[[1]]], r"need a table of participants x questions, got shape \(1, 1, 1\)"),
        (np.empty((0, 3)), "need at least 1 participant and 1 question, got 0 x 3"),
        ([[], []], "need at least 1 participant and 1 question, got 2 x 0"),
        ([[1, 0], [1, 0.5]], "every answer must be 0 or 1, or not-a-number where there is none"),
        ([[1, -1], [NAN, 0]], "every answer must be 0 or 1, or not-a-number where there is none"),
        ([[NAN, NAN], [NAN, NAN]], "leave participants and questions without any answer out"),
        ([[1, 0], [NAN, NAN]], "leave participants and questions without any answer out"),
        ([[1, NAN], [0, NAN]], "leave participants and questions without any answer out"),
    ],
)
@pytest.mark.parametrize("analysis", [method_agreement, participant_shares, side_bias])
def test_all_that_take_gaps_refuse_the_same(analysis, table, said):
    with pytest.raises(ValueError, match=f"^{said}$"):
        analysis(table)


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ([[1, 0]], "need at least 2 participants and 2 questions, got 1 x 2"),
        ([[1], [0]], "need at least 2 participants and 2 questions, got 2 x 1"),
        ([[1, NAN], [0, 1]], "every answer must be 0 or 1; drop participants with missing answers first"),
        ([[1, 2], [0, 1]], "every answer must be 0 or 1"),
    ],
)
def test_a_complete_table_is_larger_and_has_no_gap(table, said):
    with pytest.raises(ValueError, match=f"^{said}$"):
        answer_table(table)
