"""What evaluation has to say on a study's progress page: what the study's rule allows, and no more."""

from typing import Any
from urllib.parse import urlencode

from django import template

from studyserver.reports.exceptions import ReportError
from studyserver.reports.forms import planning_form
from studyserver.reports.monitor import look_at
from studyserver.reports.outlook import planned_size
from studyserver.studies.models import Study

register = template.Library()


@register.inclusion_tag("reports/panels/looks.html")
def looks_panel(study: Study) -> dict[str, Any]:
    """The looks at a running study that were chosen before its first vote, or why none can be taken."""
    try:
        return {"study": study, "looks": look_at(study)}
    except ReportError as error:
        return {"study": study, "problem": error}


@register.inclusion_tag("reports/panels/planning_link.html")
def planning_link(study: Study, *, results: bool) -> dict[str, Any]:
    """The way to the planning page, with the size of ``study``; none where it has no size that can be planned.

    Args:
        results: whether the reader may see results, and so take the study as a pilot.
    """
    size = planned_size(study, as_pilot=results)
    return {
        "study": study,
        "size": urlencode(size) if size and planning_form(size, with_pilots=results).is_valid() else "",
        "may_be_pilot": "pilot" in size,
    }
