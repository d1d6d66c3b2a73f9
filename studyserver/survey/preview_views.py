"""Pages of a preview that participants do not have: its beginning, its welcome, its jumps."""

from contextlib import suppress
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render, resolve_url
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from studyserver.common.exceptions import PerceptionistError
from studyserver.studies.access import Right, needs
from studyserver.studies.exceptions import StudyClosed
from studyserver.studies.models import Study
from studyserver.survey.exceptions import AlreadyVoted, NotCurrentTrial, ParticipationGone
from studyserver.survey.forms import ConsentForm
from studyserver.survey.models import Participation
from studyserver.survey.previews import skip_ahead, start_preview
from studyserver.survey.views import SeeOther, go_to_current_page, participant_page, participation_or_404, sent


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@needs(Right.VIEW)
def start(request: HttpRequest, slug: str) -> HttpResponse:
    """Begin a preview; where there is none, the study's page says why.

    Who had to sign in first comes back with GET, which begins nothing, and finds the button on the study's page.
    """
    study = get_object_or_404(Study, slug=slug)
    if request.method != "POST":
        return redirect("studies:progress", slug=slug)
    try:
        preview = start_preview(study=study)
    except PerceptionistError as error:
        messages.error(request, str(error))
        return redirect("studies:progress", slug=slug)
    return SeeOther(resolve_url("survey:preview_welcome", token=preview.token))


def preview_or_404(token: UUID) -> Participation:
    participation = participation_or_404(token)
    if not participation.is_preview:
        raise Http404("Nobody's preview has this link.")
    return participation


@participant_page("GET", "HEAD", "POST")
def welcome(request: HttpRequest, token: UUID) -> HttpResponse:
    """The page that participants consent on."""
    preview = preview_or_404(token)
    form = ConsentForm(sent(request), study=preview.study)
    if not preview.accepts_answers or (request.method == "POST" and form.is_valid()):
        return go_to_current_page(preview)
    context = {"study": preview.study, "form": form, "participation": preview}
    return render(request, "survey/welcome.html", context, status=422 if request.method == "POST" else 200)


@participant_page("POST")
def skip(request: HttpRequest, token: UUID) -> HttpResponse:
    preview = preview_or_404(token)
    # What a second tab did meanwhile, the current page tells.
    with suppress(AlreadyVoted, NotCurrentTrial, ParticipationGone, StudyClosed):
        skip_ahead(preview=preview, to_end=request.POST.get("to") == "end")
    return go_to_current_page(preview_or_404(token))
