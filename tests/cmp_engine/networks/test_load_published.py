"""Published weights load from every known layout, whole or not at all."""

import collections
import copy
import io
import logging
import zipfile

import pytest
import torch
from torch import nn

from cmp_engine.exceptions import CheckpointError
from cmp_engine.networks import (
    Discriminator,
    MeshRegressor,
    MobileNetV1,
    SupervisedDecoder,
    VoiceEncoder,
    load_published,
    published_state_dict,
)


def spoilt(network: nn.Module) -> nn.Module:
    """All weights impossible, so that any that a load leaves alone is seen."""
    with torch.no_grad():
        for tensor in network.state_dict().values():
            tensor.fill_(-7)
    return network


def assert_same_weights(first: nn.Module, second: nn.Module) -> None:
    for key, tensor in first.state_dict().items():
        assert torch.equal(tensor, second.state_dict()[key]), key


def small_regressor() -> MeshRegressor:
    return MeshRegressor(width=0.125)


def small_mobilenet() -> MobileNetV1:
    return MobileNetV1(width=0.125)


def parallel(state) -> dict:
    return {f"module.{key}": tensor for key, tensor in state.items()}


def embedded(network: nn.Module, name: str) -> dict:
    """A regressor as a part of another network, beside what else such files hold."""
    state = {f"module.{name}.{key}": tensor for key, tensor in published_state_dict(network).items()}
    return {
        "module.param_mean": torch.zeros(102),
        "module.w_shp": torch.zeros(9, 40),
        **state,
        "module.forwardDirection.conv1.weight": torch.zeros(64, 3, 1),
        "module.reverseDirection.bn1.num_batches_tracked": torch.tensor(5),
    }


def with_published_head(network: MobileNetV1) -> dict:
    state = {key.replace("fc.", "fc_param."): tensor for key, tensor in network.state_dict().items()}
    return state | {"fc_lm.weight": torch.zeros(136, 128), "fc_lm.bias": torch.zeros(136)}


LAYOUTS = {
    "plain": (VoiceEncoder, lambda network: network.state_dict()),
    "parallel": (SupervisedDecoder, lambda network: parallel(network.state_dict())),
    "epoch and state_dict": (
        SupervisedDecoder,
        lambda network: {"epoch": 62, "state_dict": collections.OrderedDict(network.state_dict())},
    ),
    "doubled features": (small_regressor, published_state_dict),
    "features once": (small_regressor, lambda network: network.state_dict()),
    "slices without the whole": (
        small_regressor,
        lambda network: {key: t for key, t in published_state_dict(network).items() if ".features." not in key},
    ),
    "expert of CMP": (small_regressor, lambda network: {"epoch": 80, "state_dict": embedded(network, "IGM")}),
    "SynergyNet": (small_regressor, lambda network: {"epoch": 80, "state_dict": embedded(network, "I2P")}),
    "renamed head": (
        small_mobilenet,
        lambda network: {"epoch": 62, "state_dict": parallel(with_published_head(network))},
    ),
}


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("as_file", [False, True], ids=["state dict", "file"])
def test_every_weight_comes_from_the_published_layout(tmp_path, layout, as_file):
    build, write = LAYOUTS[layout]
    made, loaded = build(), spoilt(build())
    source = write(made)
    if as_file:
        torch.save(source, tmp_path / "weights.pth.tar")
        source = tmp_path / "weights.pth.tar"
    load_published(loaded, source)
    assert_same_weights(made, loaded)


@pytest.mark.parametrize("layout", LAYOUTS)
def test_half_of_a_layout_is_refused_and_leaves_the_network_as_it_was(layout):
    build, write = LAYOUTS[layout]
    source = copy.copy(write(build()))
    inner = source.get("state_dict", source)
    for key in [key for key in inner if "num_batches" not in key and "features_" not in key][-8:]:
        del inner[key]
    network = build()
    before = copy.deepcopy(network)
    with pytest.raises(CheckpointError, match="is missing"):
        load_published(network, source)
    assert_same_weights(before, network)


