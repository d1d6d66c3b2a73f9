"""Published conventions of coefficients, and ours: standard deviations from the mean face.

Three conventions are in use for one and the same face:

- *standard* (inside): a = 0 is the mean face, a = 1 one standard deviation of the model (``shape_sd``);
- *published*: lengths along the unit-length shape directions in the unit of the file (micrometres for BFM), and the
  file's own units for expressions. 300W-LP's ``Shape_Para`` and ``Exp_Para`` and Voxceleb-3D's codes are of this kind;
- *whitened*: what the published networks return; published = whitened x std + mean.
"""

import torch
from torch import Tensor

from cmp_engine.morphable.model import MorphableModel
from cmp_engine.networks.mesh_regressor import EXPRESSION, SHAPE
from cmp_engine.networks.whitening import Whitening


def to_published(model: MorphableModel, shape: Tensor, expression: Tensor) -> tuple[Tensor, Tensor]:
    """Standard coefficients (B, S) and (B, E) in the published convention."""
    return shape * model.shape_sd / model.file_unit_mm, expression * model.expression_sd


def from_published(model: MorphableModel, shape: Tensor, expression: Tensor) -> tuple[Tensor, Tensor]:
    """Published coefficients in standard deviations; of shorter codes the rest is zero, longer ones lose their tail.

    Args:
        model: whose coefficients they are.
        shape: (B, any number), for instance 199 as in 300W-LP and Voxceleb-3D.
        expression: (B, any number), for instance 29.
    """
    shape_sd, expression_sd = model.shape_sd, model.expression_sd
    return (
        _resized(shape, len(shape_sd)) * model.file_unit_mm / shape_sd,
        _resized(expression, len(expression_sd)) / expression_sd,
    )


def from_whitened(model: MorphableModel, whitened: Tensor, whitening: Whitening) -> tuple[Tensor, Tensor]:
    """What a published network returned as standard coefficients (B, S) and (B, E).

    Args:
        model: a version of the Basel Face Model, as all published networks take.
        whitened: (B, P), P = 62 or 102: [pose 12 | shape 40 | expression 10 | texture 40].
        whitening: that of the network (`cmp_engine.networks.whitening.read_whitening`).

    Raises:
        ValueError: the whitening is for another number of parameters.
    """
    if whitened.ndim != 2 or whitened.shape[1:] != whitening.mean.shape:
        raise ValueError(f"whitened parameters must be (B, {len(whitening.mean)}), got {tuple(whitened.shape)}")
    parameters = whitening.restore(whitened)
    return from_published(model, parameters[:, SHAPE], parameters[:, EXPRESSION])


def transferred(
    source: MorphableModel, target: MorphableModel, shape: Tensor, expression: Tensor
) -> tuple[Tensor, Tensor]:
    """The coefficients that give the same face in another version of the Basel Face Model.

    A prediction of 3DDFA-V2, whose model has no ears, is rebuilt on the 53,215 vertices that the absolute ratio error
    needs: ``target.vertices(*transferred(source, target, shape, expression))``. Directions that the target does not
    have are left out.

    Args:
        source: the model of the coefficients.
        target: another version of it, for instance ``MorphableModel.from_bfm_arrays``.
        shape: (B, S) in standard deviations of the source.
        expression: (B, E), likewise.

    Raises:
        ValueError: a model is no version of the Basel Face Model: its directions mean something else.
    """
    for model in (source, target):
        if not model.topology.startswith("bfm-"):
            raise ValueError(
                f"{model.name!r} ({model.topology}) is no version of the Basel Face Model, so its coefficients mean "
                "something else; fit the model to the face's landmarks instead (cmp_engine.morphable.fitting)"
            )
    return from_published(target, *to_published(source, shape, expression))


def _resized(coefficients: Tensor, count: int) -> Tensor:
    """(B, any) to (B, count): cut or filled up with zeros."""
    return torch.nn.functional.pad(coefficients, (0, count - coefficients.shape[1]))
