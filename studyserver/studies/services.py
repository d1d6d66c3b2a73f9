"""Writes on studies and their files."""

import hashlib
import os
import tempfile
from pathlib import Path

from studyserver.studies.models import Asset


def write_whole(path: Path, content: bytes) -> None:
    """Write ``content`` beside ``path``, flush it to the disk, and rename it into place."""
    with tempfile.NamedTemporaryFile(dir=path.parent, prefix=".partial-", delete=False) as file:
        try:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
            Path(file.name).replace(path)
        except BaseException:
            Path(file.name).unlink(missing_ok=True)
            raise


def store_asset(content: bytes, *, media_type: str) -> Asset:
    """Keep ``content`` under the name of its hash and return its row; the same content is stored once.

    The file appears whole or not at all: it is written beside its place, flushed and renamed.

    Raises:
        OSError: the disk refused the file (full, read-only); nothing is left behind.
    """
    digest = hashlib.sha256(content).hexdigest()
    asset = Asset(sha256=digest, media_type=media_type, size_bytes=len(content))
    if not asset.path.exists():
        asset.path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(asset.path, content)
    stored, _ = Asset.objects.get_or_create(
        sha256=digest, defaults={"media_type": media_type, "size_bytes": len(content)}
    )
    return stored
