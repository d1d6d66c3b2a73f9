"""The model behind `evaluation.pairs.pairwise`: Bradley-Terry with ties and an order effect, on counts of outcomes.

A cell is a pair of methods as shown, a first and a second; its outcomes are "first", "second" and, where ties
occurred, "tie". The logarithm of an outcome's weight is linear in the parameters, so the log-likelihood is concave.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import optimize, special

FloatArray = NDArray[np.float64]


@dataclass(frozen=True)
class Design:
    """How the logarithm of each outcome's weight depends on the parameters.

    Attributes
    ----------
    pairs : ndarray, shape (K, 2)
        Numbers of the first and the second method of each cell.
    weights : ndarray, shape (K, O, D)
        Coefficients of the parameters: one log-strength for each method but the reference, then log nu where ties are
        modelled, then the log-odds for the first of two equal methods where an order effect is.
    """

    pairs: NDArray[np.int64]
    weights: FloatArray


def make_design(methods: int, reference: int, *, ties: bool, order: bool) -> Design:
    r"""Cells and coefficients of the model.

    Parameters
    ----------
    methods : int
        Number of methods, numbered from 0.
    reference : int
        The one whose log-strength is 0.
    ties, order : bool
        Whether ties and an order effect are modelled. Without the latter only pairs with first < second are cells.

    Notes
    -----
    With strengths :math:`\pi`, the weights of "first", "second" and "tie" when i is shown first and j second are
    :math:`\pi_i`, :math:`\gamma\pi_j` and :math:`\nu\sqrt{\pi_i\pi_j}` (Davidson and Beaver 1977; with
    :math:`\gamma = 1` Davidson 1970; with :math:`\nu = 0` as well Bradley and Terry). The parameters are
    :math:`\log\pi`, :math:`\log\nu` and :math:`-\log\gamma`.

    Examples
    --------
    >>> design = make_design(3, reference=0, ties=True, order=False)
    >>> design.pairs.tolist()
    [[0, 1], [0, 2], [1, 2]]
    >>> design.weights[2].tolist()  # methods 1 and 2: first, second, tie
    [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.5, 0.5, 1.0]]
    """
    first, second = np.triu_indices(methods, 1)
    if order:
        first, second = np.append(first, second), np.append(second, first)
    strength = np.eye(methods)
    weights = np.zeros((len(first), 3 if ties else 2, methods + ties + order))
    weights[:, 0, :methods] = strength[first]
    weights[:, 1, :methods] = strength[second]
    if ties:
        weights[:, 2, :methods] = (strength[first] + strength[second]) / 2
        weights[:, 2, methods] = 1
    if order:
        weights[:, 1, -1] = -1
    return Design(np.stack([first, second], axis=1), np.delete(weights, reference, axis=2))


def maximum_likelihood(counts: FloatArray, design: Design, start: FloatArray) -> FloatArray:
    """Parameters (B, D) of B tables of counts (B, K, O) by Newton's method, all at once.

    Raises
    ------
    ArithmeticError
        No convergence: the estimate is infinite or nearly so, see :func:`finite`.

    Examples
    --------
    >>> design = make_design(2, reference=1, ties=False, order=False)
    >>> counts = np.array([[[20.0, 10.0]], [[5.0, 5.0]]])
    >>> np.exp(maximum_likelihood(counts, design, np.zeros(1))).round(6).tolist()
    [[2.0], [1.0]]
    """
    parameters = np.tile(start, (len(counts), 1))
    for _ in range(100):
        step, gain = _newton_step(counts, parameters, design)
        if (gain < 1e-12).all():  # The rest is far below the standard errors.
            return parameters + step
        parameters = _uphill(counts, parameters, step, gain, design)
    raise ArithmeticError(f"the fit did not converge: a step still gains {gain.max():.1e}; set a penalty")


def _newton_step(counts: FloatArray, parameters: FloatArray, design: Design) -> tuple[FloatArray, FloatArray]:
    """Steps (B, D) to the maximum of the quadratic approximation, and twice what each would gain (B,)."""
    batch, _, _ = counts.shape
    flat = design.weights.reshape(-1, design.weights.shape[2])  # (KO, D)
    products = (flat[:, :, None] * flat[:, None, :]).reshape(len(flat), -1)  # (KO, DD)
    totals = counts.sum(axis=2, keepdims=True)  # (B, K, 1)
    chance = probabilities(parameters, design)
    expected = totals * chance  # (B, K, O)
    gradient = (counts - expected).reshape(batch, -1) @ flat  # (B, D)
    centre = np.einsum("bko,kod->bkd", chance, design.weights)
    spread = (expected.reshape(batch, -1) @ products).reshape(batch, *parameters.shape[1:] * 2)
    information = spread - (centre * totals).transpose(0, 2, 1) @ centre  # (B, D, D)
    # Far from its maximum a table's likelihood can be flat to rounding; the trace keeps the equations solvable there.
    information += 1e-9 * np.eye(len(flat[0]))
    step = np.linalg.solve(information, gradient[:, :, None])[:, :, 0]
    return step, (step * gradient).sum(axis=1)


def _uphill(
    counts: FloatArray, parameters: FloatArray, step: FloatArray, gain: FloatArray, design: Design
) -> FloatArray:
    """Go the first of the whole step, half of it, a quarter, ... that gains a fourth of what its slope promises."""
    before = _log_likelihood(counts, parameters, design)
    length = np.ones(len(counts))
    for _ in range(40):
        after = _log_likelihood(counts, parameters + length[:, None] * step, design)
        # Beside a large likelihood a small gain is lost in rounding.
        short = after - before < length * gain / 4 - 1e-12 * np.abs(before)
        if not short.any():
            break
        length[short] /= 2
    return parameters + length[:, None] * step


def _log_likelihood(counts: FloatArray, parameters: FloatArray, design: Design) -> FloatArray:
    log_chance = special.log_softmax(np.einsum("kod,bd->bko", design.weights, parameters), axis=2)
    return np.asarray((counts * log_chance).sum(axis=(1, 2)))


def probabilities(parameters: FloatArray, design: Design) -> FloatArray:
    """Probability of each outcome of each cell, (B, K, O), for parameters (B, D).

    Examples
    --------
    >>> design = make_design(2, reference=1, ties=False, order=False)
    >>> probabilities(np.log([[3.0]]), design).round(6).tolist()
    [[[0.75, 0.25]]]
    """
    return np.asarray(special.softmax(np.einsum("kod,bd->bko", design.weights, parameters), axis=2))


def deviance(counts: FloatArray, chance: FloatArray) -> float:
    """Twice the log-likelihood lost against the observed frequencies; counts and probabilities of shape (K, O).

    Examples
    --------
    >>> round(deviance(np.array([[6.0, 4.0]]), np.array([[0.5, 0.5]])), 6)  # 2 (6 log 1.2 + 4 log 0.8)
    0.40271
    """
    expected = counts.sum(axis=1, keepdims=True) * chance
    return 2 * float((special.xlogy(counts, counts) - special.xlogy(counts, expected)).sum())


def determined(counts: FloatArray, design: Design) -> bool:
    """Whether these counts (K, O) tell all parameters apart.

    Examples
    --------
    >>> design = make_design(2, reference=1, ties=False, order=True)
    >>> determined(np.array([[6.0, 4.0], [0.0, 0.0]]), design)  # one method always first
    False
    """
    return bool(np.linalg.matrix_rank(_contrasts(counts, design)) == design.weights.shape[2])


def finite(counts: FloatArray, design: Design) -> bool:
    """Whether the likelihood of these counts (K, O) has its maximum at finite parameters.

    It has not if along some direction no observed outcome ever becomes less probable and one becomes more so; a linear
    programme looks for such a direction.

    Examples
    --------
    >>> design = make_design(2, reference=1, ties=False, order=False)
    >>> finite(np.array([[6.0, 4.0]]), design), finite(np.array([[6.0, 0.0]]), design)
    (True, False)
    """
    contrasts = _contrasts(counts, design)
    found = optimize.linprog(
        -contrasts.sum(axis=0), A_ub=-contrasts, b_ub=np.zeros(len(contrasts)), bounds=(-1, 1), method="highs"
    )
    assert found.fun is not None  # No direction at all is always feasible.
    return bool(-found.fun < 1e-9)


def _contrasts(counts: FloatArray, design: Design) -> FloatArray:
    """Log-odds of every observed outcome against the other outcomes of its cell, as coefficients (R, D)."""
    cell, outcome = np.nonzero(counts)
    differences = design.weights[cell, outcome][:, None] - design.weights[cell]  # (N, O, D)
    others = np.arange(counts.shape[1]) != outcome[:, None]
    return np.asarray(differences[others])
