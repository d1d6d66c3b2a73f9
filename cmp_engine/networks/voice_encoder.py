"""The voice encoder phi_v: log-mel spectrogram to voice embedding."""

import itertools
from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional


class VoiceEncoder(nn.Module):
    """Five strided convolutions over time, averaged over what time remains.

    The published sizes are the defaults; keys are those of the released ``voice_embedding.pth``.

    Args:
        mel_bins: number of mel bands of the input.
        channels: widths of the four hidden convolutions.
        embedding: length of the voice embedding.
    """

    def __init__(self, mel_bins: int = 64, channels: Sequence[int] = (256, 384, 576, 864), embedding: int = 64) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        widths = (mel_bins, *channels)
        for before, after in itertools.pairwise(widths):
            layers += [
                nn.Conv1d(before, after, kernel_size=3, stride=2, padding=1, bias=False),
                nn.BatchNorm1d(after),
                nn.ReLU(inplace=True),
            ]
        layers.append(nn.Conv1d(widths[-1], embedding, kernel_size=3, stride=2, padding=1))
        self.model = nn.Sequential(*layers)

    def forward(self, mel: Tensor) -> Tensor:
        """Embed utterances.

        Args:
            mel: normalised log-mel spectrogram, shape (B, 64, T), 100 frames per second.

        Returns:
            Embedding, shape (B, 64, 1, 1), not normalised: callers scale it to unit length.
        """
        embedding: Tensor = self.model(mel)  # (B, 64, T / 32)
        return embedding.mean(dim=-1)[:, :, None, None]  # (B, 64, 1, 1)


def voice_embedding(encoder: VoiceEncoder, mel: Tensor) -> Tensor:
    """Embed utterances with a frozen encoder.

    Args:
        encoder: in evaluation mode, unless it is to normalise by its batch (`encoder_batch_statistics`).
        mel: normalised log-mel spectrograms, shape (B, 64, T).

    Returns:
        Embeddings of unit length, shape (B, 64, 1, 1), without gradient.
    """
    with torch.no_grad():
        return functional.normalize(encoder(mel), dim=1)
