"""Where the folder of media and the rows about it have drifted apart, and tidying what is left over."""

import os
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from django.conf import settings
from django.db import transaction
from django.db.models import ProtectedError, QuerySet
from django.utils import timezone

from studyserver.studies.media import MediaState, full_state
from studyserver.studies.models import Asset
from studyserver.studies.selectors import assets_in_use

Progress = Callable[[int, int], None]

# A study may be being filled: its files come first, then their rows, then the questions that refer to them.
SETTLED_AFTER = timedelta(days=1)


@dataclass(frozen=True)
class Lost:
    """A file that is not what its row says."""

    asset: Asset
    state: MediaState


@dataclass(frozen=True)
class LeftOver:
    """What nobody needs any more.

    Attributes:
        files: in the folder of media, but named by no row, with their sizes in bytes.
        rows: referred to by nothing; their files go with them.
    """

    files: Mapping[Path, int]
    rows: tuple[Asset, ...]

    @property
    def size_bytes(self) -> int:
        """What deleting all of it frees."""
        return sum(self.files.values()) + sum(row.size_bytes for row in self.rows)


def find_lost(assets: Sequence[Asset], *, progress: Progress) -> list[Lost]:
    """Read the file of each row, and compare it with its size and SHA-256."""
    found = []
    for done, asset in enumerate(assets, start=1):
        state = full_state(asset)
        if state is not MediaState.INTACT:
            found.append(Lost(asset, state))
        progress(done, len(assets))
    return found


def find_left_over() -> LeftOver:
    """What was left over for a day: interrupted writing, a study that was filled anew or deleted."""
    named = set(Asset.objects.values_list("sha256", flat=True))
    files = (path for path in sorted(_files()) if path.name not in named or path != Asset(sha256=path.name).path)
    return LeftOver(
        {path: stat.st_size for path in files if (stat := _stat(path)) and _settled(stat)},
        tuple(row for row in _unused() if _is_settled(row.path)),
    )


def delete_left_over(found: LeftOver) -> LeftOver:
    """Delete it; returns what was deleted. What somebody has stored again by now, or refers to, stays."""
    return LeftOver(
        {path: size for path, size in found.files.items() if _delete_file(path)},
        tuple(row for row in found.rows if _delete_row(row)),
    )


@transaction.atomic
def _delete_file(path: Path) -> bool:
    named = path == Asset(sha256=path.name).path and Asset.objects.filter(sha256=path.name).exists()
    if named or not _is_settled(path):
        return False
    path.unlink(missing_ok=True)
    return True


def _delete_row(row: Asset) -> bool:
    """Delete row and file under the lock that storing the same content takes, too."""
    try:
        with transaction.atomic():
            unused = _unused().select_for_update().filter(pk=row.pk).first()
            if unused is None or not _is_settled(row.path):
                return False
            unused.delete()
            row.path.unlink(missing_ok=True)
    except ProtectedError:
        return False  # Somebody came to refer to it in this moment.
    return True


def _unused() -> QuerySet[Asset]:
    """Rows that have been there for a day and that nothing refers to."""
    before = timezone.now() - SETTLED_AFTER
    return Asset.objects.exclude(pk__in=assets_in_use().values("pk")).filter(created_at__lt=before)


def _is_settled(path: Path) -> bool:
    """Whether nobody has stored the file for a day, be it anew or as it was; one that is gone is settled."""
    stat = _stat(path)
    return stat is None or _settled(stat)


def _settled(stat: os.stat_result) -> bool:
    return stat.st_mtime < time.time() - SETTLED_AFTER.total_seconds()


def _stat(path: Path) -> os.stat_result | None:
    """None for a file that is gone: another process has renamed or deleted it since it was listed."""
    try:
        return path.stat()
    except FileNotFoundError:
        return None


def _files() -> Iterator[Path]:
    return (path for path in Path(settings.MEDIA_ROOT).rglob("*") if path.is_file())
