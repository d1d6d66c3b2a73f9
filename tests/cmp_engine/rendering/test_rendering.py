import numpy as np
import pytest
import torch

from cmp_engine.morphable import MorphableModel
from cmp_engine.rendering import (
    Appearance,
    Camera,
    Light,
    face_picture,
    frame_points,
    overlay,
    render,
    rotation,
    still,
    turntable,
)
from cmp_engine.rendering.raster import vertex_normals

TRIANGLE = np.array([[0.0, 0.0, 0.0], [40.0, 0.0, 0.0], [0.0, 40.0, 0.0]])
ONE_FACE = np.array([[0, 1, 2]])
STRAIGHT = Camera(1.0, np.eye(3), np.array([21.0, 40.0, 0.0]))


@pytest.fixture(scope="module")
def head():
    return MorphableModel.analytic("medium")


def sphere(rings=60):
    """A unit-free ball of radius 40 from quads, with its exact normals."""
    polar, around = np.meshgrid(np.linspace(0, np.pi, rings + 1), np.linspace(0, 2 * np.pi, 2 * rings), indexing="ij")
    points = 40 * np.stack([np.sin(polar) * np.sin(around), np.cos(polar), np.sin(polar) * np.cos(around)], -1)
    number = np.arange(polar.size).reshape(polar.shape)
    a, b, c, d = (x.ravel() for x in (number[:-1, :-1], number[1:, :-1], number[1:, 1:], number[:-1, 1:]))
    return points.reshape(-1, 3), np.concatenate([np.stack([a, b, c], 1), np.stack([a, c, d], 1)])


def test_a_triangle_fills_the_pixels_that_the_camera_convention_names():
    """1-based x to the right and y up in a 120 frame: the corner (0, 0) lies at column 20, row 80."""
    flat = Light(key=0.0, fill=0.0, sky=1.0 / 0.75, gloss=0.0)  # the sky gives 0.75 to a face towards the viewer
    picture = render(
        TRIANGLE,
        ONE_FACE,
        camera=STRAIGHT,
        size=120,
        colors=np.array([1.0, 0.5, 0.0]),
        light=flat,
        background=(0, 0, 0),
    )
    assert picture[78, 22].tolist() == [255, 128, 0]
    assert picture[42, 21].tolist() == [255, 128, 0]  # the corner up: 40 rows higher
    assert picture[79, 57].tolist() == [255, 128, 0]  # the corner to the right
    assert picture[60, 45].tolist() == [0, 0, 0]  # beyond the long side
    assert picture[84, 25].tolist() == [0, 0, 0]  # below
    covered = (picture[..., 0] / 255.0).sum()
    assert covered == pytest.approx(800, rel=0.02)  # its area, and rays that run along its border


def test_the_nearer_of_two_triangles_is_seen():
    far = TRIANGLE - [0.0, 0.0, 5.0]
    colors = np.repeat(np.eye(3)[:2], 3, axis=0)
    vertices, faces = np.concatenate([TRIANGLE, far]), np.array([[0, 1, 2], [3, 4, 5]])
    pixel = render(vertices, faces, camera=STRAIGHT, size=120, colors=colors)[70, 28]
    assert pixel[0] > 100
    assert pixel[1] < 40
    pixel = render(vertices, faces[::-1], camera=STRAIGHT, size=120, colors=colors)[70, 28]
    assert pixel[0] > 100


def test_a_sphere_is_brightest_where_it_faces_the_light():
    vertices, faces = sphere()
    toward = np.array([0.6, 0.0, 0.8])
    only_key = Light(direction=tuple(toward), key=1.0, fill=0.0, sky=0.0, gloss=0.0)
    camera = Camera.centered(1.0, np.eye(3))
    picture = render(
        vertices, faces, camera=camera, size=120, colors=np.full(3, 0.9), light=only_key, background=(0, 0, 0)
    )
    for u, v in ((0.6, 0.0), (0.0, 0.0), (0.0, 0.6), (-0.5, 0.3)):
        column, row = round(59.5 + 40 * u), round(59.5 - 40 * v)
        x, y = (column - 59.5) / 40, (59.5 - row) / 40  # the centre of the pixel on the ball
        wrapped = max(0.0, (np.array([x, y, np.sqrt(1 - x * x - y * y)]) @ toward + 0.15) / 1.15)
        assert picture[row, column, 0] == pytest.approx(255 * 0.9 * wrapped, abs=5)
    assert np.unravel_index(picture[..., 0].argmax(), (120, 120))[1] > 75  # light from the viewer's right


