"""Several processes that train as one, started by ``torchrun``.

A batch of the configuration is one step's batch of all processes together; process r of n takes its rows r, r + n,
r + 2 n, ... Whatever joins the samples of a batch is shared: statistics of batch normalisation, the neighbourhoods of
Eq. 5, gradients. Noise and dropout are drawn for the whole batch in every process, from generators in the same state.
So n processes do what one does, but for the order of floating-point sums.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any, TypeVar

import torch
from torch import Tensor, distributed, nn
from torch.nn.modules.batchnorm import _BatchNorm
from torch.optim import Optimizer

from cmp_engine.device import choose_device

Batch = TypeVar("Batch")
# The first process renders the expert's pictures while the others wait: a quarter of an hour on one core.
PATIENCE = timedelta(hours=2)


def processes() -> int:
    """How many processes train together."""
    return distributed.get_world_size() if distributed.is_initialized() else 1


def rank() -> int:
    """Number of this process, from 0; the first one writes the files."""
    return distributed.get_rank() if distributed.is_initialized() else 0


@contextmanager
def joined(device: str) -> Iterator[str]:
    """Join the processes that ``torchrun`` started, if it did; yields the device of this process.

    Raises:
        DeviceError: the device is unknown, or this machine lacks it or one for each process.
    """
    if not distributed.is_torchelastic_launched():
        yield device
        return
    on_gpu = choose_device(device).type == "cuda"
    own = choose_device(f"cuda:{distributed.get_node_local_rank()}" if on_gpu else "cpu")
    if on_gpu:
        torch.cuda.set_device(own)
    distributed.init_process_group("nccl" if on_gpu else "gloo", timeout=PATIENCE)
    try:
        yield str(own)
    finally:
        distributed.destroy_process_group()


@contextmanager
def first_process_ahead() -> Iterator[None]:
    """Let the first process through alone; the others follow and find the files that it wrote."""
    if rank() > 0:
        distributed.barrier()
    yield
    if rank() == 0:
        wait_for_all()


def wait_for_all() -> None:
    """Return when all processes are here."""
    if processes() > 1:
        distributed.barrier()


def own_rows(batch: Batch) -> Batch:
    """The rows of this process, of a tensor or of a tuple of tensors (or of such tuples)."""
    if processes() == 1:
        return batch
    if isinstance(batch, Tensor):
        return batch[rank() :: processes()].contiguous()  # type: ignore[return-value]
    return type(batch)(*(own_rows(part) for part in batch))  # type: ignore[attr-defined]


def normal_like(rows: Tensor) -> Tensor:
    """Standard normal noise for the rows (B, ...) of this process."""
    return own_rows(torch.randn(len(rows) * processes(), *rows.shape[1:], device=rows.device, dtype=rows.dtype))


class _SumOverProcesses(torch.autograd.Function):
    """Sum of a tensor over all processes; so is its gradient."""

    @staticmethod
    def forward(_: Any, own: Tensor) -> Tensor:
        total = own.clone(memory_format=torch.contiguous_format)
        distributed.all_reduce(total)
        return total

    @staticmethod
    def backward(_: Any, gradient: Tensor) -> Tensor:
        return _SumOverProcesses.forward(None, gradient)


def summed(own: Tensor) -> Tensor:
    """Sum over all processes, with gradient."""
    if processes() == 1:
        return own
    total: Tensor = _SumOverProcesses.apply(own)  # type: ignore[no-untyped-call]
    return total


def gathered(own: Tensor) -> Tensor:
    """Rows of all processes in the order of the whole batch, (B, ...) to (n B, ...), with gradient."""
    if processes() == 1:
        return own
    places = [own if place == rank() else torch.zeros_like(own) for place in range(processes())]
    return summed(torch.stack(places, dim=1).flatten(0, 1))


def average_gradients(optimizer: Optimizer) -> None:
    """Replace each gradient by its mean over all processes, in one exchange."""
    if processes() == 1:
        return
    parameters = [each for group in optimizer.param_groups for each in group["params"] if each.grad is not None]
    flat = torch.cat([parameter.grad.reshape(-1) for parameter in parameters])
    distributed.all_reduce(flat)
    flat /= processes()
    means = torch.split(flat, [each.numel() for each in parameters])
    for parameter, mean in zip(parameters, means, strict=True):
        parameter.grad.copy_(mean.view(parameter.shape))


def share_statistics(network: nn.Module) -> None:
    """Let batch normalisation and dropout work on the batch of all processes; keys of the state dict stay."""
    for name, child in network.named_children():
        if isinstance(child, _BatchNorm):
            setattr(network, name, SharedBatchNorm.like(child))
        elif isinstance(child, nn.Dropout):
            setattr(network, name, SharedDropout(child.p))
        else:
            share_statistics(child)


class SharedBatchNorm(_BatchNorm):
    """Batch normalisation with the statistics of all processes; PyTorch's own of this kind needs CUDA."""

    @classmethod
    def like(cls, layer: _BatchNorm) -> "SharedBatchNorm":
        """One with the parameters and statistics of ``layer``."""
        made = cls(layer.num_features, layer.eps, layer.momentum).to(layer.weight.device)
        made.load_state_dict(layer.state_dict())
        made.requires_grad_(layer.weight.requires_grad)  # A frozen network stays frozen.
        return made.train(layer.training)

    def forward(self, features: Tensor) -> Tensor:
        """Normalise features (B, C, ...) over all but the second axis."""
        if not self.training:
            return super().forward(features)
        axes = (0, *range(2, features.ndim))
        shape = (1, -1, *(1 for _ in axes[1:]))
        count = processes() * features.numel() // self.num_features
        wide = features.to(torch.promote_types(features.dtype, torch.float32))
        mean = summed(wide.sum(axes)) / count  # (C,)
        centred = wide - mean.view(shape)
        variance = summed(centred.square().sum(axes)) / count  # (C,)
        self._update(mean.detach(), variance.detach() * count / (count - 1))
        scale = self.weight * torch.rsqrt(variance + self.eps)
        return (centred * scale.view(shape) + self.bias.view(shape)).to(features.dtype)

    @torch.no_grad()
    def _update(self, mean: Tensor, variance: Tensor) -> None:
        """Move the running statistics, as PyTorch does."""
        assert self.running_mean is not None
        assert self.running_var is not None
        assert self.num_batches_tracked is not None
        assert self.momentum is not None
        self.running_mean.lerp_(mean, self.momentum)
        self.running_var.lerp_(variance, self.momentum)
        self.num_batches_tracked += 1

    def _check_input_dim(self, features: Tensor) -> None:
        """Any number of axes after the second."""


class SharedDropout(nn.Module):
    """Dropout whose mask is drawn for the batch of all processes."""

    def __init__(self, p: float) -> None:
        super().__init__()
        self.p = p

    def forward(self, features: Tensor) -> Tensor:
        """Drop features (B, ...) with probability p in training, and enlarge the others to match."""
        if not self.training:
            return features
        whole = torch.empty(len(features) * processes(), *features.shape[1:], device=features.device)
        return features * own_rows(whole.bernoulli_(1 - self.p)).to(features.dtype) / (1 - self.p)
