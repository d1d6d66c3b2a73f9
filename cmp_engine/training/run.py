"""One stage of a run on disk: first step, metrics, checkpoints."""

import json
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.optim import Optimizer

from cmp_engine.config import StageConfig
from cmp_engine.exceptions import WriteError
from cmp_engine.io import write_text
from cmp_engine.runs.checkpoint import check_made_for, load_network, read_checkpoint, save_checkpoint
from cmp_engine.runs.folder import final_checkpoint
from cmp_engine.training.meter import Meter
from cmp_engine.training.parallel import rank, wait_for_all
from cmp_engine.training.seeding import random_state, restore_random_state

Progress = Callable[[int, int], None]
CPU = torch.device("cpu")


class StageRun:
    """Keeps what a stage has reached.

    A checkpoint holds weights, optimisers, step and the state of PyTorch's generators. Samplers have no
    state: the batch of a step is a function of seed and step (`step_generator`).

    Args:
        directory: folder of the run; the stage has a folder of its name inside.
        stage: name of the stage.
        config: its section of the configuration.
        made_for: flat description of everything that the result depends on.
        progress: called with the steps done and the steps in all.
        device: what is trained on.
    """

    def __init__(
        self,
        directory: Path,
        stage: str,
        config: StageConfig,
        made_for: Mapping[str, Any],
        progress: Progress | None = None,
        device: torch.device = CPU,
    ) -> None:
        self.directory = directory
        self.stage = stage
        self.config = config
        self.made_for = dict(made_for)
        self.progress = progress or (lambda *_: None)
        self.first_step = 0
        self.meter = Meter()
        self._device = device
        self._started = time.monotonic()
        self._networks: Mapping[str, nn.Module] = {}
        self._optimizers: Mapping[str, Optimizer] = {}
        self._constants: Mapping[str, Tensor] = {}

    @property
    def folder(self) -> Path:
        """Where the stage keeps its files."""
        return self.directory / self.stage

    @property
    def latest(self) -> Path:
        """The checkpoint that an interrupted stage goes on from."""
        return self.folder / "latest.pt"

    @property
    def final(self) -> Path:
        """The checkpoint of the finished stage."""
        return final_checkpoint(self.directory, self.stage)

    def is_finished(self) -> bool:
        """Whether there is nothing left to do; refuses a result of another configuration."""
        if not self.final.exists():
            return False
        check_made_for(self.final, read_checkpoint(self.final)["made_for"], self.made_for)
        return True

    def keep(
        self,
        networks: Mapping[str, nn.Module],
        optimizers: Mapping[str, Optimizer],
        constants: Mapping[str, Tensor] | None = None,
    ) -> None:
        """Name what belongs into checkpoints, and go on from the latest one where there is one.

        Args:
            networks: the trained networks.
            optimizers: their optimisers.
            constants: tensors that inference needs besides, such as the whitening.

        Raises:
            CheckpointError: the latest checkpoint is damaged or does not fit.
        """
        self._networks, self._optimizers, self._constants = networks, optimizers, constants or {}
        if self.latest.exists():
            self._resume()
        if rank() == 0:
            self._drop_metrics_after(self.first_step)
        self.progress(self.first_step, self.config.steps)

    def finish_step(self, step: int, losses: Mapping[str, Tensor]) -> None:
        """Note the losses of a step; log and save when it is time."""
        done = step + 1
        self.meter.add(dict(losses))
        if done % self.config.log_every == 0 or done == self.config.steps:
            self._log(done)
        if rank() == 0 and done % self.config.checkpoint_every == 0 and done < self.config.steps:
            save_checkpoint(self.latest, self._state(done) | self._resumption())
        self.progress(done, self.config.steps)

    def finish(self) -> Path:
        """Write the final checkpoint; the latest one is no longer needed."""
        if rank() == 0:
            save_checkpoint(self.final, self._state(self.config.steps))
            self.latest.unlink(missing_ok=True)
        wait_for_all()
        return self.final

    def _state(self, step: int) -> dict[str, Any]:
        networks = {name: network.state_dict() for name, network in self._networks.items()}
        return {"made_for": self.made_for, "step": step, "networks": networks, "constants": dict(self._constants)}

    def _resumption(self) -> dict[str, Any]:
        optimizers = {name: optimizer.state_dict() for name, optimizer in self._optimizers.items()}
        return {"optimizers": optimizers, "random": random_state(self._device)}

    def _resume(self) -> None:
        state = read_checkpoint(self.latest)
        check_made_for(self.latest, state["made_for"], self.made_for)
        for name, network in self._networks.items():
            load_network(network, state, path=self.latest, name=name)
        for name, optimizer in self._optimizers.items():
            optimizer.load_state_dict(state["optimizers"][name])
        restore_random_state(state["random"], self._device)
        self.first_step = state["step"]

    @property
    def _metrics(self) -> Path:
        return self.directory / "metrics.jsonl"

    def _log(self, done: int) -> None:
        seconds = round(time.monotonic() - self._started, 3)
        line = {"stage": self.stage, "step": done, "seconds": seconds, **self.meter.flush()}
        if rank() > 0:
            return
        try:
            with self._metrics.open("a", encoding="utf-8") as file:
                file.write(json.dumps(line) + "\n")
        except OSError as error:
            raise WriteError(f"cannot write {self._metrics}: {error}. Make room and start again.") from error

    def _drop_metrics_after(self, step: int) -> None:
        """Forget lines of steps that will be taken again."""
        if not self._metrics.exists():
            return
        lines = self._metrics.read_text(encoding="utf-8").splitlines()
        kept = [line for line in lines if self._still_holds(line, step)]
        if kept != lines:
            write_text(self._metrics, "".join(line + "\n" for line in kept))

    def _still_holds(self, line: str, step: int) -> bool:
        try:
            entry = json.loads(line)
        except json.JSONDecodeError:  # The disk was full, or the machine stopped, in the middle of the line.
            return False
        return bool(entry["stage"] != self.stage or entry["step"] <= step)
