import numpy as np
import pytest

from cmp_engine.data import is_test_name
from cmp_engine.simulation import SimulationError, draw_latents, draw_population
from cmp_engine.simulation.population import COUPLED_DIRECTIONS, DIRECTIONS, TRAIT_CORRELATIONS, TRAITS

PEOPLE = 40_000
# Four standard errors of a correlation at this size.
TOLERANCE = 4 / np.sqrt(PEOPLE)


def correlations(coupling: str) -> np.ndarray:
    """Of traits (rows) with shape coefficients (columns), (4, 40)."""
    latents = draw_latents(PEOPLE, coupling, np.random.default_rng(1))
    return np.corrcoef(latents.traits.T, latents.shape.T)[: len(TRAITS), len(TRAITS) :]


def test_without_coupling_no_coefficient_knows_of_any_trait():
    assert np.abs(correlations("none")).max() < 1.25 * TOLERANCE  # the largest of 160


def test_default_coupling_plants_the_stated_correlations_and_no_others():
    found = correlations("default")
    planted = {DIRECTIONS.index(each.direction): each for each in COUPLED_DIRECTIONS}
    for column, (_, trait, correlation) in planted.items():
        assert found[TRAITS.index(trait), column] == pytest.approx(correlation, abs=TOLERANCE)
    others = np.delete(found, list(planted), axis=1)
    assert np.abs(others).max() < 1.25 * TOLERANCE


def test_head_width_is_coupled_most():
    assert max(COUPLED_DIRECTIONS, key=lambda each: abs(each.correlation)).direction == "head_width"


@pytest.mark.parametrize("coupling", ["default", "none"])
def test_marginals_are_standard_normal_under_either_coupling(coupling):
    latents = draw_latents(PEOPLE, coupling, np.random.default_rng(2))
    everything = np.concatenate([latents.traits, latents.shape], axis=1)
    np.testing.assert_allclose(everything.mean(axis=0), 0, atol=TOLERANCE)
    np.testing.assert_allclose(everything.std(axis=0), 1, atol=TOLERANCE)
    assert np.quantile(everything, 0.975, axis=0) == pytest.approx(1.96, abs=0.06)
    np.testing.assert_allclose(np.corrcoef(latents.traits.T), TRAIT_CORRELATIONS, atol=TOLERANCE)


def test_coupling_changes_faces_only():
    coupled = draw_population(20, "default", seed=3)
    uncoupled = draw_population(20, "none", seed=3)
    assert [each.voice for each in coupled] == [each.voice for each in uncoupled]
    assert [each.name for each in coupled] == [each.name for each in uncoupled]
    differing = np.flatnonzero(np.any([a.shape != b.shape for a, b in zip(coupled, uncoupled, strict=True)], axis=0))
    assert set(differing) == {DIRECTIONS.index(each.direction) for each in COUPLED_DIRECTIONS}


def test_men_have_longer_tracts_and_lower_voices():
    people = draw_population(400, "default", seed=0)
    men, women = ([each.voice for each in people if each.gender == gender] for gender in "mf")
    assert 150 < len(men) < 250
    assert np.mean([v.vocal_tract_cm for v in men]) == pytest.approx(16.5, abs=0.4)
    assert np.mean([v.vocal_tract_cm for v in women]) == pytest.approx(15.0, abs=0.4)
    assert np.median([v.f0_hz for v in men]) == pytest.approx(128, abs=8)
    assert np.median([v.f0_hz for v in women]) == pytest.approx(187, abs=12)


@pytest.mark.parametrize("identities", [8, 30, 121])
def test_names_are_sorted_and_different_and_a_quarter_is_for_testing(identities):
    people = draw_population(identities, "default", seed=identities)
    names = [each.name for each in people]
    assert names == sorted(set(names))
    assert len(names) == identities
    assert sum(map(is_test_name, names)) == round(identities / 4)
    assert [each.vox_id for each in people] == sorted({each.vox_id for each in people})
    assert all(name.replace("_", "").isalpha() and name.isascii() for name in names)


def test_same_seed_draws_the_same_people_and_another_seed_others():
    first, again, other = (draw_population(8, "default", seed) for seed in (5, 5, 6))
    assert [each.name for each in first] == [each.name for each in again]
    np.testing.assert_array_equal(first[3].shape, again[3].shape)
    assert first[3].voice == again[3].voice
    assert [each.name for each in first] != [each.name for each in other]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((7, "default", 0), "7 identities are too few; ask for at least 8"),
        ((8, "strong", 0), "unknown coupling 'strong'; choose one of: default, none"),
        ((8, "default", -1), "seed -1 is negative"),
    ],
)
def test_impossible_population_is_refused_with_the_remedy(arguments, message):
    with pytest.raises(SimulationError, match=message):
        draw_population(*arguments)
