import io

import numpy as np
import pytest
import trimesh

from cmp_engine.data import DatasetError, read_obj, write_obj, write_xyz
from cmp_engine.data.meshes import glb_bytes, obj_text

VERTICES = np.array([[0, 0, 0], [1.5, 0, 0], [0, -2.25, 1000.125]], np.float32)


def test_mesh_survives_writing_and_reading(tmp_path):
    write_obj(tmp_path / "a.obj", VERTICES, np.array([[0, 1, 2]]))
    assert (tmp_path / "a.obj").read_text().splitlines()[-1] == "f 1 2 3"
    vertices, faces = read_obj(tmp_path / "a.obj")
    np.testing.assert_array_equal(vertices, VERTICES)
    np.testing.assert_array_equal(faces, [[0, 1, 2]])


def test_comments_normals_and_colours_are_skipped(tmp_path):
    (tmp_path / "a.obj").write_text("# a head\nv 1 2 3 0.5 0.5 0.5\nvn 0 0 1\nv 4 5 6\nv 7 8 9\nf 1//1 2//1 3//1\n")
    vertices, faces = read_obj(tmp_path / "a.obj")
    np.testing.assert_array_equal(vertices, [[1, 2, 3], [4, 5, 6], [7, 8, 9]])
    np.testing.assert_array_equal(faces, [[0, 1, 2]])


def test_point_cloud_has_one_vertex_per_line(tmp_path):
    write_xyz(tmp_path / "a.xyz", VERTICES)
    np.testing.assert_array_equal(np.loadtxt(tmp_path / "a.xyz"), VERTICES)


CORNERS = "v 0 0 0\nv 1 0 0\nv 1 1 0\nv 0 1 0\n"


def test_polygons_become_fans(tmp_path):
    # Three quads have twelve corners: as many as four triangles.
    (tmp_path / "a.obj").write_text(CORNERS + "f 1 2 3 4\nf 2 3 4 1\nf 4/9 3/9 2/9 1/9\n")
    _, faces = read_obj(tmp_path / "a.obj")
    np.testing.assert_array_equal(faces, [[0, 1, 2], [0, 2, 3], [1, 2, 3], [1, 3, 0], [3, 2, 1], [3, 1, 0]])


def test_negative_numbers_count_back_from_the_last_vertex_so_far(tmp_path):
    (tmp_path / "a.obj").write_text("v 0 0 0\nv 1 0 0\nv 1 1 0\nf -3 -2 -1\nv 0 1 0\nf -4/-4 -2/-2 -1/-1\n")
    _, faces = read_obj(tmp_path / "a.obj")
    np.testing.assert_array_equal(faces, [[0, 1, 2], [0, 2, 3]])


def test_faces_may_stand_before_their_vertices(tmp_path):
    (tmp_path / "a.obj").write_text("f 1 2 3\nv 0 0 0\nv 1 0 0\nv 1 1 0\n")
    np.testing.assert_array_equal(read_obj(tmp_path / "a.obj")[1], [[0, 1, 2]])


def test_a_cloud_has_no_triangles(tmp_path):
    (tmp_path / "a.obj").write_text(CORNERS)
    vertices, faces = read_obj(tmp_path / "a.obj")
    assert (vertices.shape, vertices.dtype, faces.shape, faces.dtype) == ((4, 3), np.float32, (0, 3), np.int64)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("hello\n", "holds no vertices; write it again"),
        ("v 1 2 3\nf 1 2\n", r"not a readable mesh \(line 2: a face needs three corners\); write it again"),
        ("v 1 2\nv 3 4\nv 5 6\n", r"not a readable mesh \(line 1: a vertex needs three coordinates\)"),
        ("v 1 2 3\nv nan nan nan\n", r"not a readable mesh \(line 2: nan nan nan are not three finite numbers\)"),
        ("v 0 0 -inf\n", r"not a readable mesh \(line 1: 0 0 -inf are not three finite numbers\)"),
        ("v 0 1e39 0\n", r"not a readable mesh \(line 1: 0 1e39 0 are not three finite numbers\)"),  # float32 is full
        ("v 0 0 x\n", r"not a readable mesh \(line 1: could not convert"),
        (CORNERS + "f 0 1 2\n", r"not a readable mesh \(line 5: vertices 0 1 2 begin before the first\)"),
        (CORNERS + "f -5 -2 -1\n", r"not a readable mesh \(line 5: vertices -5 -2 -1 begin before the first\)"),
        (CORNERS + "f 1 2 3\nf 1 5 2\n", r"not a readable mesh \(line 6: vertex 5 of 4\); write it again"),
        (CORNERS + f"f 1 2 {10**20}\n", r"not a readable mesh \(line 5: vertex 100000000000000000000 of 4\)"),
        (CORNERS + "f 1 2 three\n", r"not a readable mesh \(line 5: invalid literal"),
    ],
)
def test_unreadable_mesh_is_named(tmp_path, text, message):
    (tmp_path / "a.obj").write_text(text)
    with pytest.raises(DatasetError, match=rf"a\.obj: {message}"):
        read_obj(tmp_path / "a.obj")


def test_missing_mesh_is_named(tmp_path):
    with pytest.raises(DatasetError, match=r"gone\.obj: not a readable"):
        read_obj(tmp_path / "gone.obj")


def test_mesh_for_other_programs_is_in_metres_with_normals():
    vertices = np.float32([[0, 0, 0], [100, 0, 0], [0, 200, 0], [0, 0, 300]])
    faces = np.array([[0, 2, 1], [0, 1, 3], [0, 3, 2], [1, 2, 3]])
    content = glb_bytes(vertices, faces)
    loaded = trimesh.load(io.BytesIO(content), file_type="glb", force="mesh", process=False)
    np.testing.assert_allclose(loaded.vertices, vertices / 1000, rtol=1e-5)
    np.testing.assert_array_equal(loaded.faces, faces)
    assert b'"NORMAL"' in content


def test_text_of_a_mesh_counts_vertices_from_one_and_keeps_micrometres():
    text = obj_text(np.float32([[0.0014, -2, 30.5], [1, 2, 3], [4, 5, 6]]), np.array([[0, 1, 2]]))
    assert text == "v 0.001 -2.000 30.500\nv 1.000 2.000 3.000\nv 4.000 5.000 6.000\nf 1 2 3\n"
