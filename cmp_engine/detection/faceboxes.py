"""The network of FaceBoxes (Zhang et al. 2017, "FaceBoxes: A CPU real-time face detector with high accuracy").

Keys and sizes are those of the released ``FaceBoxesProd.pth``, which 3DDFA-V2 and SynergyNet share.
"""

from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional

ANCHORS_PER_CELL = (21, 1, 1)  # at strides of 32, 64 and 128 pixels


class RawDetections(NamedTuple):
    """One row per anchor, in the order of `cmp_engine.detection.anchors.anchors`."""

    offsets: Tensor  # (B, A, 4): shift of the centre x, y and growth of width, height, in units of `decode`
    score: Tensor  # (B, A): probability of a face


class FaceBoxes(nn.Module):
    """Rapidly shrinking stem, inception blocks, and detection at three scales."""

    def __init__(self) -> None:
        super().__init__()
        self.conv1 = MirroredConvolution(3, 24, kernel_size=7, stride=4, padding=3)
        self.conv2 = MirroredConvolution(48, 64, kernel_size=5, stride=2, padding=2)
        self.inception1 = Inception()
        self.inception2 = Inception()
        self.inception3 = Inception()
        self.conv3_1 = Convolution(128, 128, kernel_size=1)
        self.conv3_2 = Convolution(128, 256, kernel_size=3, stride=2, padding=1)
        self.conv4_1 = Convolution(256, 128, kernel_size=1)
        self.conv4_2 = Convolution(128, 256, kernel_size=3, stride=2, padding=1)
        widths = tuple(zip((128, 256, 256), ANCHORS_PER_CELL, strict=True))
        self.loc = nn.ModuleList(nn.Conv2d(width, 4 * anchors, kernel_size=3, padding=1) for width, anchors in widths)
        self.conf = nn.ModuleList(nn.Conv2d(width, 2 * anchors, kernel_size=3, padding=1) for width, anchors in widths)

    def forward(self, picture: Tensor) -> RawDetections:
        """Score all anchors.

        Args:
            picture: **BGR**, grey levels minus (104, 117, 123), shape (B, 3, H, W).
        """
        features = functional.max_pool2d(self.conv1(picture), kernel_size=3, stride=2, padding=1)
        features = functional.max_pool2d(self.conv2(features), kernel_size=3, stride=2, padding=1)
        fine = self.inception3(self.inception2(self.inception1(features)))  # (B, 128, H / 32, W / 32)
        middle = self.conv3_2(self.conv3_1(fine))  # (B, 256, H / 64, W / 64)
        coarse = self.conv4_2(self.conv4_1(middle))  # (B, 256, H / 128, W / 128)
        maps = (fine, middle, coarse)
        offsets = torch.cat([_rows(head(each), 4) for head, each in zip(self.loc, maps, strict=True)], dim=1)
        logits = torch.cat([_rows(head(each), 2) for head, each in zip(self.conf, maps, strict=True)], dim=1)
        return RawDetections(offsets, logits.softmax(dim=-1)[..., 1])


def _rows(cells: Tensor, values: int) -> Tensor:
    """Cells (B, anchors * values, H, W) as one row per anchor, (B, H * W * anchors, values)."""
    return cells.permute(0, 2, 3, 1).reshape(len(cells), -1, values)


class Convolution(nn.Module):
    """Convolution without bias, batch normalisation, ReLU."""

    def __init__(self, before: int, after: int, *, kernel_size: int, stride: int = 1, padding: int = 0) -> None:
        super().__init__()
        self.conv = nn.Conv2d(before, after, kernel_size, stride, padding, bias=False)
        self.bn = nn.BatchNorm2d(after)

    def forward(self, features: Tensor) -> Tensor:
        """Transform features (B, before, H, W) to (B, after, H / stride, W / stride)."""
        return functional.relu(self.bn(self.conv(features)))


class MirroredConvolution(Convolution):
    """A convolution whose negative is kept as well (CReLU, Shang et al. 2016): twice the channels."""

    def forward(self, features: Tensor) -> Tensor:
        """Transform features (B, before, H, W) to (B, 2 * after, H / stride, W / stride)."""
        normalised = self.bn(self.conv(features))
        return functional.relu(torch.cat([normalised, -normalised], dim=1))


class Inception(nn.Module):
    """Four branches of 32 channels that see 1, 3, 3 and 5 pixels a side."""

    def __init__(self) -> None:
        super().__init__()
        self.branch1x1 = Convolution(128, 32, kernel_size=1)
        self.branch1x1_2 = Convolution(128, 32, kernel_size=1)
        self.branch3x3_reduce = Convolution(128, 24, kernel_size=1)
        self.branch3x3 = Convolution(24, 32, kernel_size=3, padding=1)
        self.branch3x3_reduce_2 = Convolution(128, 24, kernel_size=1)
        self.branch3x3_2 = Convolution(24, 32, kernel_size=3, padding=1)
        self.branch3x3_3 = Convolution(32, 32, kernel_size=3, padding=1)

    def forward(self, features: Tensor) -> Tensor:
        """Transform features (B, 128, H, W); the shape stays."""
        # The average at the border counts the zeros around it, as the released network does.
        averaged = functional.avg_pool2d(features, kernel_size=3, stride=1, padding=1)
        branches = (
            self.branch1x1(features),
            self.branch1x1_2(averaged),
            self.branch3x3(self.branch3x3_reduce(features)),
            self.branch3x3_3(self.branch3x3_2(self.branch3x3_reduce_2(features))),
        )
        return torch.cat(branches, dim=1)
