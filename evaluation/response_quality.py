"""How participants answered, whatever they preferred: sides, order, repetition and time."""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import stats
from statsmodels.regression.linear_model import OLS

from evaluation.answers import chosen_column, side_column
from evaluation.coefficients import Coefficient, t_coefficient
from evaluation.crossed import crossed_test
from evaluation.preference import Interval


@dataclass(frozen=True)
class ParticipantAnswers:
    """One participant's answers, as :func:`participant_answers` describes them.

    Attributes
    ----------
    participant : object
        The label.
    answers : int
        How many.
    chose_method, chose_left : int
        How many of them were for the method under test, and for the left side.
    share : float
        ``chose_method / answers``.
    median_response_ms : float
        Milliseconds.
    longest_run : int
        Most answers in a row for the same side of the screen.
    """

    participant: Any
    answers: int
    chose_method: int
    chose_left: int
    share: float
    median_response_ms: float
    longest_run: int


@dataclass(frozen=True)
class SideBias:
    """Result of :func:`side_bias`.

    Attributes
    ----------
    participants, questions : int
        Size of the design.
    chose_left : int
        Answers for the left side.
    share : float
        Their share of all answers.
    df, t : float
        Of the crossed test of that share against one half.
    p_value : float
        Two-sided.
    interval : Interval
        Of `share`, 95 %, for new participants and questions.
    """

    participants: int
    questions: int
    chose_left: int
    share: float
    df: float
    t: float
    p_value: float
    interval: Interval


@dataclass(frozen=True)
class OrderEffect:
    """Result of :func:`order_effect`.

    Attributes
    ----------
    participants, answers : int
        Size of the sample.
    slope : Coefficient
        Change of the share of answers for the method from one position to the next; read its two-sided p-value.
    """

    participants: int
    answers: int
    slope: Coefficient


@dataclass(frozen=True)
class OneSided:
    """Result of :func:`one_sided_participants`, one entry per participant, shape (S,).

    Attributes
    ----------
    flagged : ndarray of bool
        Whether nearly all answers were for one side.
    chance : ndarray of float
        How often somebody who favours no side would be flagged.
    """

    flagged: NDArray[np.bool_]
    chance: NDArray[np.float64]


@dataclass(frozen=True)
class ResponseTimes:
    """Result of :func:`response_times`, in milliseconds.

    Attributes
    ----------
    answers : int
        How many.
    lower_quartile_ms, median_ms, upper_quartile_ms : float
        Quartiles.
    limit_ms : float
        As asked for.
    under_limit : int
        Answers faster than that.
    share_under_limit : float
        ``under_limit / answers``.
    """

    answers: int
    lower_quartile_ms: float
    median_ms: float
    upper_quartile_ms: float
    limit_ms: float
    under_limit: int
    share_under_limit: float


def participant_answers(
    participant: ArrayLike, position: ArrayLike, chose: ArrayLike, side: ArrayLike, response_ms: ArrayLike
) -> tuple[ParticipantAnswers, ...]:
    """Describe each participant's answers.

    Parameters
    ----------
    participant : array_like, shape (N,)
        Labels, one row per answer.
    position : array_like, shape (N,)
        Place of the answer in the participant's order, any increasing numbers.
    chose : array_like, shape (N,)
        1 where the method under test was chosen, else 0.
    side : array_like, shape (N,)
        1 where the method under test stood left, -1 where right.
    response_ms : array_like, shape (N,)
        Milliseconds from both stimuli visible to the answer.

    Returns
    -------
    tuple of ParticipantAnswers
        In the sorted order of the labels.

    Raises
    ------
    ValueError
        Lengths differ, or a value is none of these.

    Examples
    --------
    >>> [ann] = participant_answers(["Ann"] * 3, [2, 1, 3], [1, 0, 1], [1, -1, -1], [900, 700, 1100])
    >>> ann.chose_method, ann.chose_left, ann.longest_run, ann.median_response_ms
    (2, 2, 2, 900.0)
    """
    chosen = chosen_column(chose, participant=participant, position=position, side=side, response_ms=response_ms)
    left = _chose_left(chosen, side)
    labels, person = np.unique(np.asarray(participant), return_inverse=True)
    in_order = np.argsort(np.asarray(position, dtype=np.float64), kind="stable")
    times = np.asarray(response_ms, dtype=np.float64)
    described = []
    for index, label in enumerate(labels.tolist()):
        rows = in_order[person[in_order] == index]
        answers, chose_method = len(rows), int(chosen[rows].sum())
        described.append(
            ParticipantAnswers(
                participant=label,
                answers=answers,
                chose_method=chose_method,
                chose_left=int(left[rows].sum()),
                share=chose_method / answers,
                median_response_ms=float(np.median(times[rows])),
                longest_run=_longest_run(left[rows]),
            )
        )
    return tuple(described)


