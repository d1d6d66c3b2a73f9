"""From data set and configuration to the finished checkpoint of a stage."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch

from cmp_engine.config import EngineConfig, StageConfig
from cmp_engine.data import FaceSampler, ParameterSampler, TripletSampler, UtteranceSampler, Voxceleb3D
from cmp_engine.device import choose_device
from cmp_engine.exceptions import CheckpointError, ConfigError
from cmp_engine.morphable import MorphableModel
from cmp_engine.networks import ImageTo3D, SupervisedDecoder, Whitening
from cmp_engine.networks.placement import onto
from cmp_engine.runs.folder import final_checkpoint
from cmp_engine.training.bench import Bench, crop_rule
from cmp_engine.training.distillation import Distillation, mesh_distance
from cmp_engine.training.expert import ExpertModules, train_expert
from cmp_engine.training.ground_truth import FittedShapes
from cmp_engine.training.joint import JointBatch, JointModules, train_joint
from cmp_engine.training.parallel import first_process_ahead, processes
from cmp_engine.training.run import Progress, StageRun
from cmp_engine.training.seeding import seed_torch
from cmp_engine.training.signature import describe, keep_config
from cmp_engine.training.speech_to_image import GanBatch, train_speech_to_image
from cmp_engine.training.step import make_adam
from cmp_engine.training.strangers import Strangers
from cmp_engine.training.supervised import SupervisedBatch, SupervisedModules, train_supervised
from cmp_engine.training.voice_encoder import SpeakerModules, train_voice_encoder

# The stages whose networks a stage starts from.
NEEDS: dict[str, tuple[str, ...]] = {
    "voice-encoder": (),
    "base-1-expert": (),
    "expert": (),
    "speech-to-image": ("voice-encoder",),
    "joint": ("voice-encoder", "expert"),
    "supervised": ("voice-encoder",),
}


def train_stage(
    stage: str,
    *,
    dataset: Voxceleb3D,
    config: EngineConfig,
    run: Path,
    device: str = "cpu",
    progress: Progress | None = None,
) -> Path:
    """Train a stage, or go on where a former call was interrupted.

    Args:
        stage: one of `cmp_engine.config.STAGE_NAMES`.
        dataset: its training identities are used.
        config: a run has one configuration, kept in its ``config.toml``.
        run: folder of the run; made if missing.
        device: ``cpu``, ``cuda`` or ``auto``.
        progress: called after each step with the steps done and the steps in all.

    Returns:
        Path of the finished checkpoint ``run/<stage>/final.pt``; at once when the stage is finished.

    Raises:
        ConfigError: unknown stage, or the run has another configuration.
        CheckpointError: a stage before is missing, or a checkpoint does not fit.
        WriteError: a file cannot be written.
        DatasetError: the data set lacks what the stage needs.
        DeviceError: this machine lacks the device.
    """
    section = config.stage(stage)
    chosen = choose_device(device)
    check_shares(stage, section)
    with first_process_ahead():
        keep_config(run, config)
    needed = {name: finished(run, name) for name in NEEDS[stage]}
    made_for = describe(stage, config=config, dataset=dataset, needed=needed)
    stage_run = StageRun(run, stage, section, made_for, progress, chosen)
    if stage_run.is_finished():
        return stage_run.final
    with torch.random.fork_rng():  # The caller's random numbers stay as they were.
        seed_torch(config.seed, stage)
        TRAINERS[stage](Bench(dataset, config, needed, chosen), stage_run)
    return stage_run.finish()


def check_shares(stage: str, section: StageConfig) -> None:
    """Refuse a batch that the processes cannot share equally."""
    if section.batch % processes():
        raise ConfigError(
            f"{stage}.batch is {section.batch}, which {processes()} processes cannot share equally; "
            "start another number of processes, or change the batch in a profile of your own."
        )


def finished(run: Path, stage: str) -> Path:
    """The checkpoint of a stage that must have been trained before.

    Raises:
        CheckpointError: it has not.
    """
    path = final_checkpoint(run, stage)
    if not path.exists():
        raise CheckpointError(f"stage {stage!r} is not finished in {run}; train it first.")
    return path


def run_voice_encoder(bench: Bench, run: StageRun) -> None:
    """Stage ``voice-encoder``."""
    config = bench.config.voice_encoder
    encoder, classifier = bench.speaker_networks()
    modules = SpeakerModules(encoder, classifier, make_adam(config, encoder, classifier))
    run.keep({"voice_encoder": encoder, "classifier": classifier}, {"adam": modules.optimizer})
    voices = UtteranceSampler(bench.dataset.train, crop_rule(config))
    batch_at = bench.batches("voice-encoder", lambda rng: voices.draw(config.batch, rng))
    train_voice_encoder(modules, batch_at, config, run)


def run_expert(bench: Bench, run: StageRun) -> None:
    """Stage ``expert``."""
    teach(bench.fresh_regressor(), bench, run)


def run_base_1_expert(bench: Bench, run: StageRun) -> None:
    """Stage ``base-1-expert``: the same lessons from the same pictures for the network of 3DDFA-V2."""
    teach(bench.fresh_base_1_expert(), bench, run)


def teach(expert: ImageTo3D, bench: Bench, run: StageRun) -> None:
    """Train an image-to-3D network."""
    config = bench.config.expert
    pictures: Strangers | ParameterSampler
    if config.strangers:
        with first_process_ahead():
            pictures = Strangers.at(run.directory / "expert" / "strangers.npz", config, bench.config.seed)
    else:
        pictures = ParameterSampler(bench.dataset.train)
    whitening = Whitening.of(pictures.all_parameters())
    modules = ExpertModules(expert, make_adam(config, expert))
    run.keep({"expert": expert}, {"adam": modules.optimizer}, whitening._asdict())
    batch_at = bench.batches("expert", lambda rng: pictures.draw(config.batch, rng))
    pixels = bench.config.networks.regressor_pixels
    train_expert(modules, batch_at, onto(whitening, bench.device), pixels, config, run)


def run_speech_to_image(bench: Bench, run: StageRun) -> None:
    """Stage ``speech-to-image``."""
    config = bench.config.speech_to_image
    modules = bench.fresh_gan(config)
    run.keep(modules.networks, modules.optimizers)
    voices = UtteranceSampler(bench.dataset.train, crop_rule(config))
    faces = FaceSampler(bench.dataset.train)

    def draw(rng: np.random.Generator) -> GanBatch:
        voice = voices.draw(config.batch, rng)
        return GanBatch(voice, faces.draw(config.batch, rng), faces.draw_of(voice.label.tolist(), rng))

    train_speech_to_image(modules, bench.batches("speech-to-image", draw), config, run)


def run_joint(bench: Bench, run: StageRun) -> None:
    """Stage ``joint``."""
    config = bench.config.joint
    expert, whitening = bench.frozen_expert()
    student = bench.fresh_regressor()
    gan = bench.fresh_gan(config, student)
    gan.voice_encoder.train(config.encoder_batch_statistics)
    meshes = mesh_distance(config)
    pixels = bench.config.networks.regressor_pixels
    parts = Distillation(student, expert, whitening, meshes and meshes.to(bench.device), pixels)
    modules = JointModules(gan, parts)
    run.keep({**gan.networks, "student": student}, gan.optimizers, whitening._asdict())
    voices = TripletSampler(
        bench.dataset.train,
        crop_rule(config),
        positive_is_next_file=config.positive_is_next_file,
        negative_is_any_file=config.negative_is_any_file,
    )
    faces = FaceSampler(bench.dataset.train)

    def draw(rng: np.random.Generator) -> JointBatch:
        voice = voices.draw_triplets(config.batch, rng)
        return JointBatch(voice, faces.draw(config.batch, rng), faces.draw_of(voice.label.tolist(), rng))

    train_joint(modules, bench.batches("joint", draw), config, run)


def run_supervised(bench: Bench, run: StageRun) -> None:
    """Stage ``supervised``."""
    config = bench.config.supervised
    shapes = FittedShapes(bench.dataset, MorphableModel.analytic("low").shape_sd)
    whitening = Whitening.of(shapes.everything())  # of the 50 coefficients
    decoder = bench.to_train(SupervisedDecoder(bench.config.networks.embedding))
    modules = SupervisedModules(bench.frozen_voice_encoder(), decoder, make_adam(config, decoder))
    run.keep({"decoder": decoder}, {"adam": modules.optimizer}, whitening._asdict())
    voices = TripletSampler(bench.dataset.train, crop_rule(config))

    def draw(rng: np.random.Generator) -> SupervisedBatch:
        voice = voices.draw_triplets(config.batch, rng)
        return SupervisedBatch(voice, whitening.whiten(shapes.draw(voice.label.tolist(), rng)))

    train_supervised(modules, bench.batches("supervised", draw), config, run)


TRAINERS: dict[str, Callable[[Bench, StageRun], None]] = {
    "voice-encoder": run_voice_encoder,
    "base-1-expert": run_base_1_expert,
    "expert": run_expert,
    "speech-to-image": run_speech_to_image,
    "joint": run_joint,
    "supervised": run_supervised,
}
