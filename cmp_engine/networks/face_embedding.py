"""The face embedding that discriminator and classifier share."""

import itertools
from collections.abc import Sequence

from torch import Tensor, nn

LEAK = 0.2


class FaceEmbedding(nn.Module):
    """Strided convolutions from 64 x 64 pixels to one vector.

    Args:
        channels: widths at 64, 32, 16, 8 and 4 pixels.
        embedding: length of the face embedding.
    """

    def __init__(self, channels: Sequence[int] = (32, 64, 128, 256, 512), embedding: int = 64) -> None:
        super().__init__()
        layers: list[nn.Module] = [nn.Conv2d(3, channels[0], kernel_size=1), nn.LeakyReLU(LEAK, inplace=True)]
        for before, after in itertools.pairwise(channels):
            layers += [
                nn.Conv2d(before, after, kernel_size=4, stride=2, padding=1),
                nn.LeakyReLU(LEAK, inplace=True),
            ]
        layers.append(nn.Conv2d(channels[-1], embedding, kernel_size=4))
        self.model = nn.Sequential(*layers)

    def forward(self, picture: Tensor) -> Tensor:
        """Embed RGB pictures in [-1, 1], shape (B, 3, 64, 64), as (B, 64, 1, 1)."""
        embedding: Tensor = self.model(picture)
        return embedding
