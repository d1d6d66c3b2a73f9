"""The simulated people that a profile learns from where no data set is given."""

from dataclasses import dataclass
from pathlib import Path

from django.conf import settings


@dataclass(frozen=True)
class Population:
    """The size of a simulated data set; a quarter of its people are test people."""

    identities: int
    utterances: int
    seed: int = 1

    def folder(self, version: int) -> Path:
        """Where the people of one version of the simulation are kept: those of another are others."""
        name = f"simulated-{self.identities}x{self.utterances}-{self.seed}-v{version}"
        return Path(settings.DATA_DIR) / "datasets" / name


# A study asks about thirty test people, so it takes 120 to fill one without asking about anybody twice.
POPULATIONS = {"smoke": Population(16, 3), "demo": Population(128, 6), "paper": Population(1225, 20)}


def population_for(profile: str) -> Population:
    """The simulated people for an engine profile; a profile of one's own gets those of the demo."""
    return POPULATIONS.get(profile, POPULATIONS["demo"])