def test_normals_of_a_ball_point_outwards():
    vertices, faces = sphere()
    inner = slice(120, -120)  # without the poles
    unit = vertices / 40
    assert (vertex_normals(vertices, faces)[inner] * unit[inner]).sum(1).min() > 0.7
    assert np.median((vertex_normals(vertices, faces) * unit).sum(1)) > 0.999


def test_positive_angles_turn_right_up_and_counter_clockwise():
    nose, crown, right = np.eye(3)[2], np.eye(3)[1], np.eye(3)[0]
    assert (rotation(30.0) @ nose)[0] > 0.4
    assert (rotation(0.0, 30.0) @ nose)[1] > 0.4
    assert (rotation(0.0, 0.0, 30.0) @ right)[1] > 0.4
    assert (rotation(0.0, 0.0, 30.0) @ crown)[0] < -0.4


def test_the_pose_puts_landmarks_where_the_picture_shows_them(head):
    """Paint five landmarks red, find them in the picture, and compare with pose12 in the documented convention."""
    shape, expression = np.random.default_rng(5).normal(0, 1, 40), np.zeros(10)
    look = Appearance(yaw=12.0, pitch=-6.0, roll=8.0, scale=1.05, offset=(3.0, -2.0))
    _, pose12 = face_picture(head, shape, expression, look, size=64)
    vertices = head.vertices(*(torch.tensor(x, dtype=torch.float32)[None] for x in (shape, expression)))[0].numpy()
    matrix = pose12.reshape(3, 4)
    camera = Camera(1.0, matrix[:, :3].astype(float), matrix[:, 3].astype(float))
    for landmark in (8, 30, 36, 45, 57):
        place = vertices[head.landmarks[landmark]]
        near = np.exp(-0.5 * (np.linalg.norm(vertices - place, axis=1) / 3.0) ** 2)[:, None]
        mark = near * [1.0, 0.0, 0.0] + (1 - near) * [0.0, 0.0, 0.0]
        flat = Light(key=0.0, fill=0.0, sky=1.0, gloss=0.0)
        picture = render(
            vertices, head.faces.numpy(), camera=camera, size=64, colors=mark, light=flat, background=(0, 0, 0)
        )[..., 0].astype(float)
        rows, columns = np.mgrid[0:64, 0:64]
        seen = np.array([(columns * picture).sum(), (rows * picture).sum()]) / picture.sum()
        x, y, _ = matrix[:, :3] @ place + matrix[:, 3]
        expected = np.array([x - 1.0, 120.0 - y]) * 63 / 119
        assert np.abs(seen - expected).max() < 0.6, landmark


def test_pictures_of_different_people_differ_and_the_same_call_repeats(head):
    rng = np.random.default_rng(1)
    first, second = rng.normal(size=(2, 40))
    neutral = np.zeros(10)
    one, pose = face_picture(head, first, neutral, Appearance())
    again, _ = face_picture(head, first, neutral, Appearance())
    other, _ = face_picture(head, second, neutral, Appearance())
    assert one.shape == (64, 64, 3)
    assert one.dtype == np.uint8
    assert pose.shape == (12,)
    assert pose.dtype == np.float32
    assert np.array_equal(one, again)
    assert np.abs(one.astype(int) - other).mean() > 2.0


