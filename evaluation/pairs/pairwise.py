r"""More than two methods compared in pairs: one scale for all, how far it can be trusted, and which pairs to show.

The model is Davidson's, with the order effect of Davidson and Beaver: i first and j second have the weights
:math:`\pi_i : \gamma\pi_j : \nu\sqrt{\pi_i\pi_j}` for first, second and tie. It is fitted by maximum likelihood.

Intervals resample participants and items, each with multinomial weights; a vote counts with the product of both (the
pigeonhole bootstrap of Owen). They are percentile intervals, rather too wide than too narrow. A single participant, or
a single item, cannot be resampled: the interval then says nothing about others. In a resample in which a method never
wins it counts as having won a hundredth of a vote (`TRACE`); an interval that reaches that far has in truth no lower
end.

Examples
--------
>>> outcome = ["first"] * 60 + ["second"] * 30 + ["tie"] * 30
>>> result = bradley_terry(["ours"] * 120, ["theirs"] * 120, outcome, range(120), [0] * 120, reference="theirs")
>>> round(math.exp(result.log_strengths["ours"].value), 6), round(result.tie.value, 5)
(2.0, 0.70711)
>>> result.preference.round(3).tolist()
[[0.369, 0.5], [0.25, 0.369]]

References
----------
Bradley, R. A. and Terry, M. E. (1952). Biometrika 39, 324-345.
Davidson, R. R. (1970). Journal of the American Statistical Association 65, 317-328.
Davidson, R. R. and Beaver, R. J. (1977). Biometrics 33, 693-702.
Owen, A. B. (2007). Annals of Applied Statistics 1, 386-411.
"""

import itertools
import math
from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csgraph

from evaluation.interval import Interval
from evaluation.pairs.davidson import (
    Design,
    determined,
    deviance,
    finite,
    make_design,
    maximum_likelihood,
    probabilities,
)

__all__ = [
    "BradleyTerry",
    "Comparability",
    "Estimate",
    "IntransitiveTriple",
    "bradley_terry",
    "connected",
    "intransitive_triples",
]

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

OUTCOMES = ("first", "second", "tie")

TRACE = 0.01
"""Answers that every outcome of every pair gets in addition in resamples, so that a method that never wins in one of
them is estimated as very weak instead of infinitely weak."""


@dataclass(frozen=True)
class Estimate:
    """A parameter and its bootstrap interval; None where it was not asked for or there is nothing to resample."""

    value: float
    interval: Interval | None


@dataclass(frozen=True)
class BradleyTerry:
    """Result of :func:`bradley_terry`.

    Attributes
    ----------
    reference : str
        The method whose log-strength is 0.
    log_strengths : Mapping of str to Estimate
        In alphabetical order. Without ties, the difference of two is the log-odds that one is preferred to the other.
    tie : Estimate or None
        Davidson's nu, the weight of a tie; None where no vote was one.
    order_effect : Estimate or None
        Log-odds for the first of two equal methods (minus log gamma of Davidson and Beaver); None if not modelled.
    deviance : float
        Lack of fit against the observed frequencies of each pair; about chi-squared with `df` degrees of freedom if
        the model holds and votes are independent, larger where participants or items differ.
    df : int
        0 where the model cannot misfit.
    preference : ndarray, shape (k, k)
        Predicted share of answers that prefer the row's method to the column's, over both orders. The rest are ties
        and preferences for the column's.
    votes, participants, items : int
        Size of the data.
    penalty : float
        Answers added to each pair.
    """

    reference: str
    log_strengths: Mapping[str, Estimate]
    tie: Estimate | None
    order_effect: Estimate | None
    deviance: float
    df: int
    preference: FloatArray
    votes: int
    participants: int
    items: int
    penalty: float


@dataclass(frozen=True)
class Comparability:
    """Result of :func:`connected`.

    Attributes
    ----------
    groups : tuple of tuple of str
        Methods that wins link in both directions, directly or through others; alphabetical.
    """

    groups: tuple[tuple[str, ...], ...]

    @property
    def one_scale(self) -> bool:
        """Whether all methods belong to one group."""
        return len(self.groups) == 1


@dataclass(frozen=True)
class IntransitiveTriple:
    """Three methods of which each is preferred to the next and the last to the first.

    Attributes
    ----------
    methods : tuple of str
        In that order.
    shares : tuple of float
        Of the answers to each pair for the method named first, a tie counting half.
    """

    methods: tuple[str, str, str]
    shares: tuple[float, float, float]


