"""What a voice cannot tell: colours stay a person's own, pose and light change with each picture."""

import numpy as np
import pytest

from cmp_engine.simulation.appearance import EXPRESSION_SD, EXPRESSIONS, Look, draw_expression


@pytest.fixture(scope="module")
def looks():
    return [Look(np.random.default_rng(seed)) for seed in range(400)]


@pytest.fixture(scope="module")
def snapshots(looks):
    rng = np.random.default_rng(0)
    return [look.snapshot(rng) for look in looks]


def test_colours_are_the_same_in_all_pictures_of_a_person(looks):
    look, rng = looks[0], np.random.default_rng(1)
    pictures = [look.reference(), look.snapshot(rng), look.snapshot(rng)]
    for part in ("skin", "hair", "iris"):
        assert {getattr(each, part) for each in pictures} == {getattr(look, part)}


def test_colours_differ_between_people_and_stay_within_what_can_be_drawn(looks):
    for part in ("skin", "hair", "iris"):
        colours = np.array([getattr(look, part) for look in looks])
        assert colours.min() >= 0.02
        assert colours.max() <= 0.98
        assert len(np.unique(colours, axis=0)) == len(looks)


def test_skin_goes_from_light_to_dark_and_is_redder_than_blue(looks):
    skin = np.array([look.skin for look in looks])
    assert skin.mean(axis=1).min() < 0.4
    assert skin.mean(axis=1).max() > 0.7
    assert (skin[:, 0] > skin[:, 2]).all()
    # The mean of a Beta(1.2, 2) is 0.375: between light (0.79) and dark (0.27), nearer to light.
    assert skin.mean() == pytest.approx(0.79 + 0.375 * (0.273 - 0.79), abs=0.03)


def test_reference_is_frontal_and_in_the_middle(looks):
    reference = looks[0].reference()
    assert (reference.yaw, reference.pitch, reference.roll, reference.scale) == (0, 0, 0, 1)
    assert reference.offset == (0, 0)


def test_snapshots_turn_a_little_as_a_face_detector_leaves_them(snapshots):
    angles = np.array([[each.yaw, each.pitch, each.roll] for each in snapshots])
    assert np.abs(angles).max() <= 10
    np.testing.assert_allclose(angles.std(axis=0), [4, 2.5, 1.5], rtol=0.12)
    np.testing.assert_allclose(angles.mean(axis=0), 0, atol=0.5)
    offsets = np.array([each.offset for each in snapshots])
    np.testing.assert_allclose(offsets.std(axis=0), 0.8, rtol=0.12)
    scales = np.array([each.scale for each in snapshots])
    assert np.log(scales).std() == pytest.approx(0.015, rel=0.12)


def test_light_comes_from_the_front_and_from_above(snapshots):
    lights = np.array([each.light for each in snapshots])
    np.testing.assert_allclose(np.linalg.norm(lights, axis=1), 1)
    assert lights[:, 1].min() >= 0
    assert lights[:, 1].max() <= np.sin(np.radians(50))
    assert lights[:, 2].min() > 0
    assert np.abs(np.degrees(np.arctan2(lights[:, 0], lights[:, 2]))).max() <= 45
    assert lights[:, 0].min() < -0.3 < 0.3 < lights[:, 0].max()


def test_backgrounds_are_colours_and_hardly_ever_twice_the_same(snapshots):
    backgrounds = np.array([each.background for each in snapshots])
    assert backgrounds.min() >= 0
    assert backgrounds.max() <= 0.95
    assert backgrounds.max(axis=1).min() >= 0.2  # the value of a colour is its largest part
    assert len(np.unique(backgrounds, axis=0)) == len(snapshots)


def test_expressions_are_close_to_neutral():
    rng = np.random.default_rng(0)
    drawn = np.stack([draw_expression(rng) for _ in range(2000)])
    assert drawn.shape == (2000, EXPRESSIONS)
    assert drawn.dtype == np.float32
    np.testing.assert_allclose(drawn.std(axis=0), EXPRESSION_SD, rtol=0.08)
    np.testing.assert_allclose(drawn.mean(axis=0), 0, atol=0.06)
