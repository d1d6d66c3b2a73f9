"""The decoder phi_dec of the supervised setting: voice embedding to 3DMM parameters."""

from torch import Tensor, cat, nn

DROPOUT = 0.2
DECODED_ALPHA = slice(1, 51)  # The first output is the scale, which no ground truth here teaches.


class SupervisedDecoder(nn.Module):
    """Three linear heads on the voice embedding: scale, shape and expression.

    Args:
        embedding: length of the voice embedding.
    """

    def __init__(self, embedding: int = 64) -> None:
        super().__init__()
        self.classifier_scale = nn.Sequential(nn.Dropout(DROPOUT), nn.Linear(embedding, 1))
        self.classifier_shape = nn.Sequential(nn.Dropout(DROPOUT), nn.Linear(embedding, 40))
        self.classifier_exp = nn.Sequential(nn.Dropout(DROPOUT), nn.Linear(embedding, 10))

    def forward(self, embedding: Tensor) -> Tensor:
        """Decode voice embeddings of unit length, shape (B, 64, 1, 1).

        Returns:
            Whitened parameters (B, 51): scale, 40 shape coefficients, 10 expression coefficients.
        """
        flat = embedding.flatten(1)  # (B, 64)
        heads = (self.classifier_scale, self.classifier_shape, self.classifier_exp)
        return cat([head(flat) for head in heads], dim=1)
