"""Averages of losses between two lines of the log, without waiting for the device at every step."""

import torch
from torch import Tensor

from cmp_engine.training.parallel import processes, summed


class Meter:
    """Adds up named losses on their device."""

    def __init__(self) -> None:
        self._sums: dict[str, Tensor] = {}
        self._count = 0

    def add(self, losses: dict[str, Tensor]) -> None:
        """Add the losses of one step, each of shape ()."""
        for name, loss in losses.items():
            value = loss.detach()
            self._sums[name] = self._sums[name] + value if name in self._sums else value
        self._count += 1

    def flush(self) -> dict[str, float]:
        """Mean of each loss since the last call, over all processes; the only place that waits for the device."""
        if not self._count:
            return {}
        means = (summed(torch.stack(list(self._sums.values()))) / (self._count * processes())).tolist()
        named = dict(zip(self._sums, means, strict=True))
        self._sums, self._count = {}, 0
        return named
