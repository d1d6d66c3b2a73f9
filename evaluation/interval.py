"""An interval of confidence: what every estimate here travels with, and how Student's t makes one."""

from dataclasses import dataclass

from scipy import stats


@dataclass(frozen=True)
class Interval:
    """A two-sided confidence interval of a share, a mean or a change.

    Attributes
    ----------
    low, high : float
        Bounds; those of a share between 0 and 1. An interval from a t distribution may reach beyond both ends.
    confidence : float
        Coverage aimed at, such as 0.95.
    """

    low: float
    high: float
    confidence: float


def t_interval(estimate: float, se: float, df: float, confidence: float = 0.95) -> Interval:
    """``estimate ± t(df) * se``, two-sided; not-a-number where the error or its degrees of freedom are.

    Examples
    --------
    >>> interval = t_interval(0.62, 0.031, df=12.3)
    >>> round(interval.low, 3), round(interval.high, 3), interval.confidence
    (0.553, 0.687, 0.95)
    """
    reach = float(stats.t.isf((1 - confidence) / 2, df)) * se
    return Interval(estimate - reach, estimate + reach, confidence)


def two_sided_p_value(t: float, df: float) -> float:
    """Of Student's t, for effects without an expected direction; not-a-number where t or its degrees of freedom are.

    Examples
    --------
    >>> round(two_sided_p_value(2.4, 7), 3) == round(two_sided_p_value(-2.4, 7), 3) == 0.047
    True
    """
    return 2 * float(stats.t.sf(abs(t), df))