def side_bias(chose_left: ArrayLike) -> SideBias:
    """Test whether one side of the screen was favoured, whichever method it showed.

    Parameters
    ----------
    chose_left : array_like, shape (S, Q)
        1 where participant s chose the left stimulus on question q, else 0. No missing answers.

    Returns
    -------
    SideBias

    Raises
    ------
    ValueError
        Not a table of 0 and 1, or fewer than two participants or two questions.

    Notes
    -----
    The test is :func:`evaluation.crossed.crossed_test`, two-sided: neither side is expected. Where sides are
    balanced, such a bias draws the preference towards one half and favours no method.

    Examples
    --------
    >>> result = side_bias([[1, 1, 0], [1, 0, 1], [1, 1, 1], [0, 1, 1]])
    >>> result.share, round(result.p_value, 3)
    (0.75, 0.19)
    """
    crossed = crossed_test(chose_left)
    return SideBias(
        participants=crossed.participants,
        questions=crossed.questions,
        chose_left=round(crossed.mean * crossed.participants * crossed.questions),
        share=crossed.mean,
        df=crossed.df,
        t=crossed.t,
        p_value=crossed.p_value_two_sided,
        interval=crossed.interval,
    )


def order_effect(participant: ArrayLike, position: ArrayLike, chose: ArrayLike) -> OrderEffect:
    """Test whether the preference changes in the course of the study.

    Parameters
    ----------
    participant : array_like, shape (N,)
        Labels, one row per answer.
    position : array_like, shape (N,)
        Place of the answer in the participant's order, such as 1 to 30.
    chose : array_like, shape (N,)
        1 where the method under test was chosen, else 0.

    Returns
    -------
    OrderEffect

    Raises
    ------
    ValueError
        Lengths differ, an answer is not 0 or 1, or there are too few answers, participants or positions for a slope.

    Notes
    -----
    Least squares of the answers on the position, so the slope is a change of the share per position. Its standard
    error allows for answers of the same participant (clusters; t with one degree of freedom less than participants).
    Questions need no such care where their order is shuffled for each participant. The slope is not estimable if
    all answers are the same.

    Examples
    --------
    >>> people, places = np.indices((6, 5))
    >>> votes = (people + 2 * places) % 7 > 2
    >>> result = order_effect(people.ravel(), places.ravel(), votes.ravel())
    >>> round(result.slope.estimate, 3), round(result.slope.se, 3), round(result.slope.p_value_two_sided, 3)
    (0.017, 0.041, 0.7)
    """
    chosen = chosen_column(chose, participant=participant, position=position)
    places = np.asarray(position, dtype=np.float64)
    labels, person = np.unique(np.asarray(participant), return_inverse=True)
    different = len(np.unique(places))
    if len(chosen) < 3 or len(labels) < 2 or different < 2:
        raise ValueError(
            "need at least 3 answers from 2 participants at 2 positions, "
            f"got {len(chosen)} from {len(labels)} at {different}"
        )
    model = OLS(chosen, np.column_stack([np.ones(len(chosen)), places - places.mean()]))
    fit = model.fit(cov_type="cluster", cov_kwds={"groups": person})
    se = math.sqrt(fit.cov_params()[1, 1]) if np.ptp(chosen) > 0 else math.nan
    return OrderEffect(len(labels), len(chosen), t_coefficient(float(fit.params[1]), se, len(labels) - 1))


