"""Files for participants: exact enough, small enough, and without a trace of where they came from."""

import gzip
import io
import re
import struct

import DracoPy
import numpy as np
import pytest
import torch
import trimesh
from PIL import Image
from scipy.spatial import cKDTree

from cmp_engine.morphable import MorphableModel
from studyserver.generation.media.encoding import encode_image, encode_mesh, encode_turntable
from studyserver.generation.media.padding import DRACO, WEBP, pad


def webp_chunks(content: bytes) -> dict[bytes, bytes]:
    """The chunks of a WebP by their name, read by hand; pixel data left out."""
    assert content[:4] + content[8:12] == b"RIFFWEBP"
    assert struct.unpack("<I", content[4:8]) == (len(content) - 8,)
    chunks, place = {}, 12
    while place < len(content):
        (length,) = struct.unpack("<I", content[place + 4 : place + 8])
        kind = content[place : place + 4]
        chunks[kind] = b"" if kind == b"VP8L" else content[place + 8 : place + 8 + length]
        place += 8 + length + length % 2
    return chunks


def picture(seed: int, size: int = 64) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (size, size, 3), dtype=np.uint8)


@pytest.fixture(scope="module")
def head() -> trimesh.Trimesh:
    """A closed, bumpy surface of the size of a head."""
    ball = trimesh.creation.icosphere(subdivisions=5, radius=1.0)
    bumps = 1 + 0.04 * np.sin(5 * ball.vertices[:, :1]) * np.cos(4 * ball.vertices[:, 1:2])
    ball.vertices *= bumps * [78, 115, 98]
    return ball


def test_small_prediction_is_enlarged_and_the_reference_shown_at_the_same_size():
    sizes = {Image.open(io.BytesIO(encode_image(picture(1, size)))).size for size in (64, 256, 300)}
    assert sizes == {(256, 256)}


def shown(pixels: np.ndarray) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(encode_image(pixels))))


def test_picture_of_the_shown_size_keeps_every_pixel_of_the_face():
    pixels = picture(1, 256)
    face = np.s_[48:208, 80:176]  # From the hair to the chin, between the cheeks.
    assert np.array_equal(shown(pixels)[face], pixels[face])


def test_nothing_is_seen_of_the_edge_that_a_generator_tints():
    red, green = (np.full((64, 64, 3), color, np.uint8) for color in ((200, 0, 0), (0, 200, 0)))
    edges = np.ones((256, 256), bool)
    edges[2:-2, 20:-20] = False
    edges[:40, :40] = edges[-40:, -40:] = True
    differing = shown(red) != shown(green)
    assert not differing[edges].any()
    assert differing[128, 128].any()


def test_pictures_stand_on_the_colour_behind_the_meshes_beside_them(pytestconfig):
    style = (pytestconfig.rootpath / "static" / "css" / "base.css").read_text()
    assert "#{:02x}{:02x}{:02x}".format(*shown(picture(1))[0, 0]) == re.search(r"--stage: (#\w+)", style)[1]


def test_picture_holds_its_size_and_pixels_and_nothing_else():
    first, second = webp_chunks(encode_image(picture(1))), webp_chunks(encode_image(picture(2)))
    assert first == {b"VP8X": bytes(4) + b"\xff\0\0" * 2, b"VP8L": b""}  # No flag of metadata; 256 by 256.
    assert first == second


@pytest.mark.parametrize(
    "pixels", [np.zeros((64, 64), np.uint8), np.zeros((64, 64, 3)), np.zeros((64, 32, 3), np.uint8)]
)
def test_array_that_is_no_square_picture_is_refused(pixels):
    with pytest.raises(ValueError, match="square RGB bytes"):
        encode_image(pixels)


def test_turntable_shows_its_frames_side_by_side():
    frames = [picture(seed, 20) for seed in range(12)]
    strip = np.asarray(Image.open(io.BytesIO(encode_turntable(frames))))
    assert strip.shape == (20, 240, 3)
    assert np.array_equal(strip[:, 220:], frames[11])
    with pytest.raises(ValueError, match="12 frames, got 11"):
        encode_turntable(frames[:11])


