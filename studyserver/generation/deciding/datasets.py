"""The fingerprint of a data set: it changes when its content does."""

import hashlib
from pathlib import Path

# What a training result depends on; other files in the folder, such as pictures of the fit, do not count.
PARTS = ("vox1_meta.csv", "fbank", "wav", "VGG_ALL_FRONTAL", "F2Z", "A2E_val")


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