def one_sided_participants(chose_left: ArrayLike, answers: ArrayLike, limit: float) -> OneSided:
    """Flag participants who nearly always chose the same side of the screen. A flag is no reason to exclude anybody.

    Parameters
    ----------
    chose_left : array_like of int, shape (S,)
        Answers of each participant for the left side.
    answers : array_like of int, shape () or (S,)
        All answers of each.
    limit : float
        Distance from half of the answers, above 0, from which on a participant is flagged; 10 of 30, say.

    Returns
    -------
    OneSided

    Raises
    ------
    ValueError
        Counts that cannot be, or a limit that is not above 0.

    Notes
    -----
    Somebody who favours no side reaches a distance of 10 in 30 answers with probability .0003, by the binomial
    distribution. Where sides are balanced, answers that follow the side alone draw the preference towards one half
    and favour no method, so leaving such participants out is a choice to register beforehand, if at all.

    Examples
    --------
    >>> found = one_sided_participants([15, 26, 5], 30, limit=10)
    >>> found.flagged.tolist(), found.chance.round(4).tolist()
    ([False, True, True], [0.0003, 0.0003, 0.0003])
    """
    left, total = np.broadcast_arrays(np.asarray(chose_left, dtype=np.float64), np.asarray(answers, dtype=np.float64))
    impossible = (left < 0) | (left > total) | (left % 1 != 0) | (total % 1 != 0)
    if impossible.any():
        raise ValueError(f"need counts 0 <= left <= answers, got {left[impossible][0]:g} of {total[impossible][0]:g}")
    if not limit > 0:
        raise ValueError(f"need a limit above 0, got {limit}")
    chance = 2 * stats.binom.cdf(np.floor(total / 2 - limit), total, 0.5)
    return OneSided(flagged=np.abs(left - total / 2) >= limit, chance=np.asarray(chance))


def response_times(response_ms: ArrayLike, *, limit_ms: float) -> ResponseTimes:
    """Quartiles of response times, and how many answers came too fast.

    Parameters
    ----------
    response_ms : array_like, shape (N,)
        Milliseconds from both stimuli visible to the answer, at least one.
    limit_ms : float
        The time below which an answer counts as too fast.

    Returns
    -------
    ResponseTimes

    Raises
    ------
    ValueError
        There is no time, or one is negative or not a number.

    Examples
    --------
    >>> result = response_times([250, 1200, 1500, 1800, 4000], limit_ms=300)
    >>> result.median_ms, result.lower_quartile_ms, result.upper_quartile_ms, result.share_under_limit
    (1500.0, 1200.0, 1800.0, 0.2)
    """
    times = np.asarray(response_ms, dtype=np.float64)
    if times.ndim != 1 or not len(times):
        raise ValueError(f"need at least one response time in one row, got shape {times.shape}")
    if not (times >= 0).all():
        raise ValueError(f"response times must be 0 or more, got {times[~(times >= 0)][0]}")
    lower, median, upper = (float(quartile) for quartile in np.quantile(times, [0.25, 0.5, 0.75]))
    under = int((times < limit_ms).sum())
    return ResponseTimes(len(times), lower, median, upper, limit_ms, under, under / len(times))


def _chose_left(chosen: NDArray[np.float64], side: ArrayLike) -> NDArray[np.bool_]:
    return np.asarray((side_column(side) == 1) == (chosen == 1))


def _longest_run(values: NDArray[np.bool_]) -> int:
    """Most equal values in a row, of at least one."""
    changes = np.flatnonzero(values[1:] != values[:-1]) + 1
    return int(np.diff(np.concatenate([[0], changes, [len(values)]])).max())
