"""The MobileNet (v1) of 3DDFA-V2: face picture to 62 whitened 3DMM parameters."""

from torch import Tensor, nn

# Name, input and output widths at factor 1, stride.
BLOCKS = (
    ("dw2_1", 32, 64, 1),
    ("dw2_2", 64, 128, 2),
    ("dw3_1", 128, 128, 1),
    ("dw3_2", 128, 256, 2),
    ("dw4_1", 256, 256, 1),
    ("dw4_2", 256, 512, 2),
    ("dw5_1", 512, 512, 1),
    ("dw5_2", 512, 512, 1),
    ("dw5_3", 512, 512, 1),
    ("dw5_4", 512, 512, 1),
    ("dw5_5", 512, 512, 1),
    ("dw5_6", 512, 1024, 2),
    ("dw6", 1024, 1024, 1),
)


def as_3ddfa_reads(picture: Tensor) -> Tensor:
    """A picture as 3DDFA-V2's network was trained on.

    Args:
        picture: RGB in [-1, 1], that is (v - 127.5) / 127.5, shape (B, 3, H, W).

    Returns:
        BGR, (v - 127.5) / 128, same shape.
    """
    return picture.flip(1) * (127.5 / 128)


class MobileNetV1(nn.Module):
    """Depthwise separable convolutions under the published key names.

    Args:
        width: factor on all widths; 1 and 0.5 are published.
        outputs: number of parameters: pose 12, shape 40, expression 10.
    """

    def __init__(self, width: float = 1.0, outputs: int = 62) -> None:
        super().__init__()
        stem = int(32 * width)
        self.conv1 = nn.Conv2d(3, stem, kernel_size=3, stride=2, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(stem)
        for name, before, after, stride in BLOCKS:
            self.add_module(name, SeparableConvolution(int(before * width), int(after * width), stride))
        self.fc = nn.Linear(int(1024 * width), outputs)

    def forward(self, picture: Tensor) -> Tensor:
        """Regress parameters.

        Args:
            picture: **BGR**, (value - 127.5) / 128, shape (B, 3, 120, 120).

        Returns:
            Whitened parameters, shape (B, outputs).
        """
        features = self.bn1(self.conv1(picture)).relu()
        for name, *_ in BLOCKS:
            features = self.get_submodule(name)(features)
        parameters: Tensor = self.fc(features.mean(dim=(2, 3)))
        return parameters


class SeparableConvolution(nn.Module):
    """A 3 x 3 convolution per channel, then a 1 x 1 convolution across channels."""

    def __init__(self, before: int, after: int, stride: int) -> None:
        super().__init__()
        self.conv_dw = nn.Conv2d(before, before, 3, stride, padding=1, groups=before, bias=False)
        self.bn_dw = nn.BatchNorm2d(before)
        self.conv_sep = nn.Conv2d(before, after, kernel_size=1, bias=False)
        self.bn_sep = nn.BatchNorm2d(after)

    def forward(self, features: Tensor) -> Tensor:
        """Transform features (B, before, H, W) to (B, after, H / stride, W / stride)."""
        filtered = self.bn_dw(self.conv_dw(features)).relu()
        mixed: Tensor = self.bn_sep(self.conv_sep(filtered)).relu()
        return mixed
