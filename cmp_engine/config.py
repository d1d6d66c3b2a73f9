"""What a training run is made of: profiles as TOML files, read into frozen settings.

Defaults are the paper's values (Sec. 4, "Data processing and training") or, where the paper is silent,
those of the released code. A profile states what departs from them.
"""

import tomllib
from importlib import resources
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import ConfigDict, Field, model_validator
from pydantic.dataclasses import dataclass

from cmp_engine import ranges
from cmp_engine.exceptions import ConfigError
from cmp_engine.io.toml import read_settings, read_toml

PROFILES = ("smoke", "demo", "paper")
Losses = Literal["paper", "published"]
Precision = Annotated[Literal["fp32", "bf16"], Field(description="fp32 or bf16")]
# In Python fields go by their names, in a file by those of the file.
CHECKED = ConfigDict(extra="forbid", allow_inf_nan=False, validate_by_name=True, validate_by_alias=False)

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


@dataclass(frozen=True, kw_only=True, config=CHECKED)
class NetworkConfig:
    """Sizes of the networks; the defaults are the published ones."""

    embedding: ranges.Width = 64
    voice_channels: ranges.Widths = (256, 384, 576, 864)
    generator_channels: ranges.FiveWidths = (1024, 512, 256, 128, 64)
    face_channels: ranges.FiveWidths = (32, 64, 128, 256, 512)
    regressor_width: ranges.Factor = 1.0
    base_1_width: ranges.Factor = 1.0  # of the MobileNet (v1) that Base-1 uses instead; 3DDFA-V2 publishes 1 and 0.5
    regressor_pixels: ranges.Pixels = 120  # Sec. 4: pictures of 64 x 64 are enlarged to 120 x 120 for the expert


@dataclass(frozen=True, kw_only=True, config=CHECKED)
class StageConfig:
    """How one stage is optimised (Adam)."""

    steps: ranges.Steps = 50_000
    batch: ranges.Batch = 64
    learning_rate: ranges.Rate = 2e-4
    beta_1: ranges.Momentum = 0.5  # released code; the paper names only Adam and the rate
    beta_2: ranges.Momentum = 0.999
    cosine_decay: ranges.Switch = False  # lower the rate to zero along a cosine; short trainings need it
    checkpoint_every: ranges.Steps = 1000  # steps
    log_every: ranges.Steps = 100  # steps


@dataclass(frozen=True, kw_only=True, config=CHECKED)
class SpeechConfig(StageConfig):
    """How utterances are cropped for training, 100 frames per second."""

    min_frames: ranges.Frames = 300  # released code: one length per batch, uniform in [min_frames, max_frames]
    max_frames: ranges.Frames = 800

    @model_validator(mode="after")
    def _check_frames(self) -> Self:
        if self.min_frames > self.max_frames:
            raise ValueError(
                f"min_frames is {self.min_frames} and max_frames {self.max_frames}, expected min_frames <= max_frames"
            )
        return self


@dataclass(frozen=True, kw_only=True, config=CHECKED)
class ExpertConfig(StageConfig):
    """The image-to-3D expert."""

    # Rendered faces of people outside the data set; 0: the data set's own pictures, which must have parameters.
    # The paper's expert comes pretrained on 61,225 pictures (300W-LP), none of them of the data set.
    strangers: ranges.Pictures = 61_225
    # Share of each batch that is blurred, as faces that a generator makes of voices are, and the detail left: side in
    # pixels, drawn per batch between the two. Not in the paper.
    blurred_share: ranges.Share = 0.0
    blurred_pixels: ranges.Sides = (10, 40)


@dataclass(frozen=True, kw_only=True, config=CHECKED)
class FrozenSpeechConfig(SpeechConfig):
    """Speech through the frozen voice encoder."""

    embedding_noise: ranges.Weight = 0.05  # released code: added to the unit-length embedding, then scaled again


@dataclass(frozen=True, kw_only=True, config=CHECKED)
class GanConfig(FrozenSpeechConfig):
    """The speech-to-image GAN of Sec. 3.3, L_r and L_f."""

    # Discriminator phase.
    real_weight: ranges.Weight = 1.0
    fake_weight: ranges.Weight = 1.0
    identity_of_real_weight: ranges.Weight = 1.0
    identity_of_fake_weight: ranges.Weight = 1.0  # released code: 0
    # Generator phase.
    passing_weight: ranges.Weight = 1.0
    recognised_weight: ranges.Weight = 1.0
    # Mean absolute difference of a synthesised face to a real one of the speaker (pix2pix, Isola et al. 2017).
    # Not in the paper: a few hundred steps of a GAN alone end in blobs, and this makes them faces.
    likeness_weight: ranges.Weight = 0.0


