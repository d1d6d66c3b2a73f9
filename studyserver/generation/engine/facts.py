"""What deciding has to know of the engine: methods, profiles, devices and data sets."""

from pathlib import Path

from studyserver.generation.engine.refusals import engine_refusals


@engine_refusals()
def training_stages(condition: str) -> tuple[str, ...]:
    """The stages a condition needs, in the order of training; an unknown condition is refused."""
    from cmp_engine.config import stages_of

    return stages_of(condition)


@engine_refusals()
def picture_stage(condition: str) -> str | None:
    """The stage that makes a condition's face images, None where it makes none; an unknown condition is refused."""
    from cmp_engine.config import picture_stage_of

    return picture_stage_of(condition)


@engine_refusals()
def profile_text(profile: str) -> str:
    """All settings of an engine profile as text; an unknown profile or key is refused."""
    from cmp_engine.config import load_config
    from cmp_engine.io.toml import as_toml

    return as_toml(load_config(profile))


def simulation_version() -> int:
    """Changes whenever the same arguments give another simulated data set."""
    from cmp_engine.simulation import VERSION

    return VERSION


def ratios_baseline() -> str:
    """The condition over which the gains of all others are measured."""
    from cmp_engine.inference.metrics import BASELINE

    return BASELINE


@engine_refusals()
def people_to_ask_about(dataset: Path) -> int:
    """How many test people with a reference a data set has; a folder that is none is refused.

    So is one that was built with another model than the experts are taught: its ratio errors could not be measured.
    """
    from cmp_engine.data import Voxceleb3D

    opened = Voxceleb3D(dataset)
    opened.require_fits_of("analytic-head")
    return sum(each.reference is not None for each in opened.test)


@engine_refusals()
def device_name(wanted: str) -> str:
    """The device that ``auto`` stands for here, or ``wanted``; a device that is missing is refused."""
    from cmp_engine.device import choose_device

    return str(choose_device(wanted))


def truth_of(dataset: Path) -> Path:
    """The file that a simulation writes last."""
    from cmp_engine.data.layout import TRUTH

    return dataset / TRUTH
