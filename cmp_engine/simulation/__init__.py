"""A simulated population: who has which voice and face, what they say, how they look; written as Voxceleb-3D.

With the default coupling some directions of the face follow the voice with stated correlations, so a method that works
must find them; with coupling ``none`` there is nothing to find.
"""

import cmp_engine.installed  # noqa: F401 - says what to install where something is missing
from cmp_engine.simulation.exceptions import SimulationError
from cmp_engine.simulation.population import COUPLINGS, Person, draw_latents, draw_population
from cmp_engine.simulation.speech import Voice, synthesize
from cmp_engine.simulation.writer import VERSION, simulate

__all__ = [
    "COUPLINGS",
    "VERSION",
    "Person",
    "SimulationError",
    "Voice",
    "draw_latents",
    "draw_population",
    "simulate",
    "synthesize",
]
