"""Named vertices of named topologies: the lines of the absolute ratio error and the 68 face landmarks.

A topology is a fixed list of vertices in a fixed order. Vertex numbers (0-based) live here and nowhere else.
"""

from collections.abc import Mapping
from dataclasses import dataclass

Line = tuple[int, int]
"""Numbers of two vertices: the ends of a straight distance."""

LINE_NAMES = ("outer_interocular", "ear", "forehead", "midline", "cheek")
"""EF, AB, CD, GH and IJ in the paper; the first one is the unit of the other four."""


class TopologyError(ValueError):
    """A topology that is unknown, lacks what is asked of it, or does not fit the vertices."""


@dataclass(frozen=True)
class Topology:
    """A named vertex order.

    Attributes
    ----------
    name : str
        For example ``"bfm-53215"``.
    vertices : int
        Number of vertices.
    lines : Mapping of str to (int, int), or None
        Vertex pairs under the names of `LINE_NAMES`; None when the topology lacks one of the vertices.
    """

    name: str
    vertices: int
    lines: Mapping[str, Line] | None


_ANALYTIC_LINES: dict[str, Line] = {
    "outer_interocular": (634, 2614),
    "ear": (313, 2917),
    "forehead": (524, 2720),
    "midline": (538, 2692),
    "cheek": (744, 2496),
}

ANALYTIC_LANDMARKS = (
    119, 66, 243, 387, 534, 764, 1045, 1316, 1595, 1916, 2195, 2476, 2706, 2851, 2991, 3164, 3143,
    666, 926, 1162, 1362, 1436, 1826, 1902, 2102, 2318, 2578,
    1627, 1621, 1619, 1615, 1340, 1414, 1609, 1804, 1880,
    634, 902, 1156, 1354, 1152, 898, 1894, 2096, 2352, 2614, 2348, 2092,
    1090, 1236, 1516, 1605, 1696, 1978, 2150, 1872, 1782, 1599, 1458, 1368,
    1188, 1410, 1603, 1800, 2052, 1764, 1601, 1476,
)  # fmt: skip
"""The 68 ibug landmarks on every level of the analytic head, whose coarser levels are prefixes of the finer ones."""

_BFM_LINES: dict[str, Line] = {
    # As published with Cross-Modal Perceptionist. The outer eye pair is not symmetric (14607 lies 17 mm away from
    # landmark 45); the numbers are kept, because every published error was measured with them.
    "outer_interocular": (2217, 14607),
    "ear": (20636, 34153),
    "forehead": (1678, 42117),
    "midline": (2130, 15003),
    "cheek": (2294, 13635),
}

TOPOLOGIES: dict[str, Topology] = {
    topology.name: topology
    for topology in (
        # The file of the Basel Face Model 2009; 3DDFA's table ``trimIndex`` keeps 53215 vertices of it. It has the
        # vertices of the lines under other numbers, which depend on that table.
        Topology("bfm-53490", 53490, None),
        Topology("bfm-53215", 53215, _BFM_LINES),
        # The version without ears and neck (3DDFA-V2) lacks vertex 34153, one end of the ear line.
        Topology("bfm-38365", 38365, None),
        # The low resolution of the Surrey Face Model: a mask without ears.
        Topology("surrey-3448", 3448, None),
        Topology("analytic-head-low", 3242, _ANALYTIC_LINES),
        Topology("analytic-head-medium", 12962, _ANALYTIC_LINES),
        Topology("analytic-head-full", 51842, _ANALYTIC_LINES),
    )
}


def named_topology(name: str) -> Topology:
    """Look up a topology.

    Parameters
    ----------
    name : str
        One of the keys of `TOPOLOGIES`.

    Returns
    -------
    Topology

    Raises
    ------
    TopologyError
        No topology has this name.
    """
    if name not in TOPOLOGIES:
        raise TopologyError(f"unknown topology {name!r}; known are {', '.join(sorted(TOPOLOGIES))}")
    return TOPOLOGIES[name]


def lines_of(name: str, vertices: int) -> Mapping[str, Line]:
    """Return the ARE lines of a topology after checking that the mesh has its vertices.

    Parameters
    ----------
    name : str
        One of the keys of `TOPOLOGIES`.
    vertices : int
        Number of vertices of the mesh at hand.

    Returns
    -------
    Mapping of str to (int, int)
        Vertex pairs under the names of `LINE_NAMES`.

    Raises
    ------
    TopologyError
        The name is unknown, the mesh has another number of vertices, or the topology has no ARE lines.
    """
    topology = named_topology(name)
    if vertices != topology.vertices:
        raise TopologyError(f"topology {name!r} has {topology.vertices} vertices, the mesh has {vertices}")
    if topology.lines is None:
        raise TopologyError(
            f"topology {name!r} lacks vertices of the absolute ratio error; rebuild the mesh on a topology that has "
            f"them: {', '.join(key for key, value in TOPOLOGIES.items() if value.lines)}"
        )
    return topology.lines
