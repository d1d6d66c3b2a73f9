"""The image-to-3D network phi_I and phi_dec: face picture to 3DMM parameters.

A MobileNetV2 (Sandler et al. 2018, table 2) with four linear heads, as in SynergyNet.
Expert and student are two instances of it.
"""

from typing import NamedTuple

from torch import Tensor, cat, nn

POSE = slice(0, 12)
SHAPE = slice(12, 52)
EXPRESSION = slice(52, 62)
ALPHA = slice(12, 62)  # The 50 coefficients of the paper: shape and expression.

DROPOUT = 0.2
INTERMEDIATE_BLOCKS = 9  # features.0 to features.8: the second block of 64 channels
# Expansion, channels, repeats, stride of the first repeat.
INVERTED_RESIDUALS = (
    (1, 16, 1, 1),
    (6, 24, 2, 2),
    (6, 32, 3, 2),
    (6, 64, 4, 2),
    (6, 96, 3, 1),
    (6, 160, 3, 2),
    (6, 320, 1, 1),
)


class Regression(NamedTuple):
    """What the mesh regressor makes of a picture."""

    parameters: Tensor  # (B, 102) whitened: pose 12, shape 40, expression 10, texture 40
    pooled: Tensor  # (B, 1280) the features before the heads
    intermediate: Tensor  # (B, 64, H / 16, W / 16) the features that are distilled besides


class MeshRegressor(nn.Module):
    """Face picture to whitened 3DMM parameters.

    Args:
        width: factor on all widths but the last, rounded to multiples of eight; 1 is published.
    """

    def __init__(self, width: float = 1.0) -> None:
        super().__init__()
        self.backbone = Backbone(width)

    def forward(self, picture: Tensor) -> Regression:
        """Regress the parameters of faces, shape (B, 3, 120, 120), values in [-1, 1].

        Other sizes work as well: the last features are averaged over what space remains.
        """
        result: Regression = self.backbone(picture)
        return result


class Backbone(nn.Module):
    """MobileNetV2 features and the four heads, under the published key names."""

    def __init__(self, width: float) -> None:
        super().__init__()
        before = round_to_eight(32 * width)
        layers: list[nn.Module] = [conv_bn_relu(3, before, kernel_size=3, stride=2)]
        for expansion, channels, repeats, first_stride in INVERTED_RESIDUALS:
            after = round_to_eight(channels * width)
            for repeat in range(repeats):
                stride = first_stride if repeat == 0 else 1
                layers.append(InvertedResidual(before, after, stride=stride, expansion=expansion))
                before = after
        last = round_to_eight(1280 * max(1.0, width))
        layers.append(conv_bn_relu(before, last, kernel_size=1))
        self.features = nn.Sequential(*layers)
        self.classifier_ori = head(last, 12)
        self.classifier_shape = head(last, 40)
        self.classifier_exp = head(last, 10)
        self.classifier_texture = head(last, 40)

    def forward(self, picture: Tensor) -> Regression:
        """See `MeshRegressor.forward`."""
        intermediate = self.features[:INTERMEDIATE_BLOCKS](picture)
        pooled = self.features[INTERMEDIATE_BLOCKS:](intermediate).mean(dim=(2, 3))  # (B, 1280)
        heads = (self.classifier_ori, self.classifier_shape, self.classifier_exp, self.classifier_texture)
        parameters = cat([head(pooled) for head in heads], dim=1)  # (B, 102)
        return Regression(parameters, pooled, intermediate)


class InvertedResidual(nn.Module):
    """Expand, filter each channel in space, project; add the input where shapes allow."""

    def __init__(self, before: int, after: int, *, stride: int, expansion: int) -> None:
        super().__init__()
        hidden = before * expansion
        layers: list[nn.Module] = [] if expansion == 1 else [conv_bn_relu(before, hidden, kernel_size=1)]
        layers += [
            conv_bn_relu(hidden, hidden, kernel_size=3, stride=stride, groups=hidden),
            nn.Conv2d(hidden, after, kernel_size=1, bias=False),
            nn.BatchNorm2d(after),
        ]
        self.conv = nn.Sequential(*layers)
        self.has_shortcut = stride == 1 and before == after
        if self.has_shortcut:
            # The block starts as the identity (Goyal et al. 2017, Sec. 5.1): otherwise the network hardly learns to
            # localise in a few thousand steps.
            nn.init.zeros_(layers[-1].weight)  # type: ignore[arg-type]

    def forward(self, features: Tensor) -> Tensor:
        """Transform features (B, before, H, W) to (B, after, H / stride, W / stride)."""
        transformed: Tensor = self.conv(features)
        return features + transformed if self.has_shortcut else transformed


def conv_bn_relu(before: int, after: int, *, kernel_size: int, stride: int = 1, groups: int = 1) -> nn.Sequential:
    """Convolution without bias, batch normalisation, ReLU6."""
    padding = (kernel_size - 1) // 2
    return nn.Sequential(
        nn.Conv2d(before, after, kernel_size, stride, padding, groups=groups, bias=False),
        nn.BatchNorm2d(after),
        nn.ReLU6(inplace=True),
    )


def head(features: int, outputs: int) -> nn.Sequential:
    """Dropout and a linear layer."""
    return nn.Sequential(nn.Dropout(DROPOUT), nn.Linear(features, outputs))


def round_to_eight(channels: float) -> int:
    """Round to a multiple of eight, at least eight, losing at most a tenth (MobileNet's rule)."""
    rounded = max(8, int(channels + 4) // 8 * 8)
    return rounded + 8 if rounded < 0.9 * channels else rounded
