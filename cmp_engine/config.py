"""What a training run is made of: profiles as TOML files, read into frozen dataclasses.

Defaults are the paper's values (Sec. 4, "Data processing and training") or, where the paper is silent,
those of the released code. A profile states what departs from them.
"""

import dataclasses
import tomllib
from dataclasses import dataclass, field
from importlib import resources
from pathlib import Path
from typing import Any, get_args, get_origin, get_type_hints

from cmp_engine.exceptions import ConfigError

PROFILES = ("smoke", "demo", "paper")

# Which stages a condition needs, in the order of training.
STAGES: dict[str, tuple[str, ...]] = {
    "base-2": ("voice-encoder", "expert", "speech-to-image"),
    "cmp-unsupervised": ("voice-encoder", "expert", "joint"),
    "cmp-supervised": ("voice-encoder", "supervised"),
}
STAGE_NAMES = ("voice-encoder", "expert", "speech-to-image", "joint", "supervised")


@dataclass(frozen=True, kw_only=True)
class NetworkConfig:
    """Sizes of the networks; the defaults are the published ones."""

    embedding: int = 64
    voice_channels: tuple[int, ...] = (256, 384, 576, 864)
    generator_channels: tuple[int, ...] = (1024, 512, 256, 128, 64)
    face_channels: tuple[int, ...] = (32, 64, 128, 256, 512)
    regressor_width: float = 1.0
    regressor_pixels: int = 120  # Sec. 4: pictures of 64 x 64 are enlarged to 120 x 120 for the expert


@dataclass(frozen=True, kw_only=True)
class StageConfig:
    """How one stage is optimised (Adam)."""

    steps: int = 50_000
    batch: int = 64
    learning_rate: float = 2e-4
    beta_1: float = 0.5  # released code; the paper names only Adam and the rate
    beta_2: float = 0.999
    cosine_decay: bool = False  # lower the rate to zero along a cosine; short trainings need it
    checkpoint_every: int = 1000  # steps
    log_every: int = 100  # steps


@dataclass(frozen=True, kw_only=True)
class SpeechConfig(StageConfig):
    """How utterances are cropped for training, 100 frames per second."""

    min_frames: int = 300  # released code: one length per batch, uniform in [min_frames, max_frames]
    max_frames: int = 800


@dataclass(frozen=True, kw_only=True)
class ExpertConfig(StageConfig):
    """The image-to-3D expert."""

    # Rendered faces of people outside the data set; 0: the data set's own pictures, which must have parameters.
    # The paper's expert comes pretrained on 61,225 pictures (300W-LP), none of them of the data set.
    strangers: int = 61_225
    # Share of each batch that is blurred, as faces that a generator makes of voices are, and the detail left: side in
    # pixels, drawn per batch between the two. Not in the paper.
    blurred_share: float = 0.0
    blurred_pixels: tuple[int, ...] = (10, 40)


@dataclass(frozen=True, kw_only=True)
class FrozenSpeechConfig(SpeechConfig):
    """Speech through the frozen voice encoder."""

    embedding_noise: float = 0.05  # released code: added to the unit-length embedding, then scaled again


@dataclass(frozen=True, kw_only=True)
class GanConfig(FrozenSpeechConfig):
    """The speech-to-image GAN of Sec. 3.3, L_r and L_f."""

    # Discriminator phase.
    real_weight: float = 1.0
    fake_weight: float = 1.0
    identity_of_real_weight: float = 1.0
    identity_of_fake_weight: float = 1.0  # released code: 0
    # Generator phase.
    passing_weight: float = 1.0
    recognised_weight: float = 1.0
    # Mean absolute difference of a synthesised face to a real one of the speaker (pix2pix, Isola et al. 2017).
    # Not in the paper: a few hundred steps of a GAN alone end in blobs, and this makes them faces.
    likeness_weight: float = 0.0


@dataclass(frozen=True, kw_only=True)
class JointConfig(GanConfig):
    """Joint training of GAN and student, Eq. 7."""

    pseudo_ground_truth_weight: float = 1.0  # Eq. 4
    divergence_weight: float = 1.0  # Eq. 6
    triplet_weight: float = 1.0  # Eq. 3
    triplet_margin: float = 1.0
    # Eq. 7 also moves the generator down the student's losses. While the faces of a batch are still alike, the
    # student's batch normalisation makes that gradient huge; in short trainings it ends in one picture for all.
    student_teaches_generator: bool = True


@dataclass(frozen=True, kw_only=True)
class SupervisedConfig(FrozenSpeechConfig):
    """The decoder on voice embeddings, Eq. 2 and 3."""

    regression_weight: float = 1.0  # Eq. 2
    triplet_weight: float = 1.0  # Eq. 3
    triplet_margin: float = 1.0


@dataclass(frozen=True, kw_only=True)
class EngineConfig:
    """One training run."""

    seed: int = 0
    networks: NetworkConfig = field(default_factory=NetworkConfig)
    voice_encoder: SpeechConfig = field(default_factory=SpeechConfig)
    expert: ExpertConfig = field(default_factory=ExpertConfig)
    speech_to_image: GanConfig = field(default_factory=GanConfig)
    joint: JointConfig = field(default_factory=JointConfig)
    supervised: SupervisedConfig = field(default_factory=SupervisedConfig)

    def stage(self, name: str) -> StageConfig:
        """The section of a stage.

        Raises:
            ConfigError: there is no stage of that name.
        """
        if name not in STAGE_NAMES:
            raise ConfigError(f"unknown stage {name!r}; known are {', '.join(STAGE_NAMES)}.")
        section: StageConfig = getattr(self, name.replace("-", "_"))
        return section


