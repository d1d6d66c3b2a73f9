"""Researchers' pages along the life of a study: the list, progress, registration, opening, closing.

None tells votes by method. What other rooms have to say of a study's progress they add in its template, as panels.
"""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from studyserver.common.exceptions import PerceptionistError
from studyserver.studies.access import Right, needs, signed_in
from studyserver.studies.models import Registration, Study
from studyserver.studies.registration import registration_text
from studyserver.studies.selectors import missing_parts, studies_with_progress
from studyserver.studies.services import close_study, open_study


@never_cache
@require_safe
@needs(Right.VIEW)
def study_list(request: HttpRequest) -> HttpResponse:
    return render(request, "studies/list.html", {"studies": studies_with_progress()})


@never_cache
@require_safe
@needs(Right.VIEW)
def progress(request: HttpRequest, slug: str) -> HttpResponse:
    study = get_object_or_404(Study, slug=slug)
    opens = study.state == Study.State.DRAFT and request.user.has_perm(Right.OPEN)
    context = {
        "study": study,
        "history": study.audit_entries.all(),
        "may_edit": may_edit(request),
        "may_open": opens,
        "missing": missing_parts(study) if opens else [],
    }
    return render(request, "studies/progress.html", context)


@never_cache
@require_safe
@needs(Right.VIEW)
def registration(request: HttpRequest, slug: str) -> HttpResponse:
    """The registered text, or before the first vote what would be registered; with ``?download`` as a file."""
    study = get_object_or_404(Study, slug=slug)
    registered = study.registration
    text = registered.text if registered else registration_text(study)
    return registration_page(request, study, text, name="registration", registered=registered)


@never_cache
@require_safe
@needs(Right.VIEW)
def superseded_registration(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    """What was registered before, from 1 on in the order of time; with ``?download`` as a file."""
    study = get_object_or_404(Study, slug=slug)
    earlier = dict(enumerate(study.superseded_registrations, start=1))
    if number not in earlier:
        raise Http404(f"Study {slug!r} has {len(earlier)} superseded registrations and none with number {number}.")
    registered = earlier[number]
    return registration_page(request, study, registered.text, name=f"registration-{number}", registered=registered)


def registration_page(
    request: HttpRequest, study: Study, text: str, *, name: str, registered: Registration | None
) -> HttpResponse:
    if "download" in request.GET:
        disposition = {"Content-Disposition": f'attachment; filename="{study.slug}-{name}.txt"'}
        return HttpResponse(text, content_type="text/plain; charset=utf-8", headers=disposition)
    context = {
        "study": study,
        "registered": registered,
        "paragraphs": text.splitlines(),
        "may_edit": may_edit(request),
    }
    return render(request, "studies/registration.html", context)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@needs(Right.VIEW)
@needs(Right.OPEN)
def open_to_participants(request: HttpRequest, slug: str) -> HttpResponse:
    """Let participants in, from the study's progress page; who had to sign in first finds the button there again."""
    study = get_object_or_404(Study, slug=slug)
    if request.method == "POST":
        try:
            open_study(study=study, by=signed_in(request))
        except PerceptionistError as error:
            messages.error(request, str(error))
        else:
            messages.success(request, f"{study.title} is open.")
    return redirect("studies:progress", slug=slug)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@needs(Right.CLOSE)
def close(request: HttpRequest, slug: str) -> HttpResponse:
    study: Any = get_object_or_404(studies_with_progress(), slug=slug)  # With counts that its type does not know.
    if request.method != "POST":
        registered = study.registration is not None
        context = {"study": study, "short": study.falls_short(study.completed), "registered": registered}
        return render(request, "studies/close.html", context)
    try:
        close_study(study=study, by=signed_in(request))
    except PerceptionistError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, f"{study.title} is closed. Its results may be read now.")
    return redirect("studies:progress" if request.user.has_perm(Right.VIEW) else "studies:close", slug=slug)


def may_edit(request: HttpRequest) -> bool:
    """Whether the form that edits studies, which stands in the administration, opens for this reader."""
    user = request.user
    return user.is_staff and user.has_perm(Right.CHANGE)