def test_decoded_mesh_is_the_mesh_within_two_hundredths_of_a_millimetre(head):
    decoded = DracoPy.decode(encode_mesh(head.vertices.astype(np.float32), head.faces))
    assert len(decoded.points) == len(head.vertices)
    assert len(decoded.faces) == len(head.faces)
    distance, nearest = cKDTree(decoded.points).query(head.vertices)
    assert distance.max() < 0.02
    # The same triangles, seen through the new order of the vertices: same corners, same direction of winding.
    renamed = nearest[head.faces]
    first = renamed.argmin(axis=1)[:, None]
    turned = np.take_along_axis(renamed, (first + np.arange(3)) % 3, axis=1)
    given = decoded.faces
    lowest = given.argmin(axis=1)[:, None]
    expected = np.take_along_axis(given, (lowest + np.arange(3)) % 3, axis=1)
    assert {*map(tuple, turned)} == {*map(tuple, expected)}


def test_mesh_of_another_shape_has_the_same_header_and_no_metadata(head):
    wider = head.vertices * [1.2, 1, 1]
    files = [encode_mesh(vertices.astype(np.float32), head.faces) for vertices in (head.vertices, wider)]
    headers = {content[:11] for content in files}
    assert len(headers) == 1
    (flags,) = struct.unpack("<H", files[0][9:11])
    assert not flags & 0x8000  # Draco's metadata flag
    # Both lie on one grid: the quantisation does not follow the size of a method's heads.
    step = 360 / (2**14 - 1)
    for content in files:
        places = (np.asarray(DracoPy.decode(content).points, np.float64) - (-180, -225, -180)) / step
        assert np.abs(places - places.round()).max() < 0.01


@pytest.mark.parametrize("coordinate", [136.0, -226.0, float("nan")])
def test_mesh_outside_the_common_cube_is_refused(coordinate):
    with pytest.raises(ValueError, match="in the cube of 360 mm"):
        encode_mesh(np.array([[0, 0, 0], [1, 0, 0], [0, coordinate, 0]], np.float32), np.array([[0, 1, 2]]))


def test_full_head_takes_at_most_150_kilobytes_and_its_extremes_fit():
    model = MorphableModel.analytic("full")
    extreme = torch.cat([torch.zeros(1, 40), 3 * torch.eye(40)[:8], -3 * torch.eye(40)[:8]])
    meshes = model.vertices(extreme).numpy()
    sizes = [len(encode_mesh(vertices, model.faces.numpy())) for vertices in meshes]
    assert len(meshes[0]) > 50_000
    assert max(sizes) <= 150_000


@pytest.mark.parametrize("more", [8, 10, 70_000])
def test_padded_picture_has_the_size_asked_for_and_the_same_pixels(more):
    content = encode_image(picture(1))
    padded = pad(content, media_type=WEBP, size=len(content) + more)
    assert len(padded) == len(content) + more
    chunks = webp_chunks(padded)
    assert list(chunks) == [b"VP8X", b"VP8L", b"JUNK"]
    assert len(chunks[b"JUNK"]) == more - 8
    assert np.array_equal(np.asarray(Image.open(io.BytesIO(padded))), np.asarray(Image.open(io.BytesIO(content))))


def test_padded_mesh_has_the_size_asked_for_and_the_same_geometry(head):
    content = encode_mesh(head.vertices.astype(np.float32), head.faces)
    padded = pad(content, media_type=DRACO, size=len(content) + 5000)
    assert len(padded) == len(content) + 5000
    before, after = DracoPy.decode(content), DracoPy.decode(padded)
    assert np.array_equal(before.points, after.points)
    assert np.array_equal(before.faces, after.faces)


@pytest.mark.parametrize("media_type", [WEBP, DRACO])
def test_padding_is_the_same_each_time_and_no_compression_undoes_it(media_type):
    content = encode_image(np.zeros((8, 8, 3), np.uint8))
    padded, more = (pad(content, media_type=media_type, size=size) for size in (10_000, 14_000))
    assert padded == pad(content, media_type=media_type, size=10_000)
    assert len(gzip.compress(more)) - len(gzip.compress(padded)) > 3900  # of 4000 more


@pytest.mark.parametrize(("more", "why"), [(6, "at least 8 of padding do not fit"), (9, "an even number of bytes")])
def test_size_that_padding_cannot_reach_is_refused(more, why):
    content = encode_image(picture(1))
    with pytest.raises(ValueError, match=why):
        pad(content, media_type=WEBP, size=len(content) + more)
