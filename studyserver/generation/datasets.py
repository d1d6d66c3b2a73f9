"""Which data set a run learns from, and a fingerprint of it that changes when its content does."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings

# What a training result depends on; other files in the folder, such as pictures of the fit, do not count.
PARTS = ("vox1_meta.csv", "fbank", "wav", "VGG_ALL_FRONTAL", "F2Z", "A2E_val")


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


def dataset_fingerprint(root: Path) -> str:
    """SHA-256 of the names and sizes of all files of a data set and of the content of its meta file.

    Sizes, not contents: reading 40 GB of voices to learn that nothing changed would take longer than the work saved.
    """
    digest = hashlib.sha256()
    for part in PARTS:
        place = root / part
        for path in [place] if place.is_file() else sorted(place.rglob("*")):
            if path.is_file():
                digest.update(f"{path.relative_to(root).as_posix()} {path.stat().st_size}\n".encode())
    meta = root / PARTS[0]
    digest.update(meta.read_bytes() if meta.is_file() else b"")
    return digest.hexdigest()
