"""The discriminator phi_dis: is a face real or synthesised?"""

from torch import Tensor, nn


class Discriminator(nn.Module):
    """One linear unit on the face embedding.

    Args:
        embedding: length of the face embedding.
    """

    def __init__(self, embedding: int = 64) -> None:
        super().__init__()
        self.model = nn.Linear(embedding, 1, bias=False)

    def forward(self, embedding: Tensor) -> Tensor:
        """Score face embeddings (B, 64, 1, 1) as logits (B, 1); positive means real."""
        logit: Tensor = self.model(embedding.flatten(1))
        return logit
