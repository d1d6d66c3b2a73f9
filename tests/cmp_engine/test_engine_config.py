"""Profiles are read whole or refused with the key at fault."""

from dataclasses import FrozenInstanceError, asdict, replace

import pytest
from pydantic import ValidationError

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
    with pytest.raises(ConfigError, match=r"joint is 3, expected a section \[joint\]"):
        load_config(profile(tmp_path, "joint = 3"), losses="published")


WHOLE = "a whole number from"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("sede = 1", "unknown key 'sede'; known here are seed, networks, voice-encoder, expert,"),
        ("[joint]\ntriplet = 1.5", "unknown key 'joint.triplet'; known here are steps, batch, learning_rate,"),
        ("[voice_encoder]\nsteps = 1", "unknown key 'voice_encoder'; known here are seed, networks, voice-encoder,"),
        ("joint = 3", "joint is 3, expected a section [joint]."),
        ("[seed]\na = 1", f"seed is a section, expected {WHOLE} 0 to 2^63 - 1."),
        ("seed = -1", f"seed is -1, expected {WHOLE} 0 to 2^63 - 1."),
        ("seed = 9223372036854775808", f"seed is 9223372036854775808, expected {WHOLE} 0 to 2^63 - 1."),
        ('precision = "fp16"', 'precision is "fp16", expected fp32 or bf16.'),
        ("[joint]\nsteps = 1.5", f"joint.steps is 1.5, expected {WHOLE} 1 to 1000000000."),
        ("[joint]\nsteps = true", f"joint.steps is true, expected {WHOLE} 1 to"),
        ('[joint]\nsteps = "9"', f'joint.steps is "9", expected {WHOLE} 1 to'),
        ("[joint]\nsteps = 0", f"joint.steps is 0, expected {WHOLE} 1 to"),
        ("[joint]\nlog_every = 0", f"joint.log_every is 0, expected {WHOLE} 1 to"),
        ("[expert]\ncheckpoint_every = 0", f"expert.checkpoint_every is 0, expected {WHOLE} 1 to"),
        ("[joint]\nbatch = 1", f"joint.batch is 1, expected {WHOLE} 2 to 65536."),
        ("[voice-encoder]\nbatch = 1", f"voice-encoder.batch is 1, expected {WHOLE} 2 to"),
        ("[joint]\nlearning_rate = nan", "joint.learning_rate is nan, expected a number above 0, up to 10."),
        ("[joint]\nlearning_rate = 0.0", "joint.learning_rate is 0.0, expected a number above 0, up to 10."),
        ("[joint]\nlearning_rate = inf", "joint.learning_rate is inf, expected a number above 0, up to 10."),
        ("[expert]\nbeta_1 = 7.0", "expert.beta_1 is 7.0, expected a number from 0 to below 1."),
        ("[expert]\nbeta_1 = 1.0", "expert.beta_1 is 1.0, expected a number from 0 to below 1."),
        ("[expert]\nbeta_2 = -0.1", "expert.beta_2 is -0.1, expected a number from 0 to below 1."),
        ("[joint]\ntriplet_weight = -1", "joint.triplet_weight is -1, expected a finite number of at least 0."),
        ("[joint]\ntriplet_weight = inf", "joint.triplet_weight is inf, expected a finite number of at least 0."),
        ("[joint]\nreal_weight = true", "joint.real_weight is true, expected a finite number of at least 0."),
        ("[joint]\nembedding_noise = -1", "joint.embedding_noise is -1, expected a finite number of at least 0."),
        ("[joint]\ntriplet_on_meshes = 1", "joint.triplet_on_meshes is 1, expected true or false."),
        ("[networks]\nembedding = 0", f"networks.embedding is 0, expected {WHOLE} 1 to 8192."),
        ("[networks]\nembedding = 8193", f"networks.embedding is 8193, expected {WHOLE} 1 to 8192."),
        ("[networks]\nvoice_channels = []", "networks.voice_channels is [], expected a list of 1 to 8 whole numbers"),
        ("[networks]\nvoice_channels = [8, 0]", "networks.voice_channels is [8, 0], expected a list of 1 to 8 whole"),
        ('[networks]\nvoice_channels = ["a", 0]', 'networks.voice_channels is ["a", 0], expected a list of 1 to 8'),
        ("[networks]\nvoice_channels = 8", "networks.voice_channels is 8, expected a list of 1 to 8 whole numbers"),
        ("[networks]\ngenerator_channels = [8, 8]", "networks.generator_channels is [8, 8], expected a list of 5"),
        ("[networks]\nface_channels = [8, 8]", "networks.face_channels is [8, 8], expected a list of 5 whole"),
        ("[networks]\nregressor_width = 0", "networks.regressor_width is 0, expected a number from 0.03125 to 8."),
        ("[networks]\nbase_1_width = 0.03", "networks.base_1_width is 0.03, expected a number from 0.03125 to 8."),
        (
            "[networks]\nregressor_pixels = 31",
            "networks.regressor_pixels is 31, expected a whole number of pixels",
        ),
        ("[supervised]\nmin_frames = 31", "supervised.min_frames is 31, expected a whole number of frames from 32 to"),
        ("[supervised]\nmax_frames = 1001", "supervised.max_frames is 1001, expected a whole number of frames from 32"),
        ("[supervised]\nmin_frames = 900", "supervised: min_frames is 900 and max_frames 800, expected min_frames <= "),
        ("[expert]\nstrangers = -1", f"expert.strangers is -1, expected {WHOLE} 0 to 10000000."),
        ("[expert]\nblurred_share = 1.5", "expert.blurred_share is 1.5, expected a number from 0 to 1."),
        ("[expert]\nblurred_pixels = [40, 10]", "expert.blurred_pixels is [40, 10], expected a list of two sides"),
        ("[expert]\nblurred_pixels = [40]", "expert.blurred_pixels is [40], expected a list of two sides in pixels"),
        ("[expert]\nblurred_pixels = [0, 9]", "expert.blurred_pixels is [0, 9], expected a list of two sides in"),
    ],
)
def test_setting_out_of_range_is_named_with_its_value_and_range(tmp_path, text, message):
    path = profile(tmp_path, text)
    with pytest.raises(ConfigError) as error:
        load_config(path)
    head, *lines = str(error.value).splitlines()
    assert head == f"profile {str(path)!r} cannot be used:"
    assert len(lines) == 1
    assert lines[0].startswith(f"  {message}")


