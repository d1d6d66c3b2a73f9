"""Named vertices: every number is a vertex of its topology, and whatever does not fit is refused by name."""

import pytest

from evaluation.faces.landmarks import (
    ANALYTIC_LANDMARKS,
    LINE_NAMES,
    TOPOLOGIES,
    TopologyError,
    lines_of,
    named_topology,
)

WITH_LINES = [name for name, topology in TOPOLOGIES.items() if topology.lines]
WITHOUT_LINES = [name for name, topology in TOPOLOGIES.items() if not topology.lines]


def test_topologies_are_found_under_their_own_names():
    assert {name: named_topology(name).name for name in TOPOLOGIES} == {name: name for name in TOPOLOGIES}
    assert WITH_LINES == ["bfm-53215", "analytic-head-low", "analytic-head-medium", "analytic-head-full"]
    assert WITHOUT_LINES == ["bfm-53490", "bfm-38365", "surrey-3448"]


@pytest.mark.parametrize("name", [each for each in TOPOLOGIES if each[-1].isdigit()])
def test_a_number_in_the_name_is_that_of_its_vertices(name):
    assert named_topology(name).vertices == int(name.rpartition("-")[2])


@pytest.mark.parametrize("name", WITH_LINES)
def test_every_line_has_two_ends_among_the_vertices(name):
    topology = named_topology(name)
    assert tuple(topology.lines) == LINE_NAMES
    assert lines_of(name, topology.vertices) is topology.lines
    ends = [end for line in topology.lines.values() for end in line]
    assert len(ends) == len(set(ends)) == 10
    assert all(0 <= end < topology.vertices for end in ends)


def test_the_lines_of_the_basel_face_model_are_the_published_ones():
    assert dict(TOPOLOGIES["bfm-53215"].lines) == {
        "outer_interocular": (2217, 14607),
        "ear": (20636, 34153),
        "forehead": (1678, 42117),
        "midline": (2130, 15003),
        "cheek": (2294, 13635),
    }


def test_levels_of_the_analytic_head_share_lines_and_landmarks():
    levels = [TOPOLOGIES[f"analytic-head-{level}"] for level in ("low", "medium", "full")]
    assert levels[0].lines == levels[1].lines == levels[2].lines
    # Each level halves the edges of the one before: V + E vertices, on a closed surface 4 V - 6.
    assert [level.vertices for level in levels] == [3242, 4 * 3242 - 6, 4 * 12962 - 6]
    assert levels[0].lines["outer_interocular"] == (ANALYTIC_LANDMARKS[36], ANALYTIC_LANDMARKS[45])


def test_landmarks_are_sixty_eight_different_vertices_of_the_coarsest_level():
    assert len(ANALYTIC_LANDMARKS) == len(set(ANALYTIC_LANDMARKS)) == 68
    assert 0 <= min(ANALYTIC_LANDMARKS) <= max(ANALYTIC_LANDMARKS) < 3242


@pytest.mark.parametrize("name", ["", "BFM-53215", "flame", "analytic-head"])
def test_unknown_names_are_refused_with_all_known_ones(name):
    with pytest.raises(TopologyError) as caught:
        named_topology(name)
    assert str(caught.value) == f"unknown topology {name!r}; known are {', '.join(sorted(TOPOLOGIES))}"
    assert isinstance(caught.value, ValueError)


@pytest.mark.parametrize("name", WITHOUT_LINES)
def test_a_topology_without_ears_names_those_that_have_them(name):
    with pytest.raises(TopologyError) as caught:
        lines_of(name, TOPOLOGIES[name].vertices)
    assert str(caught.value) == (
        f"topology {name!r} lacks vertices of the absolute ratio error; rebuild the mesh on a topology that has them: "
        "bfm-53215, analytic-head-low, analytic-head-medium, analytic-head-full"
    )


@pytest.mark.parametrize("name", TOPOLOGIES)
@pytest.mark.parametrize("difference", [-1, 1])
def test_one_vertex_more_or_less_is_another_topology(name, difference):
    count = TOPOLOGIES[name].vertices
    with pytest.raises(TopologyError, match=f"{name}' has {count} vertices, the mesh has {count + difference}$"):
        lines_of(name, count + difference)
