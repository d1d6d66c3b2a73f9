"""Profiles are read whole or refused with the key at fault."""

from dataclasses import asdict, replace

import pytest

from cmp_engine.config import PROFILES, STAGE_NAMES, STAGES, EngineConfig, load_config, stages_of
from cmp_engine.exceptions import ConfigError
from cmp_engine.io.toml import as_toml


def profile(tmp_path, text: str):
    path = tmp_path / "profile.toml"
    path.write_text(text)
    return path


@pytest.mark.parametrize("name", PROFILES)
def test_profile_survives_being_written_and_read(tmp_path, name):
    config = load_config(name)
    assert load_config(profile(tmp_path, as_toml(config))) == config


def test_paper_profile_is_the_default_and_the_paper():
    config = load_config("paper")
    assert config == EngineConfig()
    assert (config.joint.batch, config.joint.steps, config.joint.learning_rate) == (64, 50_000, 2e-4)
    assert (config.joint.beta_1, config.joint.beta_2) == (0.5, 0.999)
    weights = (config.joint.pseudo_ground_truth_weight, config.joint.divergence_weight, config.joint.triplet_weight)
    assert weights == (1, 1, 1)


PUBLISHED = {
    "speech-to-image": {"identity_of_fake_weight": 0},
    "joint": {
        "identity_of_fake_weight": 0,
        "pseudo_ground_truth_on_meshes": True,
        "divergence_weight": 10_000,
        "divergence_from_student": True,
        "divergence_with_diagonal": True,
        "divergence_averaged": True,
        "triplet_weight": 1.5,
        "triplet_on_meshes": True,
        "positive_is_next_file": True,
        "negative_is_any_file": True,
        "noise_shared_in_triplet": True,
        "encoder_batch_statistics": True,
        "expert_passes_gradients": True,
        "expert_sees_swapped_colours": True,
    },
}


@pytest.mark.parametrize("name", PROFILES)
def test_published_losses_change_these_fields_of_a_profile_and_no_others(name):
    paper, published = load_config(name), load_config(name, losses="published")
    for stage in STAGE_NAMES:
        before, after = asdict(paper.stage(stage)), asdict(published.stage(stage))
        assert {key: after[key] for key in after if after[key] != before[key]} == PUBLISHED.get(stage, {})
    assert replace(published, joint=paper.joint, speech_to_image=paper.speech_to_image) == paper


def test_published_losses_survive_being_written_and_read(tmp_path):
    config = load_config("demo", losses="published")
    assert load_config(profile(tmp_path, as_toml(config))) == config


def test_unknown_losses_name_the_known_ones(tmp_path):
    with pytest.raises(ConfigError, match="unknown losses 'best'; known are paper and published"):
        load_config("demo", losses="best")
    with pytest.raises(ConfigError, match=r"joint is 3, expected JointConfig"):
        load_config(profile(tmp_path, "joint = 3"), losses="published")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("sede = 1", r"unknown key 'sede'; known here are seed, networks, voice-encoder"),
        ("[joint]\ntriplet = 1.5", r"unknown key 'joint\.triplet'"),
        ("[joint]\nsteps = 1.5", r"joint\.steps is 1\.5, expected int"),
        ("[joint]\nsteps = true", r"joint\.steps is True, expected int"),
        ("[joint]\nsteps = 0", r"joint\.steps is 0, expected one or more"),
        ("[joint]\nbatch = 1", r"joint\.batch is 1, expected two or more"),
        ("[joint]\ntriplet_weight = -1", r"joint\.triplet_weight is -1\.0, expected zero or more"),
        ("[networks]\nvoice_channels = ['a']", r"networks\.voice_channels is 'a', expected int"),
        ("[supervised]\nmin_frames = 900", r"supervised: need 32 <= min_frames <= max_frames"),
        (
            "[expert]\nblurred_pixels = [40, 10]",
            r"expert\.blurred_pixels is \[40, 10\], expected two sides, the smaller",
        ),
        ("[expert]\nblurred_share = 1.5", r"expert\.blurred_share is 1\.5, expected 0 to 1"),
        ("seed = ", r"not valid TOML"),
        ('precision = "fp16"', r"precision is 'fp16'; known are fp32, bf16"),
        ("joint = 3", r"joint is 3, expected JointConfig"),
    ],
)
def test_bad_profile_names_the_key_and_the_value(tmp_path, text, message):
    with pytest.raises(ConfigError, match=message):
        load_config(profile(tmp_path, text))


def test_unknown_profile_names_the_known_ones():
    with pytest.raises(ConfigError, match="unknown profile 'dmeo'; known are smoke, demo, paper"):
        load_config("dmeo")


def test_unknown_condition_and_stage_name_the_known_ones():
    with pytest.raises(ConfigError, match=f"unknown condition 'base-3'; known are {', '.join(STAGES)}"):
        stages_of("base-3")
    with pytest.raises(ConfigError, match="unknown stage 'gan'; known are voice-encoder"):
        EngineConfig().stage("gan")