@dataclass(frozen=True)
class _Table:
    """Votes counted: cells of the design by outcomes; of each vote its place in the flat table and whose it is."""

    design: Design
    counts: FloatArray
    places: IntArray
    people: IntArray
    items: IntArray

    @property
    def outcomes(self) -> int:
        return int(self.counts.shape[1])


@dataclass(frozen=True)
class _Votes:
    """Votes as numbers: positions in `methods`, and in `OUTCOMES`."""

    methods: tuple[str, ...]
    first: IntArray
    second: IntArray
    outcome: IntArray

    def wins(self) -> FloatArray:
        """How often the row's method was preferred to the column's, (k, k); a tie is half a win of each."""
        won = np.zeros((len(self.methods),) * 2)
        for value, first, second in ((0, 1.0, 0.0), (1, 0.0, 1.0), (2, 0.5, 0.5)):
            rows = self.outcome == value
            np.add.at(won, (self.first[rows], self.second[rows]), first)
            np.add.at(won, (self.second[rows], self.first[rows]), second)
        return won


def bradley_terry(
    first: Iterable[str],
    second: Iterable[str],
    outcome: Iterable[str],
    participant: Iterable[Hashable],
    item: Iterable[Hashable],
    *,
    reference: str,
    order_effect: bool = False,
    penalty: float = 0.0,
    resamples: int = 500,
    confidence: float = 0.95,
    seed: int = 0,
) -> BradleyTerry:
    """Place methods on one scale by votes between pairs of them: model and intervals are the module's.

    Parameters
    ----------
    first, second : iterable of str
        Methods shown first (or on the left) and second in each vote, length V.
    outcome : iterable of str
        "first", "second" or "tie".
    participant, item : iterable of hashable
        Who voted, and on which item (question).
    reference : str
        The method whose log-strength is 0.
    order_effect : bool, optional
        Whether to model that the first of a pair is favoured or disfavoured.
    penalty : float, optional
        Answers, spread evenly over the outcomes, that are added to every pair (with an order effect to both orders).
        It draws strengths together and makes estimates finite whatever the votes. None by default; say so if used.
    resamples : int, optional
        Bootstrap samples for the intervals; 0 for none.
    confidence : float, optional
        Coverage aimed at, between 0 and 1.
    seed : int, optional
        Source of the resampling: equal seeds give equal intervals.

    Raises
    ------
    ValueError
        Votes that cannot be read, or that leave an estimate undetermined or infinite.
    ArithmeticError
        The fit did not converge, of the votes or of a resample: an estimate is nearly infinite. A larger penalty helps.
    """
    votes = _read(first, second, outcome)
    people, items = (_numbered(names, len(votes.outcome)) for names in (participant, item))
    _check_options(votes.methods, reference, penalty, resamples, confidence)
    table = _tabulated(votes, people, items, reference, order_effect)
    if not penalty:
        _check_estimable(votes, table.counts, table.design)
    added = penalty / table.outcomes
    fitted = maximum_likelihood(table.counts[None] + added, table.design, np.zeros(table.design.weights.shape[2]))[0]
    intervals: list[Interval | None] = [None] * len(fitted)
    if resamples and max(people.max(), items.max()) > 0:
        tables = _resampled(table, resamples, seed)
        intervals = _percentile_intervals(
            maximum_likelihood(tables + max(added, TRACE), table.design, fitted), confidence
        )
    return _result(votes, table, fitted, intervals, reference=reference, order_effect=order_effect, penalty=penalty)


def connected(first: Iterable[str], second: Iterable[str], outcome: Iterable[str]) -> Comparability:
    """Find which methods the votes place on one scale.

    Parameters
    ----------
    first, second, outcome
        As in :func:`bradley_terry`.

    Returns
    -------
    Comparability
        One group where every method can be reached from every other over wins (the win graph is strongly connected).
        A tie counts as a win of both. Between groups no finite difference can be estimated: methods of one were never
        compared with those of the other, or always won or always lost.

    Raises
    ------
    ValueError
        Votes that cannot be read.

    Examples
    --------
    >>> connected(["A", "A", "A"], ["B", "B", "C"], ["first", "second", "first"]).groups
    (('A', 'B'), ('C',))
    """
    return _comparability(_read(first, second, outcome))


