"""The experiment: populations of several seeds and couplings, each simulated, trained on, and predicted."""

import json
import shutil
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from cmp_engine.config import EngineConfig, stages_of
from cmp_engine.data import Identity, Voxceleb3D, load_features
from cmp_engine.data.layout import TRUTH
from cmp_engine.exceptions import CheckpointError
from cmp_engine.inference.check import UTTERANCES
from cmp_engine.inference.voice_to_face import FacePrediction, VoiceToFace
from cmp_engine.io import whole_file, whole_folder, write_text
from cmp_engine.io.arrays import load_arrays
from cmp_engine.runs.checkpoint import changed_keys
from cmp_engine.simulation import COUPLINGS, VERSION, simulate
from cmp_engine.training import train_stage
from cmp_engine.training.signature import flat

Floats = NDArray[np.float32]
Progress = Callable[[str, int, int], None]
CONDITIONS = ("base-2", "cmp-unsupervised", "cmp-supervised")


@dataclass(frozen=True)
class Outcome:
    """What the conditions made of the test voices of one simulated population.

    Attributes:
        coupling: ``default`` or ``none``.
        seed: of the population.
        truth: true shape coefficients of the test identities, (n, 40), in standard deviations.
        mean_shape: mean of the true coefficients of the training identities, (40,).
        shape: per condition the predicted coefficients of the identities' first utterances, (n, U, 40).
        expression: likewise, (n, U, 10).
    """

    coupling: str
    seed: int
    truth: Floats
    mean_shape: Floats
    shape: Mapping[str, Floats]
    expression: Mapping[str, Floats]


@dataclass(frozen=True)
class Experiment:
    """Populations to calibrate on; everything about it is kept in ``out``.

    Attributes:
        out: folder; holds one file per finished population, and the work of the present one.
        config: how the conditions are trained; its seed, and so first weights and noise, is one for all populations.
        seeds: number of populations per coupling, of seeds 0, 1, ...
        identities: people per population; a quarter of them are tested.
        utterances: recordings per person.
        device: ``cpu``, ``cuda`` or ``auto``.
    """

    out: Path
    config: EngineConfig
    seeds: int
    identities: int
    utterances: int
    device: str = "auto"

    def run(self, progress: Progress | None = None) -> list[Outcome]:
        """Simulate, train and predict what is not finished yet; an interrupted call goes on where it was.

        Args:
            progress: called with what is being done, the steps done and the steps in all.

        Raises:
            CheckpointError: ``out`` holds an experiment with other settings, or a damaged file.
            SimulationError: too few identities or utterances.
            WriteError: a file cannot be written.
        """
        self._keep_settings()
        report = progress or (lambda *_: None)
        return [self._outcome(coupling, seed, report) for coupling, seed in self._populations()]

    def _populations(self) -> Iterator[tuple[str, int]]:
        """Seed by seed, so that a part of the experiment already compares the couplings."""
        return ((coupling, seed) for seed in range(self.seeds) for coupling in COUPLINGS)

    def _keep_settings(self) -> None:
        path = self.out / "experiment.json"
        sizes = {"identities": self.identities, "utterances": self.utterances, "version of the simulation": VERSION}
        settings = json.loads(json.dumps(sizes | flat(self.config)))
        if not path.exists():
            write_text(path, json.dumps(settings, indent=1))
            return
        try:
            former = json.loads(path.read_text(encoding="utf-8"))
        except ValueError as error:
            raise CheckpointError(f"{path} is damaged ({error}); delete {self.out} to begin anew.") from error
        if changes := changed_keys(former, settings):
            raise CheckpointError(f"{self.out} holds another experiment: {changes}. Name another folder.")

    def _outcome(self, coupling: str, seed: int, report: Progress) -> Outcome:
        path, work = self.out / f"{coupling}-{seed}.npz", self.out / f"{coupling}-{seed}"
        if not path.exists():
            self._train(work, coupling, seed, report)
            save(path, predict(work, coupling, seed))
        if work.exists():
            shutil.rmtree(work)  # The recordings of ten populations are gigabytes; the predictions say it all.
        return load(path, coupling, seed)

    def _train(self, work: Path, coupling: str, seed: int, report: Progress) -> None:
        """Every stage of every condition; an expert that sees nothing of the data set is trained only once."""
        name = f"{coupling} {seed}"
        simulate(
            work / "data",
            identities=self.identities,
            utterances=self.utterances,
            coupling=coupling,
            seed=seed,
            progress=partial(report, f"{name}: people"),
        )
        dataset, shared = Voxceleb3D(work / "data"), self.out / "expert"
        if shared.exists() and not (work / "run" / "expert").exists():
            copy_whole(shared, work / "run" / "expert")
        for stage in dict.fromkeys(stage for condition in CONDITIONS for stage in stages_of(condition)):
            train_stage(
                stage,
                dataset=dataset,
                config=self.config,
                run=work / "run",
                device=self.device,
                progress=partial(report, f"{name}: {stage}"),
            )
        if self.config.expert.strangers and not shared.exists():
            copy_whole(work / "run" / "expert", shared)


def copy_whole(source: Path, target: Path) -> None:
    """Copy a folder so that it appears whole or not at all."""
    with whole_folder(target) as beside:
        shutil.copytree(source, beside, dirs_exist_ok=True)


def predict(work: Path, coupling: str, seed: int) -> Outcome:
    """Let every condition answer the test voices of a trained population."""
    dataset = Voxceleb3D(work / "data")
    told = json.loads((work / "data" / TRUTH).read_text(encoding="utf-8"))["identities"]
    answers = {condition: _answers(work / "run", condition, dataset.test) for condition in CONDITIONS}
    return Outcome(
        coupling,
        seed,
        truth=np.array([told[each.name]["shape"] for each in dataset.test], np.float32),
        mean_shape=np.mean([told[each.name]["shape"] for each in dataset.train], axis=0).astype(np.float32),
        shape={
            name: _per_identity([each.shape for each in faces], len(dataset.test)) for name, faces in answers.items()
        },
        expression={
            name: _per_identity([each.expression for each in faces], len(dataset.test))
            for name, faces in answers.items()
        },
    )


def _answers(run: Path, condition: str, identities: tuple[Identity, ...]) -> list[FacePrediction]:
    """A face for each of the first utterances of each identity."""
    paths = [path for each in identities for path in each.utterances[:UTTERANCES]]
    return VoiceToFace.load(run, condition).predict([load_features(path) for path in paths])


def _per_identity(values: list[Floats], identities: int) -> Floats:
    return np.stack(values).reshape(identities, -1, len(values[0]))


def save(path: Path, outcome: Outcome) -> None:
    """Write an outcome whole."""
    arrays = {f"shape/{name}": values for name, values in outcome.shape.items()}
    arrays |= {f"expression/{name}": values for name, values in outcome.expression.items()}
    with whole_file(path) as file:
        np.savez(file, truth=outcome.truth, mean_shape=outcome.mean_shape, **arrays)  # type: ignore[arg-type]


def load(path: Path, coupling: str, seed: int) -> Outcome:
    """Read an outcome.

    Raises:
        CheckpointError: the file is damaged.
    """
    remedy = "delete it, and the population is made again."
    arrays = load_arrays(path, error=CheckpointError, remedy=remedy, names=("truth", "mean_shape"))
    parts = {
        part: {key.removeprefix(f"{part}/"): array for key, array in arrays.items() if key.startswith(f"{part}/")}
        for part in ("shape", "expression")
    }
    return Outcome(coupling, seed, arrays["truth"], arrays["mean_shape"], parts["shape"], parts["expression"])
