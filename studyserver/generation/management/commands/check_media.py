"""``manage.py check_media``: whether the files that participants fetch are there, and what is left over."""

from argparse import ArgumentParser
from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.core.management.base import CommandError

from studyserver.common.commands import PerceptionistCommand
from studyserver.common.progress import LateBar
from studyserver.generation.deciding.repetition import call_that_filled
from studyserver.studies.media_check import LeftOver, Lost, delete_left_over, find_left_over, find_lost
from studyserver.studies.models import Asset, Study
from studyserver.studies.selectors import assets_in_use, assets_of, get_study, studies_showing

NAMED = 20  # How many of a kind are listed; --verbosity 2 lists all.


class Command(PerceptionistCommand):
    help = (
        "Compare the files that participants fetch with what the database says of them: names what is missing or "
        "changed, with the remedy, and what is left over. Ends with an error if a file is missing or changed. "
        "Changes nothing without --delete-left-over."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("study", nargs="?", metavar="STUDY", help="Only the files of this study (default: all).")
        parser.add_argument(
            "--delete-left-over",
            action="store_true",
            help="Delete files and rows that nothing has referred to for a day.",
        )

    def handle(self, *, study: str | None, delete_left_over: bool, verbosity: int, **_: Any) -> None:
        if study and delete_left_over:
            raise CommandError("What is left over belongs to no study; call --delete-left-over without STUDY.")
        checked = list(assets_of(get_study(study)) if study else assets_in_use())
        with LateBar(desc="Reading media", unit="file", hidden=not verbosity) as bar:
            lost = find_lost(checked, progress=bar.show)
        self._all = verbosity > 1
        if not study:
            self._tell_left_over(find_left_over(), delete=delete_left_over)
        if lost:
            raise CommandError(self._told(lost, checked))
        self.stdout.write(f"{len(checked)} files in {settings.MEDIA_ROOT} are as they were stored.")

    def _told(self, lost: Sequence[Lost], checked: Sequence[Asset]) -> str:
        studies: dict[Study, int] = {}
        lines = []
        for each in lost:
            showing = list(studies_showing(each.asset))
            for study in showing:
                studies[study] = studies.get(study, 0) + 1
            names = ", ".join(study.slug for study in showing) or "no study"
            lines.append(f"  {each.state}: {each.asset.path} (asset {each.asset.pk}, shown by {names})")
        return "\n".join(
            [
                f"{len(lost)} of {len(checked)} files in {settings.MEDIA_ROOT} are not as they were stored:",
                *self._listed(lines),
                *(_remedy(study, count) for study, count in studies.items()),
            ]
        )

    def _listed(self, lines: list[str]) -> list[str]:
        if self._all or len(lines) <= NAMED:
            return lines
        return [*lines[:NAMED], f"  and {len(lines) - NAMED} more; all with --verbosity 2"]

    def _tell_left_over(self, found: LeftOver, *, delete: bool) -> None:
        if not found.files and not found.rows:
            return
        if delete:
            found = delete_left_over(found)
        size = f"{found.size_bytes / 1e6:.1f} MB"
        kinds = f"{len(found.files)} files that no row names, and {len(found.rows)} rows that nothing refers to"
        if delete:
            self.stdout.write(f"Deleted {kinds}: {size}.")
            return
        self.stdout.write(f"Left over ({size}): {kinds}. Delete them with: manage.py check_media --delete-left-over")
        lines = [f"  {path}" for path in found.files]
        lines += [f"  {row.path} (asset {row.pk})" for row in found.rows]
        self.stdout.write("\n".join(self._listed(lines)))


def _remedy(study: Study, count: int) -> str:
    call = call_that_filled(study)
    if call is None:
        return f"Study {study.slug!r} was not made here: restore its {count} files from a backup, under the same names."
    return f"Make the {count} of study {study.slug!r} again, byte for byte, with:\n  {call}"