def intransitive_triples(
    first: Iterable[str], second: Iterable[str], outcome: Iterable[str]
) -> tuple[IntransitiveTriple, ...]:
    """Find circles of three methods in the majorities, which no scale can explain.

    Parameters
    ----------
    first, second, outcome
        As in :func:`bradley_terry`. Pairs with equal votes for both prefer neither.

    Returns
    -------
    tuple of IntransitiveTriple
        Each circle once, from its alphabetically first method on. With few votes per pair they occur by chance.

    Raises
    ------
    ValueError
        Votes that cannot be read.

    Examples
    --------
    >>> intransitive_triples(["rock", "paper", "paper"], ["scissors", "rock", "scissors"], ["first", "first", "second"])
    (IntransitiveTriple(methods=('paper', 'rock', 'scissors'), shares=(1.0, 1.0, 1.0)),)
    """
    votes = _read(first, second, outcome)
    wins = votes.wins()
    preferred = wins > wins.T
    return tuple(
        IntransitiveTriple(
            methods=(votes.methods[a], votes.methods[b], votes.methods[c]),
            shares=(_share(wins, a, b), _share(wins, b, c), _share(wins, c, a)),
        )
        for a, one, other in itertools.combinations(range(len(votes.methods)), 3)
        for b, c in ((one, other), (other, one))
        if preferred[a, b] and preferred[b, c] and preferred[c, a]
    )


def _read(first: Iterable[str], second: Iterable[str], outcome: Iterable[str]) -> _Votes:
    ones, others, outcomes = list(first), list(second), list(outcome)
    if not len(ones) == len(others) == len(outcomes):
        raise ValueError(
            f"need one first, second and outcome per vote, got {len(ones)}, {len(others)}, {len(outcomes)}"
        )
    if not outcomes:
        raise ValueError("no votes: give at least one")
    for vote, (one, other, result) in enumerate(zip(ones, others, outcomes, strict=True)):
        if one == other:
            raise ValueError(f"vote {vote} compares {one!r} with itself")
        if result not in OUTCOMES:
            raise ValueError(f"vote {vote}: the outcome must be one of {', '.join(OUTCOMES)}, got {result!r}")
    methods = sorted({*ones, *others})
    number = {name: index for index, name in enumerate(methods)}
    return _Votes(
        methods=tuple(methods),
        first=np.array([number[name] for name in ones]),
        second=np.array([number[name] for name in others]),
        outcome=np.array([OUTCOMES.index(result) for result in outcomes]),
    )


def _numbered(names: Iterable[Hashable], votes: int) -> IntArray:
    listed = list(names)
    if len(listed) != votes:
        raise ValueError(f"need a participant and an item per vote, got {len(listed)} of one for {votes} votes")
    number = {name: index for index, name in enumerate(dict.fromkeys(listed))}
    return np.array([number[name] for name in listed])


def _check_options(methods: tuple[str, ...], reference: str, penalty: float, resamples: int, confidence: float) -> None:
    if reference not in methods:
        raise ValueError(f"the reference {reference!r} is none of the methods {', '.join(methods)}")
    if not (0 <= penalty < math.inf and resamples >= 0 and 0 < confidence < 1):
        raise ValueError(
            f"need penalty >= 0, resamples >= 0 and 0 < confidence < 1, got {penalty=}, {resamples=}, {confidence=}"
        )


def _comparability(votes: _Votes) -> Comparability:
    count, label = csgraph.connected_components(votes.wins() > 0, directed=True, connection="strong")
    groups = [tuple(name for name, group in zip(votes.methods, label, strict=True) if group == g) for g in range(count)]
    return Comparability(tuple(sorted(groups)))


def _check_estimable(votes: _Votes, counts: FloatArray, design: Design) -> None:
    remedy = "collect more votes, leave methods out, or set a penalty and say so"
    groups = _comparability(votes).groups
    if len(groups) > 1:
        named = " | ".join(", ".join(group) for group in groups)
        raise ValueError(f"wins do not link these groups of methods in both directions: {named}; {remedy}")
    if not determined(counts, design):
        raise ValueError(
            "votes do not tell order and methods apart: show pairs in both orders, or model no order effect"
        )
    if not finite(counts, design):
        raise ValueError(f"these votes make an estimate infinite (too many ties, or one side always wins); {remedy}")


