"""Researchers' pages along the life of a study: the list, progress, registration, closing. Staff only.

None tells votes by method. What other rooms have to say of a study's progress they add in its template, as panels.
"""

from typing import Any, cast

from django.contrib import messages
from django.contrib.admin.views.decorators import staff_member_required
from django.contrib.auth.base_user import AbstractBaseUser
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from studyserver.common.exceptions import PerceptionistError
from studyserver.studies.models import Registration, Study
from studyserver.studies.registration import registration_text
from studyserver.studies.selectors import studies_with_progress
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
    return render(request, "studies/progress.html", {"study": study, "history": study.audit_entries.all()})


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
@require_http_methods(["GET", "HEAD", "POST"])
@staff_member_required
def close(request: HttpRequest, slug: str) -> HttpResponse:
    study: Any = get_object_or_404(studies_with_progress(), slug=slug)  # With counts that its type does not know.
    if request.method != "POST":
        registered = Registration.objects.filter(study=study).exists()
        context = {"study": study, "short": study.falls_short(study.completed), "registered": registered}
        return render(request, "studies/close.html", context)
    try:
        close_study(study=study, by=cast(AbstractBaseUser, request.user))
    except PerceptionistError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, f"{study.title} is closed. Its results may be read now.")
    return redirect("studies:progress", slug=slug)
