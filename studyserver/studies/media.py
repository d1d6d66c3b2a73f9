"""Whether the files behind assets are what their rows say."""

from enum import StrEnum

from studyserver.common.hashing import sha256_of
from studyserver.studies.models import Asset


class MediaState(StrEnum):
    """How a file compares with its row."""

    INTACT = "intact"
    MISSING = "missing"
    UNREADABLE = "unreadable"
    WRONG_SIZE = "of another size"
    CHANGED = "changed"


def quick_state(asset: Asset) -> MediaState:
    """By the file's size alone, without reading it."""
    try:
        size = asset.path.stat().st_size
    except FileNotFoundError:
        return MediaState.MISSING
    except OSError:
        return MediaState.UNREADABLE
    return MediaState.INTACT if size == asset.size_bytes else MediaState.WRONG_SIZE


def full_state(asset: Asset) -> MediaState:
    """By the file's content, which its name is the SHA-256 of."""
    state = quick_state(asset)
    if state is not MediaState.INTACT:
        return state
    try:
        digest = sha256_of(asset.path)
    except FileNotFoundError:
        return MediaState.MISSING
    except OSError:
        return MediaState.UNREADABLE
    return MediaState.INTACT if digest == asset.sha256 else MediaState.CHANGED
