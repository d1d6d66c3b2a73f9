"""Preference counts against chance: the test of the paper (Sec. 4.2, Eq. 8), exact and with its assumptions named.

Votes count as independent, although each participant casts several and each question is answered by many; with such
data the test rejects far too often. :func:`evaluation.votes.crossed.crossed_test` is the one to rely on.

The paper rejects from the quantile of order ``1 - alpha`` on (831 of 1540 at 0.001). The probability of reaching that
quantile exceeds `alpha` for every number of votes; the exact critical count is the next one (832).
"""

from dataclasses import dataclass
from typing import Literal

from scipy import special, stats

from evaluation.interval import Interval


@dataclass(frozen=True)
class PreferenceTest:
    """Result of :func:`preference_test`.

    Attributes
    ----------
    votes_for, votes : int
        Votes for the method under test, and all votes.
    chance : float
        Probability of a vote for the method under the null hypothesis.
    alpha : float
        Level of the one-sided test.
    share : float
        ``votes_for / votes``.
    p_value : float
        One-sided: the probability of at least ``votes_for`` votes under the null hypothesis.
    p_value_two_sided : float
        Probability, under the null hypothesis, of any count that is no likelier than the observed one.
    critical_count : int or None
        Smallest count whose one-sided p-value is at most `alpha`; None where even ``votes`` of ``votes`` is not enough.
    paper_bound : int
        The paper's threshold: the quantile of order ``1 - alpha``, one vote below the exact critical count.
    paper_size : float
        Probability of reaching `paper_bound` under the null hypothesis; always above `alpha`.
    interval : Interval
        Clopper-Pearson, 95 %, two-sided.
    """

    votes_for: int
    votes: int
    chance: float
    alpha: float
    share: float
    p_value: float
    p_value_two_sided: float
    critical_count: int | None
    paper_bound: int
    paper_size: float
    interval: Interval

    @property
    def significant(self) -> bool:
        """Whether the exact one-sided p-value is at most `alpha`."""
        return self.p_value <= self.alpha

    @property
    def significant_by_paper(self) -> bool:
        """Whether the paper's rule rejects, although the size of its test exceeds `alpha`."""
        return self.votes_for >= self.paper_bound


def preference_test(votes_for: int, votes: int, *, chance: float = 0.5, alpha: float = 0.001) -> PreferenceTest:
    """Test whether a method is preferred above chance: exact, one-sided (paper Eq. 8).

    Parameters
    ----------
    votes_for : int
        Votes for the method under test, 0 to `votes`.
    votes : int
        All votes, at least 1.
    chance : float, optional
        Probability of a vote for the method if nobody has a preference, between 0 and 1.
    alpha : float, optional
        Level of the one-sided test, between 0 and 1; 0.001 in the paper.

    Returns
    -------
    PreferenceTest
        p-values, the critical count, the paper's bound and the Clopper-Pearson interval.

    Raises
    ------
    ValueError
        Counts that no vote can give, or a probability outside (0, 1).

    Notes
    -----
    No vote for the method gives a p-value of 1 and an interval that starts at 0; all votes for it give
    ``chance ** votes`` and an interval that ends at 1.

    References
    ----------
    Clopper, C. J. and Pearson, E. S. (1934). Biometrika 26, 404-413.

    Examples
    --------
    >>> result = preference_test(832, 1540)
    >>> round(result.p_value, 6), result.critical_count, result.paper_bound
    (0.000857, 832, 831)
    >>> preference_test(831, 1540).significant, preference_test(831, 1540).significant_by_paper
    (False, True)
    """
    _check_counts(votes_for, votes)
    if not (0 < chance < 1 and 0 < alpha < 1):
        raise ValueError(f"need 0 < chance < 1 and 0 < alpha < 1, got {chance=}, {alpha=}")
    greater = stats.binomtest(votes_for, votes, chance, alternative="greater")
    paper_bound = int(stats.binom.ppf(1 - alpha, votes, chance))
    return PreferenceTest(
        votes_for=votes_for,
        votes=votes,
        chance=chance,
        alpha=alpha,
        share=votes_for / votes,
        p_value=float(greater.pvalue),
        p_value_two_sided=float(stats.binomtest(votes_for, votes, chance).pvalue),
        critical_count=critical_count(votes, chance=chance, alpha=alpha),
        paper_bound=paper_bound,
        paper_size=float(stats.binom.sf(paper_bound - 1, votes, chance)),
        interval=share_interval(votes_for, votes),
    )


def critical_count(votes: int, *, chance: float = 0.5, alpha: float = 0.001) -> int | None:
    """Smallest count of `votes` whose exact one-sided p-value is at most `alpha`; None where there is none.

    Examples
    --------
    >>> critical_count(1540), critical_count(10), critical_count(9)
    (832, 10, None)
    """
    count = int(stats.binom.isf(alpha, votes, chance)) + 1
    # The inverse may be off by one in the last digit; the p-value itself decides.
    while count > 0 and stats.binom.sf(count - 2, votes, chance) <= alpha:
        count -= 1
    while count <= votes and stats.binom.sf(count - 1, votes, chance) > alpha:
        count += 1
    return count if count <= votes else None


def share_interval(
    votes_for: int, votes: int, *, confidence: float = 0.95, method: Literal["exact", "wilson"] = "exact"
) -> Interval:
    """Two-sided interval of a share of independent votes: Clopper-Pearson (`exact`) or Wilson.

    Raises
    ------
    ValueError
        Counts that no vote can give, or a confidence outside (0, 1).

    Examples
    --------
    >>> interval = share_interval(850, 1540, method="wilson")
    >>> round(interval.low, 6), round(interval.high, 6)
    (0.527012, 0.576625)
    """
    _check_counts(votes_for, votes)
    if not 0 < confidence < 1:
        raise ValueError(f"need 0 < confidence < 1, got {confidence=}")
    if method == "wilson":
        bounds = stats.binomtest(votes_for, votes).proportion_ci(confidence, method=method)
        return Interval(low=float(bounds.low), high=float(bounds.high), confidence=confidence)
    # Quantiles of beta distributions; the search by which SciPy finds the same bounds takes hundreds of times as long.
    tail = (1 - confidence) / 2
    low = special.betaincinv(votes_for, votes - votes_for + 1, tail) if votes_for > 0 else 0.0
    high = special.betainccinv(votes_for + 1, votes - votes_for, tail) if votes_for < votes else 1.0
    return Interval(low=float(low), high=float(high), confidence=confidence)


def _check_counts(votes_for: int, votes: int) -> None:
    if votes < 1 or not 0 <= votes_for <= votes:
        raise ValueError(f"need 1 <= votes and 0 <= votes_for <= votes, got {votes_for=}, {votes=}")
