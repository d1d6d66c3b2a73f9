"""Answers of participants to questions, as every analysis of votes takes them: a full table, or one row per answer."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray


@dataclass(frozen=True)
class Answers:
    """One row per answer, in any order; participants and questions numbered from 0.

    Attributes
    ----------
    participant, question : ndarray of int, shape (N,)
        Numbers in the sorted order of the labels.
    chose : ndarray of float, shape (N,)
        1 where the method under test was chosen, else 0.
    side : ndarray of float, shape (N,), or None
        1 where the method under test stood left, -1 where right; None where the side is left out.
    participants, questions : int
        How many of each occur.
    """

    participant: NDArray[np.intp]
    question: NDArray[np.intp]
    chose: NDArray[np.float64]
    side: NDArray[np.float64] | None
    participants: int
    questions: int

    def __len__(self) -> int:
        return len(self.chose)

    @property
    def columns(self) -> NDArray[np.float64]:
        """Columns of a regression, shape (N, 1) or (N, 2): the intercept, then the side."""
        ones = np.ones(len(self))
        return ones[:, None] if self.side is None else np.column_stack([ones, self.side])

    @property
    def vary_on_each_side(self) -> bool:
        """False where answers agree wherever the method stood left, or right: no finite effect fits them best."""
        sides = np.zeros(len(self), dtype=np.intp) if self.side is None else (self.side > 0).astype(np.intp)
        return bool(self.vary_within(sides).all())

    def vary_within(self, group: NDArray[np.intp]) -> NDArray[np.bool_]:
        """Whether both answers occur in each group, of groups numbered from 0 without a gap."""
        share = np.bincount(group, self.chose) / np.bincount(group)
        return (share > 0) & (share < 1)


def answer_table(chosen: ArrayLike, *, gaps: bool = False) -> NDArray[np.float64]:
    """Check a table of answers, shape (S, Q).

    Parameters
    ----------
    chosen : array_like, shape (S, Q)
        A row per participant, a column per question.
    gaps : bool, optional
        Whether answers may be missing (not-a-number). Such a table may have a single participant or question, and
        needs an answer of each.

    Raises
    ------
    ValueError
        Not a table of 0 and 1 (and not-a-number), fewer than two participants or two questions in one without gaps,
        or a participant or question without any answer.

    Examples
    --------
    >>> answer_table([[True, False], [True, True]]).tolist()
    [[1.0, 0.0], [1.0, 1.0]]
    >>> answer_table([[1, np.nan]], gaps=True)
    Traceback (most recent call last):
    ValueError: leave participants and questions without any answer out
    """
    answers = np.asarray(chosen, dtype=np.float64)
    if answers.ndim != 2:
        raise ValueError(f"need a table of participants x questions, got shape {answers.shape}")
    least = 1 if gaps else 2
    if min(answers.shape) < least:
        needed = f"{least} participant{'s' * (not gaps)} and {least} question{'s' * (not gaps)}"
        raise ValueError(f"need at least {needed}, got {answers.shape[0]} x {answers.shape[1]}")
    answered = ~np.isnan(answers)
    if not gaps and not answered.all():
        raise ValueError("every answer must be 0 or 1; drop participants with missing answers first")
    if not np.isin(answers[answered], (0.0, 1.0)).all():
        raise ValueError(f"every answer must be 0 or 1{', or not-a-number where there is none' * gaps}")
    if not (answered.any(axis=0).all() and answered.any(axis=1).all()):
        raise ValueError("leave participants and questions without any answer out")
    return answers


def answer_rows(
    participant: ArrayLike, question: ArrayLike, chose: ArrayLike, *, side: ArrayLike | None = None
) -> Answers:
    """Check answers given one by one, and number their participants and questions.

    Parameters
    ----------
    participant, question : array_like, shape (N,)
        Labels, numbers or words. Not every participant needs to have answered every question.
    chose : array_like, shape (N,)
        1 where the method under test was chosen, else 0.
    side : array_like, shape (N,), optional
        1 where the method under test stood left, -1 where right.

    Returns
    -------
    Answers

    Raises
    ------
    ValueError
        Lengths differ, a value is none of these, fewer than two participants or two questions, or all on one side.

    Examples
    --------
    >>> rows = answer_rows(["Ann", "Bob", "Ann"], [7, 7, 9], [1, 0, 1])
    >>> rows.participant.tolist(), rows.question.tolist(), rows.participants, rows.questions
    ([0, 1, 0], [0, 0, 1], 2, 2)
    """
    sided = {} if side is None else {"side": side}
    chosen = chosen_column(chose, participant=participant, question=question, **sided)
    people, person = np.unique(np.asarray(participant), return_inverse=True)
    items, item = np.unique(np.asarray(question), return_inverse=True)
    if min(len(people), len(items)) < 2:
        raise ValueError(f"need at least 2 participants and 2 questions, got {len(people)} x {len(items)}")
    sides = None if side is None else side_column(side)
    if sides is not None and np.ptp(sides) == 0:
        raise ValueError(f"the method under test always stood on side {sides[0]:+.0f}; leave side out")
    return Answers(person, item, chosen, sides, len(people), len(items))


def chosen_column(chose: ArrayLike, **columns: ArrayLike) -> NDArray[np.float64]:
    """Check answers given one by one, shape (N,), and that each of the named columns has a value for every answer.

    Raises
    ------
    ValueError
        Lengths differ, or an answer is not 0 or 1.

    Examples
    --------
    >>> chosen_column([True, False], participant=["Ann", "Bob"]).tolist()
    [1.0, 0.0]
    """
    chosen = np.asarray(chose, dtype=np.float64)
    for name, values in columns.items():
        if chosen.ndim != 1 or np.shape(values) != chosen.shape:
            raise ValueError(
                f"need one {name} per answer, got {name} of shape {np.shape(values)} for chose of shape {chosen.shape}"
            )
    if not np.isin(chosen, (0.0, 1.0)).all():
        raise ValueError("every answer must be 0 or 1; leave missing answers out")
    return chosen


def side_column(side: ArrayLike) -> NDArray[np.float64]:
    """Check where the method under test stood.

    Raises
    ------
    ValueError
        A side is neither 1 nor -1.

    Examples
    --------
    >>> side_column([1, -1]).tolist()
    [1.0, -1.0]
    """
    sides = np.asarray(side, dtype=np.float64)
    if not np.isin(sides, (-1.0, 1.0)).all():
        raise ValueError("every side must be 1 (method under test left) or -1 (right)")
    return sides
