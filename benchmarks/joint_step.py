"""Joint training steps of published size on the CPU, ours beside the released code's: time and peak memory.

python -m benchmarks.joint_step            # both, as ratios
python -m benchmarks.joint_step published  # one, in a process of its own, as JSON: CPU seconds and bytes
"""

import itertools
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import torch

from benchmarks.published_step import IDENTITIES, PublishedStep
from cmp_engine.config import EngineConfig, load_config
from cmp_engine.data import FaceBatch, TripletBatch
from cmp_engine.networks import (
    Discriminator,
    FaceEmbedding,
    FaceGenerator,
    IdentityClassifier,
    MeshRegressor,
    VoiceEncoder,
    Whitening,
)
from cmp_engine.networks.placement import to_freeze, to_train
from cmp_engine.training.distillation import Distillation, mesh_distance
from cmp_engine.training.gan import GanModules
from cmp_engine.training.joint import JointBatch, JointModules, train_joint
from cmp_engine.training.precision import in_bfloat16
from cmp_engine.training.run import StageRun
from cmp_engine.training.step import make_adam

BATCH = 64
FRAMES = 550  # crops are of 300 to 800
STEPS = 2  # the first is not counted


def batch_of_noise() -> JointBatch:
    """Voices and faces that cost what real ones cost."""
    label = torch.randint(IDENTITIES, (BATCH,))
    anchor, positive, negative = torch.randn(3, BATCH, 64, FRAMES)
    face, speaker = (FaceBatch(torch.rand(BATCH, 3, 64, 64) * 2 - 1, label) for _ in range(2))
    return JointBatch(TripletBatch(anchor, positive, negative, label), face, speaker)


def published_seconds() -> list[float]:
    """CPU seconds of each step of the released code."""
    step, batch, seconds = PublishedStep(), batch_of_noise(), []
    for _ in range(STEPS):
        start = time.process_time()
        step.take(batch.voice, batch.face)
        seconds.append(time.process_time() - start)
    return seconds


def our_seconds(precision: str) -> list[float]:
    """CPU seconds of each step of ours: the released losses, with the expert detached."""
    published = load_config("paper", losses="published")
    config = replace(published.joint, expert_passes_gradients=False, steps=STEPS, log_every=STEPS)
    modules, batch, moments = our_modules(replace(published, joint=config), precision), batch_of_noise(), []
    with tempfile.TemporaryDirectory() as folder:
        run = StageRun(Path(folder), "joint", config, {}, lambda *_: moments.append(time.process_time()))
        moments.append(time.process_time())
        train_joint(modules, lambda _: batch, config, run)
    return [after - before for before, after in itertools.pairwise(moments)]


def our_modules(config: EngineConfig, precision: str) -> JointModules:
    """Networks of published size as joint training places them."""
    cpu = torch.device("cpu")
    generator, student = to_train(FaceGenerator(), cpu), to_train(MeshRegressor(), cpu)
    face_embedding, discriminator = to_train(FaceEmbedding(), cpu), to_train(Discriminator(), cpu)
    classifier = to_train(IdentityClassifier(IDENTITIES), cpu)
    judges = (face_embedding, discriminator, classifier)
    encoder, expert = to_freeze(VoiceEncoder(), cpu), to_freeze(MeshRegressor(), cpu)
    if precision == "bf16":
        for network in (generator, student, *judges, encoder, expert):
            in_bfloat16(network, cpu)
    gan = GanModules(
        encoder,
        generator,
        *judges,
        g_optimizer=make_adam(config.joint, generator, student),
        d_optimizer=make_adam(config.joint, *judges),
    )
    whitening = Whitening(torch.zeros(102), torch.ones(102))
    return JointModules(gan, Distillation(student, expert, whitening, mesh_distance(config.joint), 120))


# So that CPU seconds are those of the step, not of threads that wait for each other.
ONE_THREAD = os.environ | {"OMP_NUM_THREADS": "1"}


def measure(variant: str) -> tuple[float, int]:
    """CPU seconds per step and peak bytes of a variant, in a process of its own."""
    command = [sys.executable, "-m", "benchmarks.joint_step", variant]
    seconds, peak = json.loads(
        subprocess.run(command, env=ONE_THREAD, check=True, capture_output=True, text=True).stdout
    )
    return float(seconds), int(peak)


def report(line: Callable[[str, str, str], None]) -> None:
    """Print both steps, their ratio and our memory."""
    published, published_peak = measure("published")
    line("published joint step, batch 64, CPU s", f"{published:.1f}", "-")
    line("published joint step, peak memory, GB", f"{published_peak / 1e9:.1f}", "-")
    targets = {"fp32": "at least 2.3"}
    has_onednn = torch.backends.mkldnn.is_available()  # type: ignore[no-untyped-call]
    if has_onednn and torch.ops.mkldnn._is_mkldnn_bf16_supported():
        targets["bf16"] = "at least 3.0"
    else:
        line("our joint step in bf16, times faster", "-", "at least 3.0; this processor has no bfloat16")
    for variant, target in targets.items():
        seconds, peak = measure(variant)
        line(f"our joint step in {variant}, times faster", f"{published / seconds:.2f}", target)
        line(f"our joint step in {variant}, peak memory, GB", f"{peak / 1e9:.1f}", "at most 4")


def main(variant: str) -> None:
    """Measure one in this process."""
    seconds = published_seconds() if variant == "published" else our_seconds(variant)
    peak = 1024 * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(json.dumps([min(seconds[1:]), peak]))  # noqa: T201  # read by `measure`


if __name__ == "__main__":
    torch.manual_seed(0)
    if len(sys.argv) > 1:
        main(sys.argv[1])
    else:
        report(lambda what, found, target: print(f"{what:<60} {found:>10}   {target}"))  # noqa: T201
