"""Calibration: does the pipeline find what was planted in a simulated population, and nothing where nothing was?"""

import cmp_engine.installed  # noqa: F401 - says what to install where something is missing
from cmp_engine.calibration.experiment import Experiment, Outcome
from cmp_engine.calibration.findings import Findings, findings_of

__all__ = ["Experiment", "Findings", "Outcome", "findings_of"]