def stages_of(condition: str) -> tuple[str, ...]:
    """The stages a condition needs, in the order of training.

    Raises:
        ConfigError: there is no condition of that name.
    """
    if condition not in STAGES:
        raise ConfigError(f"unknown condition {condition!r}; known are {', '.join(STAGES)}.")
    return STAGES[condition]


def load_config(profile: str | Path) -> EngineConfig:
    """Read a profile.

    Args:
        profile: the name of a profile that comes with the engine, or the path of a TOML file.

    Raises:
        ConfigError: no such profile, no valid TOML, an unknown key, or a value of the wrong type or range.
    """
    if str(profile) in PROFILES:
        text = resources.files("cmp_engine").joinpath("configs", f"{profile}.toml").read_text(encoding="utf-8")
    elif Path(profile).is_file():
        text = Path(profile).read_text(encoding="utf-8")
    else:
        known = ", ".join(PROFILES)
        raise ConfigError(f"unknown profile {str(profile)!r}; known are {known}, or give the path of a TOML file.")
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"profile {str(profile)!r} is not valid TOML: {error}") from error
    config: EngineConfig = read_section(EngineConfig, table, where="")
    for name in STAGE_NAMES:
        check_stage(config.stage(name), name)
    return config


def read_section(section: type[Any], table: dict[str, Any], *, where: str) -> Any:
    """Make a dataclass from a TOML table; unknown keys and wrong types are errors."""
    hints = get_type_hints(section)
    names = {key.replace("_", "-") if dataclasses.is_dataclass(hints[key]) else key: key for key in hints}
    values = {}
    for key, value in table.items():
        if key not in names:
            raise ConfigError(f"unknown key {where + key!r}; known here are {', '.join(names)}.")
        values[names[key]] = read_value(hints[names[key]], value, where=where + key)
    return section(**values)


def read_value(hint: Any, value: Any, *, where: str) -> Any:
    """Check one TOML value against the type of its field."""
    if dataclasses.is_dataclass(hint) and isinstance(hint, type) and isinstance(value, dict):
        return read_section(hint, value, where=f"{where}.")
    if get_origin(hint) is tuple and isinstance(value, list):
        return tuple(read_value(get_args(hint)[0], item, where=where) for item in value)
    if hint is float and isinstance(value, int) and not isinstance(value, bool):
        value = float(value)
    if not isinstance(hint, type) or not isinstance(value, hint) or (isinstance(value, bool) and hint is not bool):
        raise ConfigError(f"{where} is {value!r}, expected {getattr(hint, '__name__', hint)}.")
    if isinstance(value, int | float) and value < 0:
        raise ConfigError(f"{where} is {value!r}, expected zero or more.")
    return value


def check_stage(stage: StageConfig, name: str) -> None:
    """Refuse values that no training can use."""
    for key in ("steps", "batch", "checkpoint_every", "log_every"):
        if getattr(stage, key) < 1:
            raise ConfigError(f"{name}.{key} is {getattr(stage, key)}, expected one or more.")
    if isinstance(stage, SpeechConfig) and not 32 <= stage.min_frames <= stage.max_frames <= 1000:
        raise ConfigError(
            f"{name}: need 32 <= min_frames <= max_frames <= 1000, got {stage.min_frames} and {stage.max_frames}."
        )
    if isinstance(stage, ExpertConfig) and not is_range(stage.blurred_pixels):
        raise ConfigError(
            f"{name}.blurred_pixels is {list(stage.blurred_pixels)}, expected two sides, the smaller first."
        )
    if isinstance(stage, ExpertConfig) and stage.blurred_share > 1:
        raise ConfigError(f"{name}.blurred_share is {stage.blurred_share}, expected 0 to 1.")
    if isinstance(stage, FrozenSpeechConfig) and stage.batch < 2:
        raise ConfigError(f"{name}.batch is {stage.batch}, expected two or more: pairs of identities are compared.")


def is_range(sides: tuple[int, ...]) -> bool:
    """Whether these are two numbers from one on, the smaller first."""
    return len(sides) == 2 and 1 <= sides[0] <= sides[1]


def as_toml(config: EngineConfig) -> str:
    """Write a configuration so that `load_config` reads it back."""
    lines, sections = [], []
    for item in dataclasses.fields(config):
        value = getattr(config, item.name)
        if not dataclasses.is_dataclass(value):
            lines.append(f"{item.name} = {toml_value(value)}")
            continue
        sections.append(f"\n[{item.name.replace('_', '-')}]")
        sections += [f"{entry.name} = {toml_value(getattr(value, entry.name))}" for entry in dataclasses.fields(value)]
    return "\n".join(lines + sections) + "\n"


def toml_value(value: bool | float | tuple[int, ...]) -> str:
    """One value as TOML."""
    if isinstance(value, bool):
        return str(value).lower()
    return repr(list(value)) if isinstance(value, tuple) else repr(value)
