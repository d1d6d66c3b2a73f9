"""Whether the files behind assets are what their rows say."""

import logging
import os
from enum import StrEnum
from typing import BinaryIO

from studyserver.common.hashing import sha256_of
from studyserver.studies.models import Asset

log = logging.getLogger(__name__)


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


def open_media(asset: Asset) -> BinaryIO | None:
    """The file, to be read; None where there is none that can be shown, which the log then tells the operator."""
    try:
        file = asset.path.open("rb")
    except OSError as error:
        _log_loss(asset, str(error.strerror))
        return None
    size = os.fstat(file.fileno()).st_size
    if size == asset.size_bytes:
        return file
    file.close()
    _log_loss(asset, f"{size} bytes instead of {asset.size_bytes}")
    return None


def _log_loss(asset: Asset, problem: str) -> None:
    log.error("Asset %s cannot be shown: %s: %s. See: manage.py check_media", asset.pk, asset.path, problem)
