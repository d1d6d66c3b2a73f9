"""The whitening of published networks: their outputs have mean 0 and spread 1 over the faces they learned from."""

from dataclasses import dataclass
from pathlib import Path
from typing import Self

import numpy as np
from numpy.typing import NDArray

from cmp_engine.exceptions import ArrayFileError
from cmp_engine.morphable.readers.errors import ModelFileError
from cmp_engine.pickled_arrays import load_pickled_arrays

POSE, SHAPES, EXPRESSIONS, TEXTURES = 12, 40, 10, 40
LENGTHS = (POSE + SHAPES + EXPRESSIONS, POSE + SHAPES + EXPRESSIONS + TEXTURES)
_KEYS = (("param_mean", "param_std"), ("mean", "std"))


@dataclass(frozen=True)
class Whitening:
    """Mean and standard deviation of the parameters [pose 12 | shape 40 | expression 10 | texture 40].

    The texture is absent in most files. Pose is in the 120-pixel frame of each project, shape in micrometres along unit
    directions of the BFM, expression in units of the published directions.

    Attributes:
        mean: (62,) or (102,) float64.
        std: likewise, positive.
    """

    mean: NDArray[np.float64]
    std: NDArray[np.float64]

    @classmethod
    def read(cls, path: str | Path) -> Self:
        """Read 3DDFA's and CMP's ``param_whitening*.pkl`` or 3DDFA-V2's ``param_mean_std_62d_120x120.pkl``.

        Raises:
            ModelFileError: the file is missing, damaged, or holds something else.
        """
        try:
            arrays = load_pickled_arrays(path)
        except ArrayFileError as error:
            raise ModelFileError(str(error)) from error
        for mean_key, std_key in _KEYS:
            if {mean_key, std_key} <= arrays.keys():
                mean, std = (arrays[key].astype(np.float64).reshape(-1) for key in (mean_key, std_key))
                if len(mean) == len(std) and len(mean) in LENGTHS and (std > 0).all():
                    return cls(mean, std)
        found = {key: value.shape for key, value in arrays.items()}
        raise ModelFileError(
            f"{path}: no whitening of 62 or 102 parameters (mean and positive standard deviations), found {found}; "
            "use the file as it was published."
        )

    @property
    def shape_std(self) -> NDArray[np.float64]:
        """Spread of the shape coefficients, (40,) micrometres."""
        return self.std[POSE : POSE + SHAPES]

    @property
    def expression_std(self) -> NDArray[np.float64]:
        """Spread of the expression coefficients, (10,)."""
        return self.std[POSE + SHAPES : POSE + SHAPES + EXPRESSIONS]

    def raw(self, whitened: NDArray[np.floating]) -> NDArray[np.float64]:
        """Network outputs (B, P) as parameters: raw = whitened x std + mean.

        Raises:
            ValueError: P is not the number of parameters of this whitening.
        """
        if whitened.ndim != 2 or whitened.shape[1] != len(self.mean):
            raise ValueError(f"whitened parameters must be (B, {len(self.mean)}), got {whitened.shape}")
        return whitened * self.std + self.mean
