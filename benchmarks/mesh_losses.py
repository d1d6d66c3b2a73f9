"""The released losses on meshes, with dense meshes and in coefficient space: forward and backward at batch 64."""

import statistics
import time
from collections.abc import Callable

import torch
from torch import Tensor

from cmp_engine.losses import MeshDistance, frontal_coefficients, half_mean_squared_error, triplet_loss
from cmp_engine.morphable import MorphableModel

BATCH = 64
RUNS = 3


def report(line: Callable[[str, str, str], None]) -> None:
    """Print both times and their ratio."""
    model = MorphableModel.analytic("full")
    distance = MeshDistance(model.mean, model.basis)
    columns = torch.cat([model.mean.reshape(-1, 1), model.basis], dim=1)

    def dense(*coefficients: Tensor) -> Tensor:
        meshes = [(each @ columns.T).reshape(BATCH, -1, 3).transpose(1, 2) for each in coefficients]
        return half_mean_squared_error(meshes[0], meshes[3]) + triplet_loss(*meshes[:3])

    def compact(*coefficients: Tensor) -> Tensor:
        return distance.half_mean_squared_error(coefficients[0], coefficients[3]) + distance.triplet_loss(
            *coefficients[:3]
        )

    slow, fast = cpu_seconds(dense), cpu_seconds(compact)
    line("losses on dense meshes, batch 64, CPU ms", f"{1000 * slow:.0f}", "-")
    line("the same in coefficient space, CPU ms", f"{1000 * fast:.2f}", "-")
    line("coefficient space, times faster", f"{slow / fast:.0f}", "-")


def cpu_seconds(losses: Callable[..., Tensor]) -> float:
    """Median CPU time of forward and backward, after one that is not counted."""
    times = []
    for _ in range(RUNS + 1):
        parts = [
            frontal_coefficients(0.5 + 0.01 * torch.randn(BATCH), torch.randn(BATCH, 50)).requires_grad_()
            for _ in range(4)
        ]
        start = time.process_time()
        losses(*parts).backward()  # type: ignore[no-untyped-call]
        times.append(time.process_time() - start)
    return statistics.median(times[1:])
