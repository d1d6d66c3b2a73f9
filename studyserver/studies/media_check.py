"""Where the folder of media and the rows about it have drifted apart, and tidying what is left over."""

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from django.conf import settings
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
        files: in the folder of media, but named by no row.
        rows: referred to by nothing; their files go with them.
    """

    files: tuple[Path, ...]
    rows: tuple[Asset, ...]

    @property
    def size_bytes(self) -> int:
        """What deleting all of it would free."""
        return sum(path.stat().st_size for path in self.files) + sum(row.size_bytes for row in self.rows)


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
    before = timezone.now() - SETTLED_AFTER
    named = set(Asset.objects.values_list("sha256", flat=True))
    files = (path for path in _files() if path.name not in named or path != Asset(sha256=path.name).path)
    return LeftOver(
        tuple(sorted(path for path in files if path.stat().st_mtime < time.time() - SETTLED_AFTER.total_seconds())),
        tuple(Asset.objects.exclude(pk__in=assets_in_use().values("pk")).filter(created_at__lt=before)),
    )


def delete_left_over(found: LeftOver) -> None:
    """Delete it. A row that something refers to by now stays, with its file."""
    for path in found.files:
        path.unlink(missing_ok=True)
    for row in found.rows:
        # Asked again with the deletion itself; a reference that comes in between is refused by its constraint.
        unused = Asset.objects.filter(pk=row.pk).exclude(pk__in=assets_in_use().values("pk"))
        if unused.delete()[0]:
            row.path.unlink(missing_ok=True)


def _files() -> Iterator[Path]:
    return (path for path in Path(settings.MEDIA_ROOT).rglob("*") if path.is_file())