def test_all_that_is_wrong_is_told_at_once(tmp_path):
    text = "seed = -1\n[joint]\nbeta_1 = 7.0\nlearning_rate = nan\ntriplet = 3\n[networks]\nvoice_channels = [0, 0]\n"
    with pytest.raises(ConfigError) as error:
        load_config(profile(tmp_path, text))
    told = sorted(line.split()[0] for line in str(error.value).splitlines()[1:])
    assert told == ["joint.beta_1", "joint.learning_rate", "networks.voice_channels", "seed", "unknown"]


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("[joint]\nlearning_rate = 1", lambda config: config.joint.learning_rate),
        ("[joint]\nbeta_1 = 0", lambda config: config.joint.beta_1 + 1),
        ("[networks]\nregressor_width = 0.03125", lambda config: config.networks.regressor_width * 32),
        ("[networks]\nvoice_channels = [1]", lambda config: config.networks.voice_channels[0]),
        ("[expert]\nblurred_share = 1.0", lambda config: config.expert.blurred_share),
        ("[supervised]\nmin_frames = 800", lambda config: config.supervised.min_frames / 800),
    ],
)
def test_ends_of_ranges_belong_to_them_and_whole_numbers_are_numbers(tmp_path, text, read):
    assert read(load_config(profile(tmp_path, text))) == 1


def test_text_that_is_no_toml_is_named(tmp_path):
    with pytest.raises(ConfigError, match=r"profile\.toml' is not valid TOML: Invalid value"):
        load_config(profile(tmp_path, "seed = "))


def test_settings_stay_as_they_were_read():
    with pytest.raises(FrozenInstanceError):
        load_config("demo").joint.steps = 3
    with pytest.raises(ValidationError):
        replace(load_config("demo").joint, steps=0)


def test_run_of_an_earlier_version_is_read_and_its_text_is_the_same_today():
    """The text decides whether a run is found again, so no trained run is lost to a new writer."""
    former = """\
seed = 3
precision = "fp32"

[networks]
embedding = 64
voice_channels = [96, 128, 160, 192]
generator_channels = [256, 128, 64, 32, 16]
face_channels = [16, 32, 64, 96, 128]
regressor_width = 0.25
base_1_width = 0.25
regressor_pixels = 64

[voice-encoder]
steps = 300
batch = 32
learning_rate = 1e-05
beta_1 = 0.9
beta_2 = 0.999
cosine_decay = true
checkpoint_every = 100
log_every = 100
min_frames = 300
max_frames = 800
"""
    config = EngineConfig(
        seed=3,
        networks=load_config("demo").networks,
        voice_encoder=replace(load_config("demo").voice_encoder, learning_rate=1e-5),
    )
    assert as_toml(config).startswith(former)


def test_unknown_profile_names_the_known_ones():
    with pytest.raises(ConfigError, match="unknown profile 'dmeo'; known are smoke, demo, paper"):
        load_config("dmeo")


def test_unknown_condition_and_stage_name_the_known_ones():
    with pytest.raises(ConfigError, match=f"unknown condition 'base-3'; known are {', '.join(STAGES)}"):
        stages_of("base-3")
    with pytest.raises(ConfigError, match="unknown stage 'gan'; known are voice-encoder"):
        EngineConfig().stage("gan")
