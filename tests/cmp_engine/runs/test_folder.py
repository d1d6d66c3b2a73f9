"""Where a run keeps what, and what is said of a folder that holds none."""

import pytest

from cmp_engine.config import EngineConfig, load_config
from cmp_engine.exceptions import CheckpointError, ConfigError
from cmp_engine.io import write_text
from cmp_engine.io.toml import as_toml
from cmp_engine.runs.folder import config_path, final_checkpoint, finished_conditions, read_config


def finish(run, *stages):
    for stage in stages:
        write_text(final_checkpoint(run, stage), "weights")


def test_configuration_is_the_one_that_the_run_was_started_with(tmp_path):
    write_text(config_path(tmp_path), as_toml(load_config("demo", losses="published")))
    assert read_config(tmp_path) == load_config("demo", losses="published")
    assert read_config(tmp_path) != EngineConfig()


def test_folder_without_configuration_is_no_run(tmp_path):
    with pytest.raises(CheckpointError, match=r"is no training run \(it has no config\.toml\); train first"):
        read_config(tmp_path)


def test_damaged_configuration_is_named_with_its_key(tmp_path):
    write_text(config_path(tmp_path), "[joint]\nsteps = 0\n")
    with pytest.raises(ConfigError, match=r"config\.toml' cannot be used:\n  joint\.steps is 0"):
        read_config(tmp_path)


@pytest.mark.parametrize(
    ("stages", "conditions"),
    [
        ((), []),
        (("voice-encoder", "expert"), []),
        (("voice-encoder", "supervised"), ["cmp-supervised"]),
        (("voice-encoder", "expert", "speech-to-image"), ["base-2"]),
        (("voice-encoder", "base-1-expert", "speech-to-image"), ["base-1"]),
        (("voice-encoder", "expert", "speech-to-image", "joint"), ["base-2", "cmp-unsupervised"]),
        (("expert", "speech-to-image", "joint", "supervised"), []),
    ],
)
def test_condition_is_finished_when_all_of_its_stages_are(tmp_path, stages, conditions):
    finish(tmp_path, *stages)
    assert finished_conditions(tmp_path) == conditions
