"""Where a file or folder will come to lie that is not there yet."""

from pathlib import Path


def nearest_existing(place: Path) -> Path:
    """``place``, or what lies nearest above it and is there; what this user may not look at counts as missing."""
    return next(there for there in (place, *place.absolute().parents) if _is_there(there))


def _is_there(place: Path) -> bool:
    try:
        return place.exists()
    except OSError:
        return False
