"""The classifier phi_c: whose face is it?"""

from torch import Tensor, nn


class IdentityClassifier(nn.Module):
    """Linear scores over the identities of the training split.

    Args:
        identities: number of training identities.
        embedding: length of the embedding, of a face or of a voice.
    """

    def __init__(self, identities: int, embedding: int = 64) -> None:
        super().__init__()
        self.model = nn.Linear(embedding, identities, bias=False)

    def forward(self, embedding: Tensor) -> Tensor:
        """Score embeddings (B, 64, 1, 1) as logits (B, identities)."""
        logits: Tensor = self.model(embedding.flatten(1))
        return logits
