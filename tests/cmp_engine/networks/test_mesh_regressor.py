"""The image-to-3D network starts shallow, so that short trainings teach it something."""

import torch

from cmp_engine.networks.mesh_regressor import InvertedResidual


def test_block_with_a_shortcut_starts_as_the_identity():
    features = torch.randn(4, 16, 6, 6, generator=torch.Generator().manual_seed(0))
    block = InvertedResidual(16, 16, stride=1, expansion=6)
    assert torch.equal(block(features), features)
    block(features).square().sum().backward()
    assert block.conv[-1].weight.grad.abs().min() > 0


def test_block_without_a_shortcut_starts_with_features_of_its_own():
    features = torch.randn(4, 16, 6, 6, generator=torch.Generator().manual_seed(0))
    for block in (InvertedResidual(16, 24, stride=1, expansion=6), InvertedResidual(16, 16, stride=2, expansion=6)):
        assert block(features).std() > 0.5