def test_colours_appear_where_they_belong(head):
    look = Appearance(skin=(0.7, 0.6, 0.5), hair=(0.0, 0.0, 0.9), background=(0.0, 0.9, 0.0))
    picture, pose12 = face_picture(head, np.zeros(40), np.zeros(10), look, size=120)
    matrix = pose12.reshape(3, 4)

    def pixel(point):
        x, y, _ = matrix[:, :3] @ point + matrix[:, 3]
        return picture[round(120 - y), round(x - 1)].astype(int)

    assert picture[2, 2].tolist() == [0, 230, 0]
    crown = pixel(np.array([0.0, 95.0, 60.0]))
    assert crown[2] > 2 * crown[0]  # blue hair
    cheek = pixel(np.array([40.0, -45.0, 75.0]))
    assert cheek[0] > cheek[1] > cheek[2]  # skin
    white, lip = (
        pixel(np.array([38.5, 0.0, 77.0])),
        pixel(head.mean[head.landmarks[57]].numpy() + np.array([0.0, 3.0, 0.0])),
    )
    assert white.min() > cheek.mean()  # the white of the eye
    assert lip[0] - lip[1] > cheek[0] - cheek[1]  # redder than skin


def test_long_hair_hides_the_ears(head):
    ear = np.array([80.0, -30.0, -15.0])
    look = {"hair": (0.0, 0.0, 0.9)}
    counts = []
    for length in (0.0, 1.0):
        picture, pose12 = face_picture(
            head, np.zeros(40), np.zeros(10), Appearance(**look, hair_length=length), size=120
        )
        matrix = pose12.reshape(3, 4)
        x, y, _ = matrix[:, :3] @ ear + matrix[:, 3]
        red, _, blue = picture[round(120 - y), round(x - 1)].astype(int)
        counts.append(blue > red)
    assert counts == [False, True]


def test_a_model_without_regions_is_refused(head):
    from dataclasses import replace

    with pytest.raises(ValueError, match="has no regions to colour"):
        face_picture(replace(head, regions={}), np.zeros(40), np.zeros(10), Appearance())


def test_stills_are_symmetric_but_for_the_light_and_turntables_are_loops(head):
    vertices, faces = head.mean.numpy(), head.faces.numpy()
    front = still(vertices, faces, size=96)
    outline = np.abs(front.astype(int) - front[0, 0]).max(-1) > 12
    assert (outline != outline[:, ::-1]).mean() < 0.01
    frames = turntable(vertices, faces, frames=4, size=48)
    assert len(frames) == 4
    assert np.array_equal(frames[0], frames[2])  # the swing passes the middle twice
    assert not np.array_equal(frames[1], frames[3])


def test_an_overlay_covers_the_face_of_its_picture_and_nothing_else(head):
    look = Appearance(yaw=5.0, background=(0.0, 0.9, 0.0))
    picture, pose12 = face_picture(head, np.zeros(40), np.zeros(10), look, size=120)
    laid = overlay(picture, head.mean.numpy(), head.faces.numpy(), pose12)
    changed = np.abs(laid.astype(int) - picture).max(-1) > 6
    background = (picture == picture[1, 1]).all(-1)
    assert (changed & background).mean() < 0.005
    assert changed[~background].mean() > 0.8


def test_frame_points_is_the_way_back_from_the_picture():
    points = np.random.default_rng(0).uniform(-50, 150, (7, 3))
    camera = Camera(0.5, rotation(20.0, -5.0, 8.0), np.array([61.0, 58.0, 3.0]))
    in_frame = 0.5 * points @ camera.turn.T + camera.offset
    for size in (120, 64, 333):
        np.testing.assert_allclose(frame_points(camera.project(points, size), size), in_frame, atol=1e-10)


def test_an_overlay_on_a_wide_picture_is_the_left_part_of_that_on_a_square(head):
    square = np.zeros((96, 96, 3), np.uint8)
    pose = Camera.centered(0.4, np.eye(3)).pose12
    whole = overlay(square, head.mean.numpy(), head.faces.numpy(), pose)
    assert whole.any()
    for picture in (square[:60], square[:, :60]):
        height, width = picture.shape[:2]
        part = overlay(picture, head.mean.numpy(), head.faces.numpy(), pose)
        np.testing.assert_array_equal(part, whole[:height, :width])
