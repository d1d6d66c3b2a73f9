"""Files in the published layouts of the Basel Face Model, from reference data and stand-ins for its large bases."""

import pickle
import shutil
from pathlib import Path

import numpy as np

SMALL_FILES = ("u_shp.npy", "u_exp.npy", "keypoints_sim.npy", "tri.mat", "param_whitening.pkl")


def hashed(rows: int, columns: int, k: int) -> np.ndarray:
    """Numbers in [0, 1) from an integer hash of the place: the bases behind the reference meshes."""
    x = (np.arange(rows * columns, dtype=np.uint64) + k * 0x9E3779B9) % 2**32
    for shift, factor in ((16, 0x85EBCA6B), (13, 0xC2B2AE35)):
        x = ((x ^ (x >> np.uint64(shift))) * np.uint64(factor)) % 2**32
    return ((x ^ (x >> np.uint64(16))) / 2**32).reshape(rows, columns)


def write_arrays(folder: Path, golden: Path, shapes: np.ndarray, expressions: np.ndarray) -> Path:
    """The folder that ``from_bfm_arrays`` reads, with bases (159645, 40) and (159645, 10)."""
    folder.mkdir()
    for name in SMALL_FILES:
        shutil.copy(golden / "bfm" / name, folder)
    np.save(folder / "w_shp_sim.npy", shapes.astype(np.float32))
    np.save(folder / "w_exp_sim.npy", expressions.astype(np.float32))
    return folder


def write_3ddfa_v2(folder: Path, golden: Path, shapes: np.ndarray, expressions: np.ndarray) -> Path:
    """``bfm_noneck_v3.pkl`` and its companions: the same bases at the vertices that 3DDFA-V2 keeps."""
    folder.mkdir()
    kept = np.load(golden / "bfm" / "noneck38365_indices.npy")
    rows = (3 * kept[:, None] + np.arange(3)).ravel()
    mean = np.load(golden / "bfm" / "u_shp.npy") + np.load(golden / "bfm" / "u_exp.npy")
    place = np.full(53215, -1)
    place[kept] = np.arange(len(kept))
    landmarks = place[np.load(golden / "bfm" / "keypoints_sim.npy")[::3] // 3]
    content = {
        "u": mean[rows],
        "w_shp": shapes[rows].astype(np.float32),
        "w_exp": expressions[rows].astype(np.float32),
        "keypoints": (3 * landmarks[:, None] + np.arange(3)).ravel(),
        "tri": np.zeros((3, 5), np.int32),  # as published: not for this vertex order
    }
    (folder / "bfm_noneck_v3.pkl").write_bytes(pickle.dumps(content))
    shutil.copy(golden / "bfm" / "noneck38365_tri.pkl", folder / "tri.pkl")
    shutil.copy(golden / "3ddfa_v2" / "param_mean_std_62d_120x120.pkl", folder)
    return folder / "bfm_noneck_v3.pkl"
