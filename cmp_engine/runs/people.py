"""Who a run was trained on, as checkpoints tell it."""

import hashlib
from pathlib import Path

from cmp_engine.data import DatasetError, Voxceleb3D
from cmp_engine.runs.checkpoint import changed_keys, read_checkpoint
from cmp_engine.runs.folder import final_checkpoint


def people(dataset: Voxceleb3D) -> dict[str, str | int]:
    """Describe the training identities."""
    names = "\n".join(each.name for each in dataset.train)
    return {
        "training identities": len(dataset.train),
        "training files": sum(len(each.utterances) + len(each.faces) for each in dataset.train),
        "names of the training identities": hashlib.sha256(names.encode()).hexdigest()[:12],
    }


def require_trained_on(run: Path, dataset: Voxceleb3D) -> None:
    """Refuse another data set than that of a run, by what the stage of all conditions says.

    Raises:
        CheckpointError: the voice encoder is not trained, or its checkpoint is damaged.
        DatasetError: the run was trained on others.
    """
    # An expert may never see the data set.
    made_for = read_checkpoint(final_checkpoint(run, "voice-encoder"))["made_for"]
    asked = people(dataset)
    if changes := changed_keys({key: made_for.get(key) for key in asked}, asked):
        raise DatasetError(
            f"{dataset.root} is not what {run} was trained on: {changes}. Name the data set that it was trained on."
        )
