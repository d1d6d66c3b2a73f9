"""The examples of docs/how-to/published-weights.md run as they stand."""

import doctest
import re
import shutil
from pathlib import Path

import pytest
import torch

from cmp_engine.networks import (
    FaceGenerator,
    MeshRegressor,
    SupervisedDecoder,
    VoiceEncoder,
    published_state_dict,
)

PAGE = Path(__file__).resolve().parents[2] / "docs" / "how-to" / "published-weights.md"


@pytest.fixture
def published_files(golden, tmp_path, monkeypatch) -> Path:
    """A working folder with every file of the examples: real ones where we have them, others made to their layout."""
    weights = tmp_path / "pretrained_models"
    (weights / "supervised_64").mkdir(parents=True)
    torch.save(VoiceEncoder().state_dict(), weights / "voice_embedding.pth")
    torch.save(FaceGenerator().state_dict(), weights / "generator.pth")
    torch.save(FaceGenerator().state_dict(), weights / "generator_48000.pth")
    torch.save(published_state_dict(MeshRegressor()), weights / "image3D_48000.pth")
    torch.save(SupervisedDecoder().state_dict(), weights / "supervised_64" / "generator_48000.pth")
    arrays = {"param_mean": (102,), "param_std": (102,), "w_shp": (6, 40), "w_exp": (6, 10), "u": (6, 1)}
    expert = {f"module.IGM.{key}": tensor for key, tensor in MeshRegressor().state_dict().items()}
    expert |= {f"module.{name}": torch.ones(shape) for name, shape in arrays.items()}
    torch.save({"state_dict": expert}, weights / "2D-to-3D-pretrained.tar")
    for name, place in {
        "mb05_120x120.pth": "weights",
        "param_mean_std_62d_120x120.pkl": "configs",
        "FaceBoxesProd.pth": ".",
        "images/JianzhuGuo.jpg": "portrait.jpg",
    }.items():
        target = tmp_path / place
        if not target.suffix:
            target.mkdir(exist_ok=True)
        shutil.copy(golden / "3ddfa_v2" / name, target)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_examples_do_what_they_say(published_files, capsys):
    blocks = re.findall(r"```pycon\n(.*?)```", PAGE.read_text(), flags=re.DOTALL)
    assert len(blocks) == 6
    page = doctest.DocTestParser().get_doctest("\n".join(blocks), {}, PAGE.name, str(PAGE), 0)
    failed, attempted = doctest.DocTestRunner().run(page)
    assert attempted > 30
    assert failed == 0, capsys.readouterr().out
