"""The simulated population: who has which voice and which face, and how the two go together.

Four traits are jointly normal: a liability whose sign is the sex, body size, vocal-tract length and larynx size. Some
shape directions of the face follow the two *audible* traits with stated correlations; the other directions are
independent of everything.
"""

from dataclasses import dataclass
from typing import Literal, NamedTuple, get_args

import numpy as np
from numpy.typing import NDArray

from cmp_engine.morphable.analytic.directions import NAMED, SHAPE_DIRECTIONS
from cmp_engine.simulation.exceptions import SimulationError
from cmp_engine.simulation.names import invent_names
from cmp_engine.simulation.speech import Voice

Coupling = Literal["default", "none"]
COUPLINGS: tuple[str, ...] = get_args(Coupling)
SHAPES = SHAPE_DIRECTIONS
FEWEST_IDENTITIES = 8

TRAITS = ("sex", "body_size", "vocal_tract", "larynx")
# Correlations of the traits. Sex explains most of the differences in body, tract and larynx; within a sex, taller
# people have longer tracts (Fitch and Giedd 1999), while pitch hardly follows body size (Kuenzel 1989).
TRAIT_CORRELATIONS = np.array(
    [
        [1.00, 0.70, 0.75, 0.80],
        [0.70, 1.00, 0.70, 0.55],
        [0.75, 0.70, 1.00, 0.60],
        [0.80, 0.55, 0.60, 1.00],
    ]
)
# Vocal tracts of adults are about 13 to 18.5 cm long, men's 2 cm longer on average (Fant 1960, Goldstein 1980).
TRACT_MEAN_CM, TRACT_SD_CM = 15.75, 1.3
# Speaking pitch of women is around 190 Hz, of men around 125 Hz (Titze 1989).
F0_MEDIAN_HZ, F0_LOG_SD = 155.0, 0.3


class Coupled(NamedTuple):
    """A shape direction of the analytic head, an audible trait that it follows, and their correlation."""

    direction: str
    trait: str
    correlation: float


# Strongest for the head's width, which drives the ear ratio. The others are directions that tell men from women: head
# length and neck (ANSUR II), nose (Farkas 1994), brow ridge and chin (Buikstra and Ubelaker, Standards for Data
# Collection from Human Skeletal Remains, 1994). Eyes and lips are the larger in women only relative to the face; there
# is no such direction, so here they are so in millimetres. The strengths are ours.
COUPLED_DIRECTIONS = (
    Coupled("head_width", "vocal_tract", 0.90),
    Coupled("jaw_width", "larynx", 0.75),
    Coupled("neck_girth", "larynx", 0.75),
    Coupled("brow_ridge", "larynx", 0.65),
    Coupled("face_height", "vocal_tract", 0.60),
    Coupled("head_length", "vocal_tract", 0.60),
    Coupled("nose_width", "larynx", 0.50),
    Coupled("nose_length", "vocal_tract", 0.50),
    Coupled("chin_projection", "larynx", 0.45),
    Coupled("lip_fullness", "larynx", -0.45),
    Coupled("nose_projection", "larynx", 0.40),
    Coupled("eye_size", "vocal_tract", -0.40),
)
# Columns of the shape basis by name.
DIRECTIONS = tuple(field.__name__ for field in NAMED)


class Latents(NamedTuple):
    """What a population is made of: ``traits`` (N, 4) in the order of `TRAITS` and ``shape`` (N, 40), all N(0, 1)."""

    traits: NDArray[np.float64]
    shape: NDArray[np.float64]


@dataclass(frozen=True)
class Person:
    """One simulated identity.

    Attributes:
        name: invented, e.g. ``Bavo_Tirenth``.
        vox_id: id in the voice tree.
        gender: ``m`` or ``f``.
        traits: values of `TRAITS`, in standard deviations.
        voice: what a listener hears.
        shape: coefficients of the face, in standard deviations, shape (40,).
    """

    name: str
    vox_id: str
    gender: Literal["m", "f"]
    traits: dict[str, float]
    voice: Voice
    shape: NDArray[np.float64]


def draw_latents(count: int, coupling: str, rng: np.random.Generator) -> Latents:
    """Draw the traits and face coefficients of ``count`` people.

    Every trait and every coefficient is N(0, 1) under either coupling, and the traits do not depend on it.

    Args:
        count: number of people.
        coupling: ``default`` for the correlations of `COUPLED_DIRECTIONS`, ``none`` for faces independent of voices.
        rng: source of the draw.
    Raises:
        SimulationError: unknown coupling.
    """
    if coupling not in COUPLINGS:
        raise SimulationError(f"unknown coupling {coupling!r}; choose one of: {', '.join(COUPLINGS)}.")
    traits = rng.standard_normal((count, len(TRAITS))) @ np.linalg.cholesky(TRAIT_CORRELATIONS).T
    shape = rng.standard_normal((count, SHAPES))
    if coupling == "default":
        for direction, trait, correlation in COUPLED_DIRECTIONS:
            column = DIRECTIONS.index(direction)
            own = np.sqrt(1 - correlation**2) * shape[:, column]
            shape[:, column] = correlation * traits[:, TRAITS.index(trait)] + own
    return Latents(traits, shape)


def draw_population(identities: int, coupling: str, seed: int) -> tuple[Person, ...]:
    """Draw a population, sorted by name; the same arguments give the same people.

    Args:
        identities: number of people, at least 8, so that the test set (a quarter) has two.
        coupling: as for `draw_latents`.
        seed: source of everything; 0 or more.
    Raises:
        SimulationError: too few identities, unknown coupling, or negative seed.
    """
    if identities < FEWEST_IDENTITIES:
        raise SimulationError(
            f"{identities} identities are too few; ask for at least {FEWEST_IDENTITIES}, "
            "so that both training and test set hold several."
        )
    if seed < 0:
        raise SimulationError(f"seed {seed} is negative; choose 0 or more.")
    rng = np.random.default_rng(seed)
    latents = draw_latents(identities, coupling, rng)
    voices = _voices(latents.traits, rng)
    names = invent_names(identities, rng)
    return tuple(
        Person(
            name=name,
            vox_id=f"id{10001 + number}",
            gender="m" if traits[TRAITS.index("sex")] > 0 else "f",
            traits=dict(zip(TRAITS, traits.tolist(), strict=True)),
            voice=voice,
            shape=shape,
        )
        for number, (name, traits, voice, shape) in enumerate(
            zip(names, latents.traits, voices, latents.shape, strict=True)
        )
    )


def _voices(traits: NDArray[np.float64], rng: np.random.Generator) -> list[Voice]:
    """Voices from traits (N, 4): tract and larynx from the traits, habits of speaking independent of everything."""
    tract_cm = TRACT_MEAN_CM + TRACT_SD_CM * traits[:, TRAITS.index("vocal_tract")]
    f0_hz = F0_MEDIAN_HZ * np.exp(-F0_LOG_SD * traits[:, TRAITS.index("larynx")])
    count = len(traits)
    columns = (
        f0_hz,
        np.clip(tract_cm, 12.0, 20.0),
        rng.beta(2, 5, count),  # breathiness
        rng.uniform(0.5, 0.7, count),  # open quotient
        4000 * rng.lognormal(0, 0.25, count),  # tilt
        rng.normal(4.5, 0.5, count).clip(3, 6),  # syllables per second
        2 * rng.lognormal(0, 0.25, count),  # liveliness
        0.008 * rng.lognormal(0, 0.3, count),  # jitter
        0.05 * rng.lognormal(0, 0.3, count),  # shimmer
    )
    return [Voice(*values) for values in zip(*(column.tolist() for column in columns), strict=True)]
