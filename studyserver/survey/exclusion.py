"""The rules declared before the first vote that leave a completed participation out of the analysis.

They turn nobody away: who is left out gets the completion code as everybody does.
"""

from collections.abc import Iterable
from statistics import median

from studyserver.studies.models import Study


def is_excluded(study: Study, response_ms: Iterable[int | None], *, failed: int) -> bool:
    """Whether somebody answered too fast, or got more attention checks wrong (``failed``) than the study allows.

    Wrong answers are counted, so that who began before there were checks is not left out for never seeing any.
    """
    return is_too_fast(study, response_ms) or fails_checks(study, failed)


def fails_checks(study: Study, failed: int) -> bool:
    """Whether so many wrong answers to attention checks are more than the study allows."""
    return failed > study.attention_checks - study.attention_passes


def is_too_fast(study: Study, response_ms: Iterable[int | None]) -> bool:
    """Whether these votes came faster at the median than the study allows; votes without a time do not count."""
    times = [time for time in response_ms if time is not None]
    return study.fastest_median_ms is not None and bool(times) and median(times) < study.fastest_median_ms
