"""Several tests at once: what to do with their p-values, which depends on what is claimed."""

import numpy as np


def holm(p_values: list[float]) -> list[float]:
    """Holm's step-down adjustment, for a claim about each test by itself.

    A p-value that is not a number (a test that could not be computed) stays so and still counts as a test.

    Parameters
    ----------
    p_values : list of float
        One p-value per test of the family.

    Returns
    -------
    list of float
        Adjusted p-values in the order given: rejecting where they are at most alpha keeps the chance of any false
        rejection at alpha or below.

    References
    ----------
    Holm, S. (1979). Scandinavian Journal of Statistics 6, 65-70.

    Examples
    --------
    >>> holm([0.01, 0.04, 0.03])
    [0.03, 0.06, 0.06]
    """
    given = np.asarray(p_values, dtype=np.float64)
    order = np.argsort(given)  # A missing p-value comes last and leaves the other factors as they are.
    adjusted = np.empty(len(given))
    adjusted[order] = np.maximum.accumulate(given[order] * np.arange(len(given), 0, -1)).clip(max=1)
    return [float(each) for each in adjusted]


def intersection_union(p_values: list[float]) -> float:
    """The p-value of the claim that every single effect is there: the largest, without any correction.

    Each test alone must reach alpha, which makes this hard enough. Not a number where one of the tests could not be
    computed.

    Parameters
    ----------
    p_values : list of float
        One p-value per test, at least one.

    Returns
    -------
    float

    Raises
    ------
    ValueError
        There is no p-value.

    References
    ----------
    Berger, R. L. (1982). Multiparameter hypothesis testing and acceptance sampling. Technometrics 24, 295-300.

    Examples
    --------
    >>> intersection_union([0.01, 0.04, 0.03])
    0.04
    """
    if not p_values:
        raise ValueError("need at least one p-value; a claim about no test has none")
    return float(np.max(p_values))


def fixed_order(p_values: list[float]) -> list[float]:
    """Adjusted p-values of tests in an order declared beforehand, each at the full alpha until the first fails.

    Parameters
    ----------
    p_values : list of float
        In the declared order.

    Returns
    -------
    list of float
        The largest p-value so far. Rejecting where it is at most alpha stops at the first failure; from a test that
        could not be computed (not a number) on, so are all that follow.

    References
    ----------
    Maurer, W., Hothorn, L. A. and Lehmacher, W. (1995). In Vollmar, J. (ed.), Testing Principles in Clinical and
    Preclinical Trials. Stuttgart: Fischer.

    Examples
    --------
    >>> fixed_order([0.01, 0.04, 0.03])
    [0.01, 0.04, 0.04]
    """
    return [float(p) for p in np.maximum.accumulate(np.asarray(p_values, dtype=np.float64))]
