"""Researchers' pages on results: planning, and a study's report.

The report tells votes by method once the study's rule allows, and not before.
"""

from math import isinf
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from evaluation.planning.crossed_power import VarianceShares
from studyserver.reports.exceptions import NoVotes, ReportError, StillBlinded
from studyserver.reports.figures import data_address, power_figure
from studyserver.reports.formats import FORMATS
from studyserver.reports.formats.page import page_context
from studyserver.reports.forms import planning_form
from studyserver.reports.outlook import outlook, pilot_shares
from studyserver.reports.services import build_report
from studyserver.studies.access import Right, needs, require
from studyserver.studies.models import Study
from studyserver.survey.progress import taking_part


@never_cache
@require_safe
@needs(Right.VIEW)
def planning(request: HttpRequest) -> HttpResponse:
    """What a study of a size would find; the size stands in the address, so that it can be shared.

    A pilot's differences are a result of its votes, so only those who may see results can take one.
    """
    if request.GET.get("pilot"):
        require(request.user, Right.RESULTS)
    form = planning_form(request.GET.dict(), with_pilots=request.user.has_perm(Right.RESULTS))
    context: dict[str, Any] = {"form": form}
    if form.is_valid():
        chosen = form.cleaned_data
        try:
            pilot = chosen.get("pilot")
            shares = (
                pilot_shares(pilot) if pilot else VarianceShares(chosen["participant_share"], chosen["question_share"])
            )
            size = {name: chosen[name] for name in ("participants", "questions", "share", "alpha")}
            plan = outlook(shares=shares, **size)
        except (ReportError, ValueError) as error:
            context["problem"] = error
        else:
            sizes = ["any number" if isinf(number) else number for number in plan.table.participants]
            rows = zip(sizes, plan.table.power, strict=True)
            context |= {"plan": plan, "rows": rows, "figure": data_address(power_figure(plan))}
    return render(request, "reports/planning.html", context)


@never_cache
@require_safe
@needs(Right.RESULTS)
def report(request: HttpRequest, slug: str) -> HttpResponse:
    study = get_object_or_404(Study, slug=slug)
    simulated = "rehearsal" in request.GET
    try:
        built = build_report(study, simulated=simulated)
    except ReportError as error:
        return unavailable(request, study, error)
    return render(request, "reports/page.html", page_context(built) | {"study": study, "formats": FORMATS})


def unavailable(request: HttpRequest, study: Study, error: ReportError) -> HttpResponse:
    """Why there is no report, and what to do instead."""
    rehearsal_exists = taking_part(study, simulated=True).counted > 0 and "rehearsal" not in request.GET
    context = {
        "study": study,
        "error": error,
        "blinded": isinstance(error, StillBlinded),
        "empty": isinstance(error, NoVotes),
        "rehearsal_exists": rehearsal_exists,
    }
    return render(request, "reports/unavailable.html", context)


@never_cache
@require_safe
@needs(Right.RESULTS)
def download(request: HttpRequest, slug: str, format: str) -> HttpResponse:
    study = get_object_or_404(Study, slug=slug)
    if format not in FORMATS:
        raise Http404(f"No report format {format!r}; there are {', '.join(FORMATS)}.")
    simulated = "rehearsal" in request.GET
    try:
        built = build_report(study, simulated=simulated)
    except ReportError as error:
        return unavailable(request, study, error)
    wanted = FORMATS[format]
    name = f"{study.slug}-{'rehearsal' if simulated else 'report'}.{wanted.ending}"
    disposition = {"Content-Disposition": f'attachment; filename="{name}"'}
    return HttpResponse(wanted.render(built), content_type=wanted.media_type, headers=disposition)