@dataclass(frozen=True, kw_only=True, config=CHECKED)
class JointConfig(GanConfig):
    """Joint training of GAN and student, Eq. 7. The released code departs from it field by field: published.toml."""

    pseudo_ground_truth_weight: ranges.Weight = 1.0  # Eq. 4
    # Half the mean squared difference of scaled frontal meshes, in pixels of the 120-pixel frame, not of coefficients.
    pseudo_ground_truth_on_meshes: ranges.Switch = False
    divergence_weight: ranges.Weight = 1.0  # Eq. 6
    divergence_from_student: ranges.Switch = False  # KL(student || expert)
    divergence_with_diagonal: ranges.Switch = False  # a sample is a neighbour of itself
    divergence_averaged: ranges.Switch = False  # mean over B * B pairs, not the sum
    triplet_weight: ranges.Weight = 1.0  # Eq. 3
    triplet_margin: ranges.Weight = 1.0
    triplet_on_meshes: ranges.Switch = (
        False  # one distance per coordinate row of scaled frontal meshes, not of coefficients
    )
    positive_is_next_file: ranges.Switch = False  # the last file's is the one before; some are of another person
    negative_is_any_file: ranges.Switch = False  # some are of the same person, or the anchor itself
    noise_shared_in_triplet: ranges.Switch = False  # one draw of embedding_noise for anchor, positive and negative
    # The released loop leaves its frozen encoder in training mode after the first validation.
    encoder_batch_statistics: ranges.Switch = False
    expert_passes_gradients: ranges.Switch = False  # the student's losses also move the generator through the expert
    # The released code shows RGB faces to an expert trained on BGR pictures. Ours is trained on RGB; this shows it BGR.
    expert_sees_swapped_colours: ranges.Switch = False
    # Eq. 7 also moves the generator down the student's losses. While the faces of a batch are still alike, the
    # student's batch normalisation makes that gradient huge; in short trainings it ends in one picture for all.
    student_teaches_generator: ranges.Switch = True


@dataclass(frozen=True, kw_only=True, config=CHECKED)
class SupervisedConfig(FrozenSpeechConfig):
    """The decoder on voice embeddings, Eq. 2 and 3."""

    regression_weight: ranges.Weight = 1.0  # Eq. 2
    triplet_weight: ranges.Weight = 1.0  # Eq. 3
    triplet_margin: ranges.Weight = 1.0


def section(kind: type[Any], name: str) -> Any:
    """The field of a section, all of whose settings have defaults."""
    return Field(default_factory=kind, validation_alias=name, description=f"a section [{name}]")


@dataclass(frozen=True, kw_only=True, config=CHECKED)
class EngineConfig:
    """One training run."""

    seed: ranges.Seed = 0
    networks: NetworkConfig = section(NetworkConfig, "networks")
    voice_encoder: SpeechConfig = section(SpeechConfig, "voice-encoder")
    expert: ExpertConfig = section(ExpertConfig, "expert")
    speech_to_image: GanConfig = section(GanConfig, "speech-to-image")
    joint: JointConfig = section(JointConfig, "joint")
    supervised: SupervisedConfig = section(SupervisedConfig, "supervised")
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
        table = read_toml(Path(profile))
    else:
        known = ", ".join(PROFILES)
        raise ConfigError(f"unknown profile {str(profile)!r}; known are {known}, or give the path of a TOML file.")
    if losses == "published":
        for section, values in tomllib.loads(shipped("published")).items():
            former = table.get(section, {})
            table[section] = former | values if isinstance(former, dict) else former  # The reader refuses the latter.
    elif losses != "paper":
        raise ConfigError(f"unknown losses {losses!r}; known are paper and published.")
    return read_settings(EngineConfig, table, source=f"profile {str(profile)!r}")


def shipped(name: str) -> str:
    """The text of a TOML file that comes with the engine."""
    return resources.files("cmp_engine").joinpath("configs", f"{name}.toml").read_text(encoding="utf-8")
