"""Researchers' pages: the studies, a study's progress, its report. Staff only.

Progress pages never tell votes by method; the report does, once the study's rule allows.
"""

from math import isinf
from typing import Any, cast
from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.admin.views.decorators import staff_member_required
from django.contrib.auth.base_user import AbstractBaseUser
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from evaluation.planning.crossed_power import VarianceShares
from studyserver.common.exceptions import PerceptionistError
from studyserver.generation.selectors import SMOKE_WARNING, made_with_smoke
from studyserver.reports.day_chart import lay_out_days
from studyserver.reports.deviations import falls_short
from studyserver.reports.exceptions import NoVotes, ReportError, StillBlinded
from studyserver.reports.figures import data_address, power_figure
from studyserver.reports.forms import PlanningForm
from studyserver.reports.monitor import look_at
from studyserver.reports.planning import outlook, pilot_shares, planned_size
from studyserver.reports.renderers import FORMATS, report_context
from studyserver.reports.selectors import studies_with_progress, taking_part, votes_per_day
from studyserver.reports.services import build_report
from studyserver.studies.models import Registration, Study
from studyserver.studies.registration import registration_text
from studyserver.studies.services import close_study


@never_cache
@require_safe
@staff_member_required
def study_list(request: HttpRequest) -> HttpResponse:
    return render(request, "studies/list.html", {"studies": studies_with_progress()})


@never_cache
@require_safe
@staff_member_required
def progress(request: HttpRequest, slug: str) -> HttpResponse:
    study = get_object_or_404(Study, slug=slug)
    size = planned_size(study)
    context = {
        "study": study,
        "people": taking_part(study, simulated=False),
        "rehearsal": taking_part(study, simulated=True),
        "days": lay_out_days(votes_per_day(study, simulated=False)),
        "jobs": study.jobs.all(),
        "looks": look_at(study) if study.state == Study.State.OPEN else None,
        "size": urlencode(size) if size and _planning_form(size).is_valid() else "",
        "may_be_pilot": "pilot" in size,
        "smoke_warning": SMOKE_WARNING if made_with_smoke(study) else "",
        "survey_address": request.build_absolute_uri(f"/s/{study.slug}/"),
    }
    return render(request, "studies/progress.html", context)


@never_cache
@require_safe
@staff_member_required
def planning(request: HttpRequest) -> HttpResponse:
    """What a study of a size would find; the size stands in the address, so that it can be shared."""
    form = _planning_form(request.GET.dict())
    context: dict[str, Any] = {"form": form}
    if form.is_valid():
        chosen = form.cleaned_data
        try:
            shares = (
                pilot_shares(chosen["pilot"])
                if chosen["pilot"]
                else VarianceShares(chosen["participant_share"], chosen["question_share"])
            )
            size = {name: chosen[name] for name in ("participants", "questions", "share", "alpha")}
            plan = outlook(shares=shares, **size)
        except (ReportError, ValueError) as error:
            context["problem"] = error
        else:
            sizes = ["any number" if isinf(number) else number for number in plan.table.participants]
            rows = zip(sizes, plan.table.power, strict=True)
            context |= {"plan": plan, "rows": rows, "figure": data_address(power_figure(plan))}
    return render(request, "studies/planning.html", context)


def _planning_form(given: dict[str, Any]) -> PlanningForm:
    """Filled with what is given, and else with what is usual."""
    usual = {name: field.initial for name, field in PlanningForm.base_fields.items()}
    return PlanningForm(usual | given)


@never_cache
@require_safe
@staff_member_required
def registration(request: HttpRequest, slug: str) -> HttpResponse:
    """The registered text, or before the first vote what would be registered; with ``?download`` as a file."""
    study = get_object_or_404(Study, slug=slug)
    registered = Registration.objects.filter(study=study).first()
    text = registered.text if registered else registration_text(study)
    if "download" in request.GET:
        disposition = {"Content-Disposition": f'attachment; filename="{study.slug}-registration.txt"'}
        return HttpResponse(text, content_type="text/plain; charset=utf-8", headers=disposition)
    context = {"study": study, "registered": registered, "paragraphs": text.splitlines()}
    return render(request, "studies/registration.html", context)


@never_cache
@require_safe
@staff_member_required
def report(request: HttpRequest, slug: str) -> HttpResponse:
    study = get_object_or_404(Study, slug=slug)
    simulated = "rehearsal" in request.GET
    try:
        built = build_report(study, simulated=simulated)
    except ReportError as error:
        return unavailable(request, study, error)
    return render(request, "reports/page.html", report_context(built) | {"study": study, "formats": FORMATS})


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
@staff_member_required
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


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@staff_member_required
def close(request: HttpRequest, slug: str) -> HttpResponse:
    study = get_object_or_404(Study, slug=slug)
    if request.method != "POST":
        people = taking_part(study, simulated=False)
        registered = Registration.objects.filter(study=study).exists()
        context = {"study": study, "people": people, "short": falls_short(study, people), "registered": registered}
        return render(request, "studies/close.html", context)
    try:
        close_study(study=study, by=cast(AbstractBaseUser, request.user))
    except PerceptionistError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, f"{study.title} is closed. Its results may be read now.")
    return redirect("reports:progress", slug=slug)
