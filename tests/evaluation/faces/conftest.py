"""Reference values of the mesh metrics, and small meshes whose errors are known."""

import json

import numpy as np
import pytest

from evaluation.faces.landmarks import TOPOLOGIES


@pytest.fixture(scope="session")
def mean_face(golden):
    """The mean of the Basel Face Model in 3DDFA's layout, (53215, 3)."""
    parts = [np.load(golden / "bfm" / name) for name in ("u_shp.npy", "u_exp.npy")]
    return (parts[0].astype(np.float64) + parts[1]).reshape(-1, 3)


@pytest.fixture(scope="session")
def are_values(golden):
    """What the reference's own scripts printed."""
    return json.loads((golden / "are" / "values.json").read_text())


@pytest.fixture(scope="session")
def are_mesh(golden):
    """The deformed faces that they were given."""
    return lambda case: np.load(golden / "are" / f"{case}.npz")["vertices"]


@pytest.fixture
def head():
    """An egg of 3,242 points with a nose, on which every line of the coarse analytic head has a length."""
    rng = np.random.default_rng(7)
    directions = rng.normal(size=(TOPOLOGIES["analytic-head-low"].vertices, 3))
    directions /= np.linalg.norm(directions, axis=1, keepdims=True)
    nose = 25.0 * np.exp(-20.0 * (1.0 - directions[:, 2:]))
    return directions * [75.0, 110.0, 95.0] + nose * [0.0, 0.0, 1.0]
