"""What the survey has to say on a study's progress page; nothing by method."""

from typing import Any

from django import template
from django.http import HttpRequest
from django.urls import reverse

from studyserver.studies.models import Study
from studyserver.survey.day_chart import lay_out_days
from studyserver.survey.progress import taking_part, votes_per_day

register = template.Library()


@register.inclusion_tag("survey/panels/people.html")
def people_panel(request: HttpRequest, study: Study) -> dict[str, Any]:
    """How many people began and completed ``study``, and the link to send them."""
    return {
        "study": study,
        "people": taking_part(study, simulated=False),
        "survey_address": request.build_absolute_uri(reverse("survey:welcome", args=[study.slug])),
    }


@register.inclusion_tag("survey/panels/days.html")
def days_panel(study: Study) -> dict[str, Any]:
    """Votes of people by day."""
    return {"days": lay_out_days(votes_per_day(study, simulated=False))}


@register.inclusion_tag("survey/panels/rehearsal.html")
def rehearsal_panel(study: Study, *, results: bool) -> dict[str, Any]:
    """Whether ``study`` was rehearsed, and how to.

    Args:
        results: whether the reader may see results, and so the rehearsal's report.
    """
    return {"study": study, "rehearsal": taking_part(study, simulated=True), "results": results}


@register.inclusion_tag("survey/panels/preview.html")
def preview_panel(study: Study) -> dict[str, Any]:
    """The way to a preview."""
    return {"study": study}