def _tabulated(votes: _Votes, people: IntArray, items: IntArray, reference: str, order_effect: bool) -> _Table:
    ties = bool((votes.outcome == OUTCOMES.index("tie")).any())
    design = make_design(len(votes.methods), votes.methods.index(reference), ties=ties, order=order_effect)
    places = _places(votes, design, order_effect)
    cells, outcomes = design.weights.shape[:2]
    counts = np.bincount(places, minlength=cells * outcomes).reshape(cells, outcomes).astype(np.float64)
    return _Table(design, counts, places, people, items)


def _result(
    votes: _Votes,
    table: _Table,
    fitted: FloatArray,
    intervals: list[Interval | None],
    *,
    reference: str,
    order_effect: bool,
    penalty: float,
) -> BradleyTerry:
    estimates = [Estimate(float(value), interval) for value, interval in zip(fitted, intervals, strict=True)]
    order = estimates.pop() if order_effect else None
    tie = _exponential(estimates.pop()) if table.outcomes == len(OUTCOMES) else None
    estimates.insert(votes.methods.index(reference), Estimate(0.0, None))
    cells_seen = int((table.counts.sum(axis=1) > 0).sum())
    return BradleyTerry(
        reference=reference,
        log_strengths=dict(zip(votes.methods, estimates, strict=True)),
        tie=tie,
        order_effect=order,
        deviance=deviance(table.counts, probabilities(fitted[None], table.design)[0]),
        df=max(0, cells_seen * (table.outcomes - 1) - len(fitted)),
        preference=_preference(estimates, tie, order),
        votes=len(table.places),
        participants=int(table.people.max()) + 1,
        items=int(table.items.max()) + 1,
        penalty=penalty,
    )


def _places(votes: _Votes, design: Design, order_effect: bool) -> IntArray:
    """Position of each vote in the flattened table of cells and outcomes."""
    first, second, outcome = votes.first, votes.second, votes.outcome
    if not order_effect:  # Both orders of a pair are one cell.
        swap = first > second
        first, second = np.where(swap, second, first), np.where(swap, first, second)
        outcome = np.where(swap, np.array([1, 0, 2])[outcome], outcome)
    cell = np.zeros((len(votes.methods),) * 2, dtype=np.int64)
    cell[design.pairs[:, 0], design.pairs[:, 1]] = np.arange(len(design.pairs))
    return np.asarray(cell[first, second] * design.weights.shape[1] + outcome)


def _resampled(table: _Table, resamples: int, seed: int) -> FloatArray:
    """Tables of counts (B, K, O) with participants and items drawn again."""
    rng = np.random.default_rng(seed)
    sizes = int(table.people.max()) + 1, int(table.items.max()) + 1
    drawn = []
    for _ in range(resamples):
        by_person, by_item = (rng.multinomial(n, np.full(n, 1 / n)) for n in sizes)
        weights = by_person[table.people] * by_item[table.items]
        drawn.append(np.bincount(table.places, weights, minlength=table.counts.size))
    return np.array(drawn, dtype=np.float64).reshape(-1, *table.counts.shape)


def _percentile_intervals(estimates: FloatArray, confidence: float) -> list[Interval | None]:
    bounds = np.quantile(estimates, [(1 - confidence) / 2, (1 + confidence) / 2], axis=0)
    return [Interval(float(low), float(high), confidence) for low, high in bounds.T]


def _exponential(estimate: Estimate) -> Estimate:
    old = estimate.interval
    interval = None if old is None else Interval(math.exp(old.low), math.exp(old.high), old.confidence)
    return Estimate(math.exp(estimate.value), interval)


def _preference(strengths: list[Estimate], tie: Estimate | None, order: Estimate | None) -> FloatArray:
    log_strength = np.array([strength.value for strength in strengths])
    behind = log_strength - log_strength[:, None]  # the column's method over the row's
    nu = tie.value if tie else 0.0
    effect = order.value if order else 0.0
    shown_first = 1 / (1 + np.exp(behind - effect) + nu * np.exp(behind / 2))
    shown_second = 1 / (1 + np.exp(behind + effect) + nu * np.exp(behind / 2 + effect))
    return np.asarray((shown_first + shown_second) / 2)


def _share(wins: FloatArray, one: int, other: int) -> float:
    return float(wins[one, other] / (wins[one, other] + wins[other, one]))
