"""Rays, weights, normals and light, against plain loops and numbers worked out by hand."""

import numpy as np
import pytest

from cmp_engine.rendering import Light
from cmp_engine.rendering.raster import blend, shading, trace, vertex_normals


def met_by_each_ray(seen, faces, size, samples):
    """The nearest face of every ray and its weights, ray by ray and face by face, by the areas of three triangles."""

    def doubled_area(a, b, c):
        return (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])

    met = {}
    for row in range(size * samples):
        for column in range(size * samples):
            point = ((column + 0.5) / samples - 0.5, (row + 0.5) / samples - 0.5)
            nearest = -np.inf
            for number, face in enumerate(faces):
                a, b, c = seen[face]
                area = doubled_area(a, b, c)
                if area >= 0:  # seen from behind: rows count downwards
                    continue
                weights = np.array([doubled_area(point, b, c), doubled_area(a, point, c), doubled_area(a, b, point)])
                weights /= area
                depth = weights @ seen[face, 2]
                if weights.min() >= 0 and depth > nearest:
                    nearest = depth
                    met[row * size * samples + column] = number, weights
    return met


@pytest.mark.parametrize("samples", [1, 2])
def test_rays_meet_what_a_loop_over_rays_and_faces_finds(samples):
    rng = np.random.default_rng(3)
    seen = rng.uniform(-4, 12, (60, 3))  # a picture of 8 pixels, and around it
    faces = rng.permutation(60).reshape(20, 3)
    rays, hit, face, weights = trace(seen, faces, 8, samples)
    expected = met_by_each_ray(seen, faces, 8, samples)
    assert rays == (8 * samples) ** 2
    assert hit.tolist() == sorted(expected)
    assert len(set(face.tolist())) > 2
    assert face.tolist() == [expected[ray][0] for ray in hit]
    np.testing.assert_allclose(weights, [expected[ray][1] for ray in hit], atol=1e-9)


def test_faces_beyond_the_picture_seen_from_behind_or_without_area_are_not_met():
    seen = np.array([[1.0, 6, 0], [6, 6, 0], [1, 1, 0], [21, 6, 0], [26, 6, 0], [21, 1, 0]])
    assert len(trace(seen, np.array([[0, 1, 2]]), 8, 1)[1])
    for face in ([0, 2, 1], [3, 4, 5], [0, 1, 1]):
        assert not len(trace(seen, np.array([face]), 8, 1)[1])


def test_values_are_blended_by_their_weights():
    values = np.array([[0.0, 10], [1, 20], [2, 40]])
    blended = blend(values, np.array([[0, 1, 2], [2, 0, 1]]), np.array([[0.5, 0.25, 0.25], [1.0, 0, 0]]))
    np.testing.assert_allclose(blended, [[0.75, 20.0], [2.0, 40.0]])


def test_a_normal_is_weighted_by_area_and_a_lone_vertex_has_none():
    # At the first vertex a face of area 2 looks along z, and one of area 1/2 along x.
    vertices = np.array([[0.0, 0, 0], [2, 0, 0], [0, 2, 0], [0, 1, 0], [0, 0, 1], [9, 9, 9]])
    normals = vertex_normals(vertices, np.array([[0, 1, 2], [0, 3, 4]]))
    np.testing.assert_allclose(normals[0], np.array([1.0, 0, 4]) / np.sqrt(17))
    np.testing.assert_allclose(normals[[1, 4]], [[0, 0, 1], [1, 0, 0]])
    np.testing.assert_array_equal(normals[5], 0)


DARK = {"key": 0.0, "fill": 0.0, "sky": 0.0, "gloss": 0.0}


@pytest.mark.parametrize(
    ("strength", "normal", "expected"),
    [
        ("key", (0.6, 0.0, 0.8), 1.0),  # straight into the light
        ("key", (0.8, 0.0, -0.6), 0.15 / 1.15),  # at a right angle: light wraps around a little
        ("key", (-0.6, 0.0, -0.8), 0.0),
        ("fill", (-1.0, 0.0, 0.0), 0.6),  # from the other side
        ("fill", (1.0, 0.0, 0.0), 0.0),
        ("fill", (0.0, 0.0, 1.0), 0.64),
        ("sky", (0.0, 1.0, 0.0), 0.87),
        ("sky", (0.0, -1.0, 0.0), 0.37),
        ("sky", (0.0, 0.0, 1.0), 0.75),
    ],
)
def test_each_light_shines_from_its_side(strength, normal, expected):
    light = Light(direction=(3.0, 0.0, 4.0), **DARK | {strength: 1.0})  # of any length
    shade, gloss = shading(np.array([normal]), light)
    assert shade[0] == pytest.approx(expected, abs=1e-12)
    assert gloss[0] == 0


def test_the_highlight_is_halfway_between_light_and_viewer():
    light = Light(direction=(0.6, 0.0, 0.8), **DARK | {"gloss": 0.5})
    halfway = np.array([0.6, 0.0, 1.8]) / np.sqrt(3.6)
    beside = np.array([-halfway[2], 0.0, halfway[0]])
    normals = np.stack([halfway, 0.6 * beside + 0.8 * halfway, beside, -halfway])
    shade, gloss = shading(normals, light)
    np.testing.assert_allclose(gloss, [0.5, 0.5 * 0.8**24, 0.0, 0.0], atol=1e-12)
    np.testing.assert_array_equal(shade, 0)
