"""One call for both image-to-3D networks, whatever pictures they were made for and whatever else they return."""

from torch import Tensor
from torch.nn import functional

from cmp_engine.networks.mesh_regressor import EXPRESSION, POSE, MeshRegressor, Regression
from cmp_engine.networks.mobilenet_v1 import MobileNetV1, as_3ddfa_reads

# Pose, shape and expression; the texture head of the mesh regressor stays unused.
MESH_PARAMETERS = slice(POSE.start, EXPRESSION.stop)
ImageTo3D = MeshRegressor | MobileNetV1


def mesh_parameters(network: ImageTo3D, picture: Tensor) -> Tensor:
    """Whitened pose 12, shape 40 and expression 10 of faces.

    Args:
        network: SynergyNet's or 3DDFA-V2's.
        picture: RGB in [-1, 1], that is (v - 127.5) / 127.5, shape (B, 3, H, W).

    Returns:
        Shape (B, 62), no unit.
    """
    if isinstance(network, MobileNetV1):
        parameters: Tensor = network(as_3ddfa_reads(picture))
        return parameters
    regression: Regression = network(picture)
    return regression.parameters[:, MESH_PARAMETERS]


def enlarge(picture: Tensor, pixels: int) -> Tensor:
    """Bilinear enlargement with aligned corners, (B, 3, 64, 64) to (B, 3, pixels, pixels); Sec. 4."""
    if picture.shape[-1] == pixels:
        return picture
    return functional.interpolate(picture, size=(pixels, pixels), mode="bilinear", align_corners=True)
