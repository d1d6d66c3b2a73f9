"""Print each figure beside its target. CPU time of one thread, median of several runs, so that load matters little."""

import os
import statistics
import time
from collections.abc import Callable
from typing import Any

# Before the numerical libraries start their threads.
os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np
import torch
from numpy.typing import NDArray

from benchmarks import joint_step, mesh_losses
from cmp_engine.audio import voice_features
from cmp_engine.inference import VoiceToFace
from cmp_engine.inference.face_files import files_of as face_files
from cmp_engine.inference.portrait import PortraitMaker
from cmp_engine.inference.voice_to_face import Cascade
from cmp_engine.morphable import MorphableModel
from cmp_engine.networks import FaceGenerator, MeshRegressor, VoiceEncoder, Whitening
from cmp_engine.rendering import still
from cmp_engine.rendering.picture import Appearance, camera_for
from cmp_engine.simulation.speech import Voice, synthesize
from evaluation.faces.alignment import surface_errors
from evaluation.faces.ratios import absolute_ratio_errors
from studyserver.generation.media.encoding import encode_mesh

SECONDS = 6.0
RECORDING_S = 10.0


def cpu_seconds(action: Callable[[], Any], *, runs: int = 7) -> float:
    """Median CPU time of one call, after one call that is not counted."""
    action()
    times = []
    for _ in range(runs):
        start = time.process_time()
        action()
        times.append(time.process_time() - start)
    return statistics.median(times)


def line(name: str, figure: str, target: str) -> None:
    print(f"{name:<58}{figure:>16}   target {target}", flush=True)  # noqa: T201  # a terminal program


def main() -> None:
    rng = np.random.default_rng(1)
    voice = Voice(f0_hz=120.0, vocal_tract_cm=17.0)
    pcm = synthesize(voice, SECONDS, rng)
    spoken = cpu_seconds(lambda: synthesize(voice, SECONDS, np.random.default_rng(1)))
    line("speech synthesis, 6 s utterances per CPU second", f"{1 / spoken:.0f}", "at least 20")
    heard = cpu_seconds(lambda: voice_features(pcm))
    line("voice front-end, times real time per core", f"{SECONDS / heard:.0f}", "at least 100")

    model = MorphableModel.analytic(level="full")
    shapes = rng.standard_normal((8, 40)).astype(np.float32)
    vertices = model.vertices(torch.from_numpy(shapes)).numpy()
    faces = model.faces.numpy()
    line("mesh, bytes to the browser", f"{len(encode_mesh(vertices[0], faces)):,}", "at most 150,000")
    line("mesh encoding, s", f"{cpu_seconds(lambda: encode_mesh(vertices[0], faces)):.3f}", "-")
    line("512 x 512 still, s", f"{cpu_seconds(lambda: still(vertices[0], faces)):.3f}", "at most 0.25")
    many = np.repeat(vertices, 125, axis=0)
    mean = model.mean.numpy()
    errors = cpu_seconds(lambda: absolute_ratio_errors(many, mean, topology=model.topology))
    line("ARE of 1,000 meshes in memory, ms", f"{1000 * errors:.1f}", "under 50")
    moved = cpu_seconds(lambda: surface_errors(vertices[0], mean, topology=model.topology))
    line("point error of a mesh (alignment), s", f"{moved:.2f}", "-")
    predictor, maker = untrained_predictor(), PortraitMaker(model, dict.fromkeys(("female", "male"), shapes[0]))
    recording = synthesize(voice, RECORDING_S, rng)
    shown = cpu_seconds(lambda: files_of(predictor, maker, recording))
    line("voice to face, 10 s recording to files, after loading, s", f"{shown:.2f}", "under 1")
    mesh_losses.report(line)
    joint_step.report(line)


def untrained_predictor() -> VoiceToFace:
    """CMP-unsupervised in the published sizes; what it has learned does not change its time."""
    pose = torch.from_numpy(camera_for(Appearance()).pose12)
    whitening = Whitening(torch.cat([pose, torch.zeros(50)]), torch.full((62,), 0.01))
    expert, student = MeshRegressor().eval(), MeshRegressor().eval()
    method = Cascade(FaceGenerator().eval(), expert, student, whitening, pixels=120)
    return VoiceToFace(VoiceEncoder().eval(), method, torch.device("cpu"))


def files_of(predictor: VoiceToFace, maker: PortraitMaker, pcm: NDArray[np.int16]) -> list[bytes]:
    """What ``voice_to_face`` writes of a recording."""
    return list(face_files(maker.make(predictor.predict([voice_features(pcm)])[0]), {}).values())


if __name__ == "__main__":
    main()
