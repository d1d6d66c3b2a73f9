"""How participants answered, whatever they preferred: sides, order, repetition and time."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy import stats

from evaluation.interval import Interval
from evaluation.votes.answers import answer_table, chosen_column
from evaluation.votes.crossed import CrossedTest, crossed_or_none
from evaluation.votes.preference import PreferenceTest, preference_test
from evaluation.votes.response_times import ResponseTimes, response_times
from evaluation.votes.wald import wald_test

ONE_SIDED = 1 / 3
"""Distance from half of the answers, as a share of them, from which on somebody is flagged: 10 of 30."""


@dataclass(frozen=True)
class SideBias:
    """Result of :func:`side_bias`: how often the left stimulus was chosen, whichever method it showed.

    Attributes
    ----------
    chose_left, votes : int
        Answers for the left side, and all answers.
    share : float
        Of the left side, from 0 to 1.
    independent : PreferenceTest
        Every answer as independent; `p_value_two_sided` is the one to read.
    crossed : CrossedTest or None
        Participants and questions as samples; read two-sided, too. None with fewer than two of either, or where
        answers are missing.
    """

    chose_left: int
    votes: int
    share: float
    independent: PreferenceTest
    crossed: CrossedTest | None


@dataclass(frozen=True)
class OrderEffect:
    """Result of :func:`order_effect`.

    Attributes
    ----------
    participants, answers : int
        Size of the sample.
    slope : float
        Change of the share of answers for the method under test from one place to the next.
    se, df, t, p_value : float
        Its standard error, degrees of freedom, t and two-sided p-value.
    interval : Interval
        Of the slope, 95 %.
    """

    participants: int
    answers: int
    slope: float
    se: float
    df: int
    t: float
    p_value: float
    interval: Interval


@dataclass(frozen=True)
class OneSided:
    """Result of :func:`one_sided_participants`.

    Attributes
    ----------
    flagged : tuple of str
        Who chose nearly always the same side.
    expected : float
        How many that would be by chance, if nobody favoured a side.
    """

    flagged: tuple[str, ...]
    expected: float


@dataclass(frozen=True)
class LongestRuns:
    """Result of :func:`longest_runs`, over participants; a run is of answers in a row for one side of the screen.

    Attributes
    ----------
    longest : int
        Answers in the longest run of all participants.
    median : float
        Of the participants' longest runs.
    chance : float
        Probability that one of as many coin tossers has a run as long as `longest`, or longer.
    """

    longest: int
    median: float
    chance: float


@dataclass(frozen=True)
class ResponseQuality:
    """Result of :func:`response_quality`.

    Attributes
    ----------
    participants, votes : int
        Whose answers, and how many, over all sections.
    one_sided : OneSided or None
        None where the votes do not tell the sides.
    runs : LongestRuns or None
        None where they do not tell the sides, or the place of each answer in its participant's order.
    order : OrderEffect or None
        None where they do not tell the places, or all answers to each question came at the same place.
    times : ResponseTimes or None
        None where no response time is known.
    """

    participants: int
    votes: int
    one_sided: OneSided | None
    runs: LongestRuns | None
    order: OrderEffect | None
    times: ResponseTimes | None


def response_quality(votes: pd.DataFrame) -> ResponseQuality:
    """Describe how participants answered, over all sections.

    Parameters
    ----------
    votes : DataFrame
        As :func:`evaluation.votes.reading.read_votes` gives it, at least one vote.

    Returns
    -------
    ResponseQuality
    """
    person, names = pd.factorize(votes["participant"])
    place, side = votes["position"].to_numpy(), votes["side"].to_numpy()
    left = (votes["chose"].to_numpy() == 1) == (side == 1)
    sided, placed = bool((side != 0).all()), not np.isnan(place).any()
    once = placed and not votes.duplicated(["participant", "position"]).any()
    timed = votes["response_ms"].notna().to_numpy()
    answers = np.bincount(person)
    counts = (np.bincount(person, left).astype(int), answers)
    question = votes.groupby(["section", "question"], sort=False, observed=True).ngroup().to_numpy()
    times = votes["response_ms"].to_numpy()[timed]
    return ResponseQuality(
        participants=len(names),
        votes=len(votes),
        one_sided=one_sided_participants([str(name) for name in names], *counts) if sided else None,
        runs=longest_runs(person, place, left) if sided and once else None,
        order=order_effect(person, question, place, votes["chose"]) if placed else None,
        times=response_times(times, person[timed], unknown=int((~timed).sum())) if timed.any() else None,
    )


def side_bias(chose_left: ArrayLike) -> SideBias:
    """Test whether one side of the screen was favoured, whichever method it showed.

    Parameters
    ----------
    chose_left : array_like, shape (S, Q)
        1 where participant s chose the left stimulus on question q, 0 where the right one, not-a-number where there is
        no answer. No participant or question without any.

    Returns
    -------
    SideBias
        Its crossed test is None with fewer than two participants or questions, or with missing answers.

    Raises
    ------
    ValueError
        Not such a table.

    Notes
    -----
    Where sides are balanced, such a bias draws the preference towards one half and favours no method.

    Examples
    --------
    >>> result = side_bias([[1, 1, 0], [1, 0, 1], [1, 1, 1], [0, 1, 1]])
    >>> result.share, round(result.crossed.p_value_two_sided, 3)
    (0.75, 0.19)
    """
    table = answer_table(chose_left, gaps=True)
    left, votes = int(np.nansum(table)), int((~np.isnan(table)).sum())
    return SideBias(left, votes, left / votes, preference_test(left, votes), crossed_or_none(table))


def order_effect(
    participant: ArrayLike, question: ArrayLike, position: ArrayLike, chose: ArrayLike
) -> OrderEffect | None:
    """Test whether the preference changes in the course of the study.

    Parameters
    ----------
    participant, question : array_like, shape (N,)
        Labels, one row per answer; different labels for the questions of different sections.
    position : array_like, shape (N,)
        Place of the answer in the participant's order, such as 1 to 30.
    chose : array_like, shape (N,)
        1 where the method under test was chosen, else 0.

    Returns
    -------
    OrderEffect or None
        None with a single participant, or where no question was answered at two places.

    Raises
    ------
    ValueError
        Lengths differ, or an answer is not 0 or 1.

    Notes
    -----
    Least squares of the answers on the position with an intercept for each question, so that only earlier and later
    answers to the same question are compared: sections that follow one another differ in more than their place. The
    standard error allows for answers of the same participant (clusters, with the usual correction; t with one degree
    of freedom less than participants). Without any deviation from the line it is 0, and nothing is tested.

    Examples
    --------
    >>> people, questions = np.indices((6, 5))
    >>> places = (2 * people + questions) % 5
    >>> result = order_effect(people.ravel(), questions.ravel(), places.ravel(), (people * places).ravel() % 3 > 0)
    >>> round(result.slope, 3), round(result.se, 3), round(result.p_value, 3)
    (0.063, 0.022, 0.036)
    """
    chosen = chosen_column(chose, participant=participant, question=question, position=position)
    people, person = np.unique(np.asarray(participant), return_inverse=True)
    items, item = np.unique(np.asarray(question), return_inverse=True)
    places = _within(np.asarray(position, dtype=np.float64), item)
    spread, spare = float(np.square(places).sum()), len(chosen) - len(items) - 1
    if len(people) < 2 or spare < 1 or not spread > 0:
        return None
    answers = _within(chosen, item)
    slope = float(places @ answers) / spread
    by_person = np.bincount(person, places * (answers - slope * places))
    correction = len(people) / (len(people) - 1) * (len(chosen) - 1) / spare
    found = wald_test(slope, math.sqrt(correction * np.square(by_person).sum()) / spread, len(people) - 1)
    tested = (found.se, found.df, found.t, found.p_value_two_sided, found.interval)
    return OrderEffect(len(people), len(chosen), slope, *tested)


def one_sided_participants(participant: Sequence[str], chose_left: ArrayLike, answers: ArrayLike) -> OneSided:
    """Flag participants who nearly always chose the same side of the screen. A flag is no reason to exclude anybody.

    Parameters
    ----------
    participant : sequence of str, length S
        Names.
    chose_left, answers : array_like of int, shape (S,)
        Answers of each for the left side, and all answers of each.

    Returns
    -------
    OneSided

    Raises
    ------
    ValueError
        Counts that cannot be.

    Notes
    -----
    Flagged is whose answers for the left side are at least `ONE_SIDED` of all answers away from half of them. With 30
    answers somebody who favours no side is, at 5 or fewer or 25 or more, with probability .0003, by the binomial
    distribution. Where sides are balanced, answers that follow the side alone draw the preference towards one half
    and favour no method, so leaving such participants out is a choice to register beforehand, if at all.

    Examples
    --------
    >>> found = one_sided_participants(["Ann", "Bob", "Cyd"], [15, 26, 5], [30, 30, 30])
    >>> found.flagged, round(found.expected, 4)
    (('Bob', 'Cyd'), 0.001)
    """
    left, total = np.asarray(chose_left, dtype=np.float64), np.asarray(answers, dtype=np.float64)
    impossible = (left < 0) | (left > total) | (left % 1 != 0) | (total % 1 != 0)
    if impossible.any():
        raise ValueError(f"need counts 0 <= left <= answers, got {left[impossible][0]:g} of {total[impossible][0]:g}")
    flagged = np.abs(left - total / 2) >= total * ONE_SIDED
    expected = 2 * float(np.sum(stats.binom.cdf(np.floor(total / 2 - total * ONE_SIDED), total, 0.5)))
    return OneSided(tuple(name for name, is_flagged in zip(participant, flagged, strict=True) if is_flagged), expected)


def longest_runs(participant: ArrayLike, position: ArrayLike, chose_left: ArrayLike) -> LongestRuns:
    """Find the most answers in a row for the same side of the screen.

    Parameters
    ----------
    participant : array_like, shape (N,)
        Labels, one row per answer, at least one.
    position : array_like, shape (N,)
        Place of the answer in the participant's order, each once.
    chose_left : array_like of bool, shape (N,)
        Whether the left side was chosen.

    Returns
    -------
    LongestRuns

    Examples
    --------
    >>> found = longest_runs(["Ann"] * 4 + ["Bob"] * 3, [4, 1, 2, 3, 1, 2, 3], [0, 1, 1, 0, 1, 1, 1])
    >>> found.longest, found.median, round(found.chance, 5)
    (3, 2.5, 0.53125)
    """
    _, person = np.unique(np.asarray(participant), return_inverse=True)
    in_order = np.lexsort([np.asarray(position), person])
    person, left = person[in_order], np.asarray(chose_left, dtype=bool)[in_order]
    starts = np.flatnonzero(np.r_[True, (person[1:] != person[:-1]) | (left[1:] != left[:-1])])
    lengths = np.diff(np.append(starts, len(left)))
    owners = np.flatnonzero(np.r_[True, np.diff(person[starts]) > 0])
    longest = np.maximum.reduceat(lengths, owners)
    sizes, people = np.unique(np.bincount(person), return_counts=True)
    chances = [run_chance(int(longest.max()), int(size)) for size in sizes]
    return LongestRuns(int(longest.max()), float(np.median(longest)), _chance_of_any(chances, people.tolist()))


def run_chance(length: int, tosses: int) -> float:
    """Probability that fair coin tosses hold a run of equal ones of this length, or longer.

    Examples
    --------
    >>> run_chance(3, 4)  # Six of the sixteen: HHHH, HHHT, THHH, and the same of tails.
    0.375
    """
    # Sequences without such a run, by the length of their last run: a(n) = a(n - 1) + ... + a(n - length + 1).
    without = [0] * max(length - 2, 0) + [2]
    for _ in range(tosses):
        without.append(sum(without[len(without) - length + 1 :]))
    return float(Fraction(2**tosses - without[-1], 2**tosses))


def _chance_of_any(chances: Sequence[float], people: Sequence[int]) -> float:
    """Probability that something happens to anybody, with its chances for one person and how many have each."""
    if max(chances) == 1:
        return 1.0
    # 1 - prod((1 - p)^n) is 0 for every chance below 1e-16.
    return -math.expm1(sum(count * math.log1p(-p) for p, count in zip(chances, people, strict=True)))


def _within(values: NDArray[np.float64], group: NDArray[np.intp]) -> NDArray[np.float64]:
    """The values less the mean of their group, of groups numbered from 0 without a gap."""
    centred = values - (np.bincount(group, values) / np.bincount(group))[group]
    # Equal values differ from their mean by rounding only.
    return np.where(np.abs(centred) > 1e-9, centred, 0.0)
