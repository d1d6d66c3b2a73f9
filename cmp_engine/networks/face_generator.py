"""The face generator phi_g: voice embedding to face picture."""

import itertools
from collections.abc import Sequence

from torch import Tensor, nn


class FaceGenerator(nn.Module):
    """Transposed convolutions from one point to 64 x 64 pixels; no normalisation, no last activation.

    Args:
        embedding: length of the voice embedding.
        channels: widths at 4, 8, 16, 32 and 64 pixels.
    """

    def __init__(self, embedding: int = 64, channels: Sequence[int] = (1024, 512, 256, 128, 64)) -> None:
        super().__init__()
        layers: list[nn.Module] = [nn.ConvTranspose2d(embedding, channels[0], kernel_size=4), nn.ReLU(inplace=True)]
        for before, after in itertools.pairwise(channels):
            layers += [
                nn.ConvTranspose2d(before, after, kernel_size=4, stride=2, padding=1),
                nn.ReLU(inplace=True),
            ]
        layers.append(nn.ConvTranspose2d(channels[-1], 3, kernel_size=1))
        self.model = nn.Sequential(*layers)

    def forward(self, embedding: Tensor) -> Tensor:
        """Synthesise faces.

        Args:
            embedding: voice embedding of unit length, shape (B, 64, 1, 1).

        Returns:
            RGB pictures, shape (B, 3, 64, 64), meant for [-1, 1] but not clamped.
        """
        picture: Tensor = self.model(embedding)
        return picture
