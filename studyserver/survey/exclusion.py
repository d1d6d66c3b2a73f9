"""The rule declared before the first vote that leaves a completed participation out of the analysis."""

from collections.abc import Iterable
from statistics import median

from studyserver.studies.models import Study


def is_excluded(study: Study, response_ms: Iterable[int | None]) -> bool:
    """Whether these answers came faster at the median than the study allows; answers without a time do not count."""
    times = [time for time in response_ms if time is not None]
    return study.fastest_median_ms is not None and bool(times) and median(times) < study.fastest_median_ms
