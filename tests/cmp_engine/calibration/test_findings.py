"""What the outcomes of a calibration say, on outcomes whose answer is known."""

import numpy as np
import pytest

from cmp_engine.calibration import Outcome, findings_of
from cmp_engine.calibration.findings import ORACLE, Estimate
from cmp_engine.calibration.table import as_text
from cmp_engine.simulation.population import COUPLED_DIRECTIONS, DIRECTIONS

PEOPLE, UTTERANCES = 12, 2


def outcome(seed: int, coupling: str = "default") -> Outcome:
    """CMP-supervised knows the truth, Base-2 says the mean shape, CMP-unsupervised the opposite of the truth."""
    rng = np.random.default_rng(seed)
    truth = rng.normal(size=(PEOPLE, 40)).astype(np.float32)
    mean_shape = np.full(40, 0.3, np.float32)
    said = {"base-2": 0 * truth + mean_shape, "cmp-unsupervised": -truth, "cmp-supervised": truth}
    shape = {name: np.repeat(each[:, None], UTTERANCES, axis=1) for name, each in said.items()}
    expression = {name: np.zeros((PEOPLE, UTTERANCES, 10), np.float32) for name in said}
    return Outcome(coupling, seed, truth, mean_shape, shape, expression)


def test_interval_is_students_with_populations_as_observations():
    estimate = Estimate.of([1.0, 2.0, 3.0])
    half = 4.302653 / 3**0.5  # 97.5 % quantile of t with 2 degrees of freedom, from a table
    assert (estimate.mean, estimate.low, estimate.high) == pytest.approx((2.0, 2 - half, 2 + half), rel=1e-6)
    assert not estimate.excludes_zero
    assert Estimate.of([1.0, 1.1, 1.2]).excludes_zero
    assert Estimate.of([-1.0, -1.1, -1.2]).excludes_zero


def test_one_population_bounds_nothing():
    assert Estimate.of([0.3]) == Estimate(0.3, -np.inf, np.inf)


def test_method_that_knows_the_truth_wins_and_one_that_inverts_it_loses():
    found = findings_of([outcome(seed) for seed in range(4)])
    assert (found.populations, found.people) == (4, 4 * PEOPLE)
    assert found.errors["cmp-supervised"]["mean"].mean == pytest.approx(0.0, abs=1e-6)
    assert found.against_baseline["cmp-supervised"]["ER"].high < 0
    assert found.against_baseline["cmp-unsupervised"]["ER"].low > 0
    # Base-2 said what the oracle says.
    assert found.against_oracle["base-2"]["mean"].mean == pytest.approx(0.0, abs=1e-9)
    assert found.errors[ORACLE]["mean"].mean == pytest.approx(found.errors["base-2"]["mean"].mean)


def test_mean_is_that_of_the_four_ratios():
    errors = findings_of([outcome(0), outcome(1)]).errors["base-2"]
    assert errors["mean"].mean == pytest.approx(np.mean([errors[name].mean for name in ("ER", "FR", "MR", "CR")]))


def test_correlations_are_those_of_each_coupled_direction():
    outcomes = [outcome(seed) for seed in range(3)]
    column = DIRECTIONS.index("nose_width")
    for each in outcomes:  # One direction is told wrong, by one utterance of two.
        each.shape["cmp-supervised"][:, 0, column] = -3 * each.truth[:, column]
    found = findings_of(outcomes).correlations
    assert found["cmp-supervised"]["head_width"].mean == pytest.approx(1.0, abs=1e-6)
    assert found["cmp-supervised"]["nose_width"].mean == pytest.approx(-1.0, abs=1e-6)
    assert found["cmp-unsupervised"]["head_width"].mean == pytest.approx(-1.0, abs=1e-6)
    assert found["base-2"]["head_width"].mean == 0.0


def test_planted_correlations_have_no_sign_and_are_none_without_coupling():
    planted = findings_of([outcome(0), outcome(1)]).planted
    assert planted == {each.direction: abs(each.correlation) for each in COUPLED_DIRECTIONS}
    assert set(findings_of([outcome(0, "none"), outcome(1, "none")]).planted.values()) == {0.0}


def test_tables_mark_what_excludes_zero_and_tell_the_share_recovered():
    text = as_text(findings_of([outcome(seed) for seed in range(4)]))
    lines = text.splitlines()
    assert lines[0] == f"Coupling default: 4 simulated populations, {4 * PEOPLE} test people"
    (head_width,) = [line for line in lines if line.startswith("| head_width")]
    assert "+1.00 [+1.00, +1.00], 111 %" in head_width  # of the 0.90 that were planted
    supervised = [line for line in lines if line.startswith("| cmp-supervised")]
    assert supervised[1].count("] *") == 5
