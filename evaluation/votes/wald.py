"""Wald tests: coefficients of a regression over their standard errors, by Student's t."""

import math
from dataclasses import dataclass

from scipy import special, stats

from evaluation.interval import Interval, t_interval, two_sided_p_value


@dataclass(frozen=True)
class WaldTest:
    """Result of :func:`wald_test`.

    Attributes
    ----------
    estimate, se : float
        The coefficient and its standard error, in the unit of the model.
    df : int
        Degrees of freedom.
    t : float
        ``estimate / se``.
    p_value : float
        One-sided: the coefficient is above 0.
    interval : Interval
        ``estimate ± t(df) * se``, 95 %, two-sided.
    """

    estimate: float
    se: float
    df: int
    t: float
    p_value: float
    interval: Interval

    @property
    def p_value_two_sided(self) -> float:
        """For effects without an expected direction, such as that of the side."""
        return two_sided_p_value(self.t, self.df)

    @property
    def estimable(self) -> bool:
        """False where the model has no best coefficient, or no variance of it: neither test nor interval."""
        return not math.isnan(self.t)


def wald_test(estimate: float, se: float, df: int) -> WaldTest:
    """Test and interval of a coefficient from its standard error; not-a-number where that is 0 but for rounding.

    Examples
    --------
    >>> result = wald_test(0.55424, 0.13979, 9)
    >>> round(result.t, 3), round(result.p_value, 4), round(result.interval.low, 2), round(result.interval.high, 2)
    (3.965, 0.0016, 0.24, 0.87)
    """
    if not se > 1e-10:
        se = math.nan
    t = estimate / se
    return WaldTest(
        estimate=estimate,
        se=se,
        df=df,
        t=t,
        p_value=float(stats.t.sf(t, df)),
        interval=t_interval(estimate, se, df),
    )


def as_probability(coefficient: WaldTest) -> tuple[float, Interval]:
    """A logit and its interval as probabilities.

    Examples
    --------
    >>> share, interval = as_probability(wald_test(0.55424, 0.13979, 9))
    >>> round(share, 3), round(interval.low, 3), round(interval.high, 3)
    (0.635, 0.559, 0.705)
    """
    share, low, high = (
        float(special.expit(logit))
        for logit in (coefficient.estimate, coefficient.interval.low, coefficient.interval.high)
    )
    return share, Interval(low, high, coefficient.interval.confidence)
