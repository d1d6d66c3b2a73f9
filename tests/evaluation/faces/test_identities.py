"""Means over people, their bootstrap intervals and gains, against the reference scripts and naive loops."""

import numpy as np
import pytest
from scipy.stats import norm

from evaluation.faces.identities import IdentityErrors, gain, mean_error, per_identity
from evaluation.faces.ratios import absolute_ratio_errors

SKEWED = np.random.default_rng(4).gamma(1.5, 0.02, size=24)


def errors_of(values):
    return IdentityErrors(tuple(range(len(values))), np.asarray(values, dtype=float))


def resampled(statistic, count, resamples=20_000):
    """The statistic of people drawn again with replacement; it takes an array of row numbers."""
    rng = np.random.default_rng(99)
    return np.array([statistic(rng.integers(count, size=count)) for _ in range(resamples)])


def naive_bca(statistic, count, confidence=0.95):
    """Efron's formulas with loops; ``statistic`` takes an array of row numbers."""
    replicates = resampled(statistic, count)
    estimate = statistic(np.arange(count))
    bias = norm.ppf((np.mean(replicates < estimate) + np.mean(replicates <= estimate)) / 2)
    without = np.array([statistic(np.delete(np.arange(count), i)) for i in range(count)])
    away = without.mean() - without
    acceleration = (away**3).sum() / (6 * (away**2).sum() ** 1.5)
    ends = []
    for z in norm.ppf([(1 - confidence) / 2, (1 + confidence) / 2]):
        ends.append(norm.cdf(bias + (bias + z) / (1 - acceleration * (bias + z))))
    return np.quantile(replicates, ends)


def test_utterances_are_averaged_before_identities_as_in_the_reference_scripts(are_values, are_mesh, mean_face):
    groups = are_values["aggregation"]["groups"]
    names = [name for name, cases in groups.items() for _ in cases]
    meshes = np.stack([are_mesh(case) for cases in groups.values() for case in cases])
    columns = absolute_ratio_errors(meshes, mean_face).columns()
    for column, theirs in (("ER", "ER"), ("FR", "FR"), ("MR", "MR"), ("CR", "CR"), ("mean", "mean_of_four")):
        averaged = per_identity(names, columns[column])
        assert averaged.identities == ("identity_A", "identity_B")
        # 2e-7: the meshes are float32, the scripts read text.
        assert mean_error(averaged).mean == pytest.approx(are_values["aggregation"]["final"][theirs], abs=2e-7)
        if column != "mean":
            wanted = [are_values["aggregation"]["per_identity"][name][column] for name in averaged.identities]
            assert averaged.values == pytest.approx(wanted, abs=2e-7)


def test_identities_count_alike_however_many_utterances_they_have():
    result = per_identity(["A", "B", "B", "A", "A"], [0.4, 0.2, 0.0, 0.4, 0.4])
    assert dict(zip(result.identities, result.values, strict=True)) == pytest.approx({"A": 0.4, "B": 0.1})
    assert mean_error(result).mean == pytest.approx(0.25)


def test_interval_of_a_mean_is_efrons_bca():
    result = mean_error(errors_of(SKEWED))
    low, high = naive_bca(lambda rows: SKEWED[rows].mean(), len(SKEWED))
    # Two simulations of 10,000 and 20,000 resamples: each bound has a standard error of about 1 % of the width.
    width = high - low
    assert result.interval.low == pytest.approx(low, abs=0.05 * width)
    assert result.interval.high == pytest.approx(high, abs=0.05 * width)
    # What BCa is for: a right-skewed mean reaches further up than down.
    assert result.interval.high - result.mean > 1.1 * (result.mean - result.interval.low)
    assert (result.identities, result.interval.confidence) == (24, 0.95)


def test_gain_resamples_people_with_both_of_their_errors():
    baseline = SKEWED
    ours = 0.8 * SKEWED + np.random.default_rng(8).normal(0, 0.001, len(SKEWED))
    result = gain(errors_of(ours), errors_of(baseline))
    assert result.relative == pytest.approx(ours.mean() / baseline.mean() - 1)
    low, high = naive_bca(lambda rows: ours[rows].mean() / baseline[rows].mean() - 1, len(baseline))
    assert result.interval.low == pytest.approx(low, abs=0.05 * (high - low))
    assert result.interval.high == pytest.approx(high, abs=0.05 * (high - low))
    # Unpaired resampling would not tell a fifth less error from none.
    assert result.interval.high < -0.15


def test_interval_of_a_gain_is_efrons_bca_and_not_the_percentile_one():
    rng = np.random.default_rng(5)
    baseline = rng.gamma(2.0, 0.02, size=12)
    ours = 0.8 * baseline + rng.gamma(0.3, 0.02, size=12)  # a few people are much worse off

    def change(rows):
        return ours[rows].mean() / baseline[rows].mean() - 1

    found = gain(errors_of(ours), errors_of(baseline)).interval
    low, high = naive_bca(change, 12)
    # As above: simulation errs by about 1 % of the width.
    assert found.low == pytest.approx(low, abs=0.05 * (high - low))
    assert found.high == pytest.approx(high, abs=0.05 * (high - low))
    lowest, highest = np.quantile(resampled(change, 12), [0.025, 0.975])
    assert found.low - lowest > 0.05 * (high - low)
    assert found.high - highest > 0.1 * (high - low)


def test_gain_matches_people_by_name_not_by_place():
    base = per_identity(["Ann", "Bob", "Cyd"], [0.1, 0.2, 0.6])
    ours = per_identity(["Cyd", "Ann", "Bob"], [0.3, 0.05, 0.1])
    result = gain(ours, base)
    assert result.relative == pytest.approx(-0.5)
    assert result.interval is None  # half the error for everybody: nothing varies


def test_same_seed_same_interval_and_another_seed_another():
    errors = errors_of(SKEWED)
    assert mean_error(errors, seed=5) == mean_error(errors, seed=5)
    assert mean_error(errors, seed=5) != mean_error(errors, seed=6)


def test_wider_for_more_confidence():
    narrow, wide = (mean_error(errors_of(SKEWED), confidence=level).interval for level in (0.8, 0.99))
    assert wide.low < narrow.low < narrow.high < wide.high


@pytest.mark.parametrize("values", [[0.3], [0.2, 0.2, 0.2], [0.1 + 0.2, 0.3]])
def test_nothing_to_resample_gives_no_interval(values):
    assert mean_error(errors_of(values)).interval is None


def test_two_people_give_an_interval_between_them():
    interval = mean_error(errors_of([0.1, 0.3])).interval
    assert 0.1 <= interval.low <= interval.high <= 0.3


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: per_identity([], []), "no errors to average"),
        (lambda: per_identity(["A"], [0.1, 0.2]), r"one error per utterance, got shape \(2,\) for 1"),
        (lambda: per_identity(["A"], [np.nan]), "must be finite, got nan"),
        (lambda: gain(per_identity("AB", [1, 2]), per_identity("AC", [1, 2])), "same identities; 'B' has only one"),
        (lambda: gain(errors_of([1.0, 2.0]), errors_of([0.0, 0.0])), "baseline's mean error must be positive, got 0"),
        (lambda: mean_error(errors_of([1.0, 2.0]), confidence=95), "0 < confidence < 1, got 95"),
    ],
)
def test_what_cannot_be_averaged_is_refused_with_the_value(call, message):
    with pytest.raises(ValueError, match=message):
        call()
