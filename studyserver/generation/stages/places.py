"""Where stages leave what they make."""

from pathlib import Path

from django.conf import settings


def run_folder(run: str) -> Path:
    """The folder of a run of the engine: checkpoints, predictions and the files of its faces."""
    return Path(settings.RUNS_DIR) / run


def predictions_file(run: str, condition: str) -> Path:
    """The faces that a condition of a run predicted for the test people."""
    return run_folder(run) / "predictions" / f"{condition}.npz"


def listing_file(study: str) -> Path:
    """For researchers: who is asked about in a study, with which files."""
    return Path(settings.RUNS_DIR) / study / "stimuli.json"


def ratios_file(study: str) -> Path:
    """The table of absolute ratio errors of a study's run."""
    return Path(settings.RUNS_DIR) / study / "are.json"
