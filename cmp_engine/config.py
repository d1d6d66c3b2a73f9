"""What a training run is made of: profiles as TOML files, read into frozen dataclasses.

Defaults are the paper's values (Sec. 4, "Data processing and training") or, where the paper is silent,
those of the released code. A profile states what departs from them.
"""

import tomllib
from dataclasses import dataclass, field
from importlib import resources
from pathlib import Path
from typing import Any, Literal

from cmp_engine.exceptions import ConfigError
from cmp_engine.io.toml import read_section

PROFILES = ("smoke", "demo", "paper")
Losses = Literal["paper", "published"]
Precision = Literal["fp32", "bf16"]

# Which stages a condition needs, in the order of training.
STAGES: dict[str, tuple[str, ...]] = {
    "base-1": ("voice-encoder", "base-1-expert", "speech-to-image"),
    "base-2": ("voice-encoder", "expert", "speech-to-image"),
    "cmp-unsupervised": ("voice-encoder", "expert", "joint"),
    "cmp-supervised": ("voice-encoder", "supervised"),
}
# Those that train a face generator, each its own.
PICTURE_STAGES = ("speech-to-image", "joint")
STAGE_NAMES = ("voice-encoder", "base-1-expert", "expert", "speech-to-image", "joint", "supervised")
# Both experts learn the same from the same pictures, so they share a section.
SECTIONS = {"base-1-expert": "expert"}


@dataclass(frozen=True, kw_only=True)
class NetworkConfig:
    """Sizes of the networks; the defaults are the published ones."""

    embedding: int = 64
    voice_channels: tuple[int, ...] = (256, 384, 576, 864)
    generator_channels: tuple[int, ...] = (1024, 512, 256, 128, 64)
    face_channels: tuple[int, ...] = (32, 64, 128, 256, 512)
    regressor_width: float = 1.0
    base_1_width: float = 1.0  # of the MobileNet (v1) that Base-1 uses instead; 3DDFA-V2 publishes 1 and 0.5
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
    """Joint training of GAN and student, Eq. 7. The released code departs from it field by field: published.toml."""

    pseudo_ground_truth_weight: float = 1.0  # Eq. 4
    # Half the mean squared difference of scaled frontal meshes, in pixels of the 120-pixel frame, not of coefficients.
    pseudo_ground_truth_on_meshes: bool = False
    divergence_weight: float = 1.0  # Eq. 6
    divergence_from_student: bool = False  # KL(student || expert)
    divergence_with_diagonal: bool = False  # a sample is a neighbour of itself
    divergence_averaged: bool = False  # mean over B * B pairs, not the sum
    triplet_weight: float = 1.0  # Eq. 3
    triplet_margin: float = 1.0
    triplet_on_meshes: bool = False  # one distance per coordinate row of scaled frontal meshes, not of coefficients
    positive_is_next_file: bool = False  # the last file's is the one before; some are of another person
    negative_is_any_file: bool = False  # some are of the same person, or the anchor itself
    noise_shared_in_triplet: bool = False  # one draw of embedding_noise for anchor, positive and negative
    # The released loop leaves its frozen encoder in training mode after the first validation.
    encoder_batch_statistics: bool = False
    expert_passes_gradients: bool = False  # the student's losses also move the generator through the expert
    # The released code shows RGB faces to an expert trained on BGR pictures. Ours is trained on RGB; this shows it BGR.
    expert_sees_swapped_colours: bool = False
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
    precision: Precision = "fp32"  # bf16: networks compute in bfloat16 where it is safe; weights and losses stay fp32

    def stage(self, name: str) -> StageConfig:
        """The section of a stage.

        Raises:
            ConfigError: there is no stage of that name.
        """
        if name not in STAGE_NAMES:
            raise ConfigError(f"unknown stage {name!r}; known are {', '.join(STAGE_NAMES)}.")
        section: StageConfig = getattr(self, section_of(name).replace("-", "_"))
        return section


def section_of(stage: str) -> str:
    """The section of the configuration that a stage follows."""
    return SECTIONS.get(stage, stage)


def stages_of(condition: str) -> tuple[str, ...]:
    """The stages a condition needs, in the order of training.

    Raises:
        ConfigError: there is no condition of that name.
    """
    if condition not in STAGES:
        raise ConfigError(f"unknown condition {condition!r}; known are {', '.join(STAGES)}.")
    return STAGES[condition]


def picture_stage_of(condition: str) -> str | None:
    """The stage whose generator makes a condition's pictures; None where it makes none.

    Conditions that share it make the same picture of a voice and differ in the mesh only.

    Raises:
        ConfigError: there is no condition of that name.
    """
    last = stages_of(condition)[-1]
    return last if last in PICTURE_STAGES else None


def load_config(profile: str | Path, losses: Losses = "paper") -> EngineConfig:
    """Read a profile.

    Args:
        profile: the name of a profile that comes with the engine, or the path of a TOML file.
        losses: ``paper`` takes the profile as it is; ``published`` lays over it every departure of the released
            code from the paper (configs/published.toml).

    Raises:
        ConfigError: no such profile or losses, no valid TOML, an unknown key, or a value of the wrong type or range.
    """
    if str(profile) in PROFILES:
        table = tomllib.loads(shipped(str(profile)))
    elif Path(profile).is_file():
        table = parsed(Path(profile))
    else:
        known = ", ".join(PROFILES)
        raise ConfigError(f"unknown profile {str(profile)!r}; known are {known}, or give the path of a TOML file.")
    if losses == "published":
        for section, values in tomllib.loads(shipped("published")).items():
            former = table.get(section, {})
            table[section] = former | values if isinstance(former, dict) else former  # The reader refuses the latter.
    elif losses != "paper":
        raise ConfigError(f"unknown losses {losses!r}; known are paper and published.")
    config: EngineConfig = read_section(EngineConfig, table, where="")
    for name in STAGE_NAMES:
        check_stage(config.stage(name), section_of(name))
    return config


def shipped(name: str) -> str:
    """The text of a TOML file that comes with the engine."""
    return resources.files("cmp_engine").joinpath("configs", f"{name}.toml").read_text(encoding="utf-8")


def parsed(path: Path) -> dict[str, Any]:
    """The table in a TOML file of the user's."""
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"profile {str(path)!r} is not valid TOML: {error}") from error


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