def test_synergynet_without_texture_head_gives_the_mean_texture_and_says_so(caplog):
    made, loaded = small_regressor().eval(), spoilt(small_regressor()).eval()
    state = {key: t for key, t in embedded(made, "I2P").items() if "classifier_texture" not in key}
    with caplog.at_level(logging.WARNING):
        load_published(loaded, {"epoch": 80, "state_dict": state})
    assert "no texture head" in caplog.text
    picture = torch.rand(1, 3, 120, 120, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        expected, found = made(picture).parameters, loaded(picture).parameters
    assert torch.equal(found[:, :62], expected[:, :62])
    assert expected[:, 62:].abs().min() > 0
    assert torch.equal(found[:, 62:], torch.zeros(1, 40))


def test_cut_regressor_of_cmp_gets_no_texture_head():
    state = {key: t for key, t in small_regressor().state_dict().items() if "classifier_texture" not in key}
    with pytest.raises(CheckpointError, match=r"classifier_texture\.1\.weight \(40, 1280\) is missing \(and 1 more\)"):
        load_published(small_regressor(), state)


MISFITS = {
    "another size": ({"model.weight": torch.zeros(1, 32)}, r"model\.weight is \(1, 32\), expected \(1, 64\)\."),
    "another network": (
        {"other": torch.zeros(1), "third": torch.zeros(2)},
        r"model\.weight \(1, 64\) is missing; other \(1,\) is unknown \(and 1 more\)",
    ),
    "integers": (
        {"model.weight": torch.zeros(1, 64, dtype=torch.int64)},
        r"model\.weight is \(1, 64\) torch\.int64 torch\.strided, expected \(1, 64\) torch\.float32",
    ),
    "sparse": ({"model.weight": torch.zeros(1, 64).to_sparse()}, r"torch\.sparse_coo, expected"),
    "without values": ({"model.weight": torch.zeros(1, 64, device="meta")}, "expected"),
    "no tensor": ({"model.weight": 3}, r"model\.weight is a int, expected \(1, 64\)"),
    "training checkpoint": ({"epoch": 3, "model": {}}, r"is missing; epoch a int is unknown \(and 1 more\)"),
}


@pytest.mark.parametrize("case", MISFITS)
def test_what_does_not_fit_is_named_and_the_network_stays_as_it_was(case):
    state, message = MISFITS[case]
    network = Discriminator()
    before = copy.deepcopy(network)
    with pytest.raises(CheckpointError, match=message):
        load_published(network, state)
    assert_same_weights(before, network)


def test_one_misfit_among_many_weights_loads_none_of_them():
    state = {key: torch.ones_like(tensor) for key, tensor in SupervisedDecoder().state_dict().items()}
    state["classifier_exp.1.bias"] = state["classifier_exp.1.bias"].to_sparse()
    network = SupervisedDecoder()
    before = copy.deepcopy(network)
    with pytest.raises(CheckpointError, match=r"classifier_exp\.1\.bias"):
        load_published(network, state)
    assert_same_weights(before, network)


def test_copies_that_differ_are_refused():
    state = published_state_dict(small_regressor())
    state["backbone.features_first.0.0.weight"] = torch.zeros_like(state["backbone.features.0.0.weight"])
    network = small_regressor()
    before = copy.deepcopy(network)
    with pytest.raises(CheckpointError, match=r"features_first\.0\.0\.weight .* copies of one tensor but differ"):
        load_published(network, state)
    assert_same_weights(before, network)


def test_missing_file_is_named(tmp_path):
    with pytest.raises(CheckpointError, match=r"no file .*absent\.pth"):
        load_published(Discriminator(), tmp_path / "absent.pth")


def test_wrong_file_is_named(tmp_path):
    torch.save(VoiceEncoder().state_dict(), tmp_path / "voice_embedding.pth")
    with pytest.raises(CheckpointError, match=r"weights in .*voice_embedding\.pth do not fit Discriminator"):
        load_published(Discriminator(), tmp_path / "voice_embedding.pth")


@pytest.mark.parametrize("content", [b"hello", b"<!DOCTYPE html><title>Quota exceeded</title>", b""])
def test_file_that_is_no_checkpoint_is_refused(tmp_path, content):
    (tmp_path / "notes.pth").write_bytes(content)
    with pytest.raises(CheckpointError, match=r"notes\.pth is not a file of plain tensors.*download"):
        load_published(Discriminator(), tmp_path / "notes.pth")


class Trap:
    """Creates a file when an ordinary unpickler meets it."""

    def __init__(self, path: str) -> None:
        self.path = path

    def __reduce__(self):
        return open, (self.path, "w")


def test_code_in_a_file_is_refused_and_not_run(tmp_path):
    torch.save({"model.weight": torch.zeros(1, 64), "extra": Trap(str(tmp_path / "trace"))}, tmp_path / "evil.pth")
    with pytest.raises(CheckpointError, match=r"evil\.pth is not a file of plain tensors"):
        load_published(Discriminator(), tmp_path / "evil.pth")
    assert not (tmp_path / "trace").exists()


def saved_on_cuda(state: dict, *, as_zip: bool) -> bytes:
    """The file that a machine with a GPU would have saved: each storage carries the place it came from."""
    place, on_cuda = b"X\x03\x00\x00\x00cpu", b"X\x06\x00\x00\x00cuda:0"  # BINUNICODE: length and text
    ordinary, tagged = io.BytesIO(), io.BytesIO()
    torch.save(state, ordinary, _use_new_zipfile_serialization=as_zip)
    if not as_zip:  # as PyTorch wrote before version 1.6
        assert place in ordinary.getvalue()
        return ordinary.getvalue().replace(place, on_cuda)
    with zipfile.ZipFile(ordinary) as source, zipfile.ZipFile(tagged, "w") as target:
        for name in source.namelist():
            content = source.read(name)
            if name.endswith("data.pkl"):
                assert place in content
                content = content.replace(place, on_cuda)
            target.writestr(name, content)
    return tagged.getvalue()


@pytest.mark.parametrize("as_zip", [True, False], ids=["zip", "before 1.6"])
def test_weights_saved_on_a_gpu_load_on_the_cpu(tmp_path, as_zip):
    made, loaded = Discriminator(), spoilt(Discriminator())
    (tmp_path / "gpu.pth").write_bytes(saved_on_cuda(made.state_dict(), as_zip=as_zip))
    if not torch.cuda.is_available():
        with pytest.raises(RuntimeError, match="CUDA"):  # The tag is real: without a map the file does not load.
            torch.load(tmp_path / "gpu.pth", weights_only=True)
    load_published(loaded, tmp_path / "gpu.pth")
    assert loaded.model.weight.device.type == "cpu"
    assert_same_weights(made, loaded)


def test_regressor_is_written_with_every_feature_twice():
    state = published_state_dict(small_regressor())
    parts = collections.Counter(key.split(".")[1] for key in state)
    assert (parts["features"], parts["features_first"], parts["features_second"]) == (312, 144, 168)
    assert len(state) == 632
    assert state["backbone.features_first.8.conv.3.bias"] is state["backbone.features.8.conv.3.bias"]
    assert state["backbone.features_second.9.conv.3.bias"] is state["backbone.features.9.conv.3.bias"]


def test_other_networks_are_written_under_their_own_keys():
    network = small_mobilenet()
    assert list(published_state_dict(network)) == list(network.state_dict())


def test_copies_do_not_make_the_file_larger():
    network = small_regressor()
    plain, published = io.BytesIO(), io.BytesIO()
    torch.save(network.state_dict(), plain)
    torch.save(published_state_dict(network), published)
    assert published.tell() < 1.2 * plain.tell()
