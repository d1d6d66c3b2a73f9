"""What the engine has to say on a study's progress page."""

from typing import Any

from django import template

from studyserver.generation.selectors import SMOKE_WARNING, made_with_smoke
from studyserver.studies.models import Study

register = template.Library()


@register.simple_tag
def smoke_warning(study: Study) -> str:
    """What there is to warn of in the faces of ``study``; empty where there is nothing."""
    return SMOKE_WARNING if made_with_smoke(study) else ""


@register.inclusion_tag("generation/panels/stimuli.html")
def stimuli_panel(study: Study) -> dict[str, Any]:
    """The stages that made the stimuli of ``study``, and how far they are."""
    return {"jobs": study.jobs.all()}
