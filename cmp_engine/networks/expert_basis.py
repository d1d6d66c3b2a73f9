"""Whitening and 3DMM basis out of the file that also holds the published expert."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from torch import Tensor

from cmp_engine.exceptions import CheckpointError
from cmp_engine.networks.layouts import state_of
from cmp_engine.networks.published import read_state
from cmp_engine.networks.whitening import Whitening

DIMENSIONS = {"param_mean": 1, "param_std": 1, "w_shp": 2, "w_exp": 2, "u": 2}


class ExpertBasis(NamedTuple):
    """Five arrays under their published names, on the CPU; N vertices, x, y, z of each in turn, in micrometres."""

    param_mean: Tensor  # (P,) of the whitened parameters: pose 12, shape 40, expression 10, then texture 40 in CMP
    param_std: Tensor  # (P,)
    w_shp: Tensor  # (3N, 40) shape directions
    w_exp: Tensor  # (3N, 10) expression directions
    u: Tensor  # (3N, 1) mean face

    @property
    def whitening(self) -> Whitening:
        """Mean and standard deviation together."""
        return Whitening(self.param_mean, self.param_std)


def read_expert_basis(source: str | Path | Mapping[str, Any]) -> ExpertBasis:
    """Read what CMP's ``2D-to-3D-pretrained.tar`` or SynergyNet's ``best.pth.tar`` holds besides networks.

    The published code needs these arrays with the student and with the supervised decoder, too, whose own files lack
    them. `load_published` reads the network of the same file.

    Args:
        source: a file, read with ``weights_only=True``, or what `torch.load` made of it.

    Raises:
        CheckpointError: the file is missing or unreadable, or an array is missing or has an unexpected shape.
    """
    state = state_of(read_state(source))
    if missing := [name for name in DIMENSIONS if not isinstance(state.get(name), Tensor)]:
        raise CheckpointError(
            f"there is no array {', '.join(missing)}; whitening and basis are in CMP's 2D-to-3D-pretrained.tar."
        )
    basis = ExpertBasis(**{name: state[name].float() for name in DIMENSIONS})
    shapes = {name: tuple(array.shape) for name, array in basis._asdict().items()}
    rows = {len(basis.w_shp), len(basis.w_exp), len(basis.u)}
    if (
        [len(shape) for shape in shapes.values()] != list(DIMENSIONS.values())
        or basis.param_mean.shape != basis.param_std.shape
        or len(rows) != 1
        or rows.pop() % 3
    ):
        raise CheckpointError(
            f"whitening and basis do not belong together: {shapes}; expected (P,) twice, then (3N, 40), (3N, 10) and "
            "(3N, 1) for N vertices."
        )
    return basis
