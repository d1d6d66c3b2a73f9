import numpy as np
import torch

from cmp_engine.morphable import MorphableModel
from cmp_engine.simulation import draw_latents
from cmp_engine.simulation.population import DIRECTIONS, TRAITS
from evaluation.faces.ratios import face_ratios


def ratios(shape: np.ndarray) -> np.ndarray:
    """Ear, forehead, midline and cheek ratio of the analytic head, (N, 4)."""
    model = MorphableModel.analytic("low")
    return face_ratios(model.vertices(torch.tensor(shape, dtype=torch.float32)).numpy(), model.topology)


def test_ear_ratio_depends_most_on_head_width():
    steps = np.eye(40)
    effect = np.abs(ratios(steps) - ratios(-steps))[:, 0]
    assert np.argmax(effect) == DIRECTIONS.index("head_width")


def explained(coupling: str) -> np.ndarray:
    """Share of each ratio's variance that the audible traits explain (linearly), (4,)."""
    latents = draw_latents(3000, coupling, np.random.default_rng(0))
    audible = latents.traits[:, [TRAITS.index("vocal_tract"), TRAITS.index("larynx")]]
    audible = audible - audible.mean(axis=0)
    wanted = ratios(latents.shape)
    wanted = wanted - wanted.mean(axis=0)
    residual = wanted - audible @ np.linalg.lstsq(audible, wanted, rcond=None)[0]
    return 1 - (residual**2).sum(axis=0) / (wanted**2).sum(axis=0)


def test_voice_tells_the_ear_ratio_best_and_nothing_without_coupling():
    coupled = explained("default")
    assert np.argmax(coupled) == 0
    assert coupled[0] > 0.45
    assert explained("none").max() < 0.01
