"""Participants' pages. They work without scripts and without cookies.

No page here needs protection against forged requests by cookie: the only authority is the random token in the
address, which a stranger's page cannot know. So participants get no cookie at all.
"""

from collections.abc import Callable
from contextlib import suppress
from typing import Any
from uuid import UUID

from csp.decorators import csp_update
from django.http import (
    FileResponse,
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseNotFound,
    HttpResponseRedirect,
    QueryDict,
)
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, render, resolve_url
from django.urls import reverse
from django.utils.cache import patch_cache_control
from django.views.decorators.cache import cache_control
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_safe

from studyserver.studies.exceptions import StudyClosed
from studyserver.studies.media import MediaState, open_media, quick_state
from studyserver.studies.models import Asset, Section, Study
from studyserver.survey.exceptions import AlreadyVoted, NotCurrentTrial, ParticipationGone
from studyserver.survey.forms import ConsentForm, VoteForm
from studyserver.survey.models import AttentionCheck, Participation, Trial
from studyserver.survey.previews import end_preview
from studyserver.survey.selectors import current_address, next_questions, participation_for_page
from studyserver.survey.services import confirm_instructions, leave_and_delete, record_answer, start_participation

View = Callable[..., HttpResponse]


class SeeOther(HttpResponseRedirect):
    """303: fetch the next page with GET, so that reloading it repeats no POST."""

    status_code = 303


def participant_page(*methods: str) -> Callable[[View], View]:
    """A page of one person's way: never stored by a browser or proxy, never asking for a cookie."""

    def decorate(view: View) -> View:
        return require_http_methods(methods)(cache_control(no_store=True)(csrf_exempt(view)))

    return decorate


def sent(request: HttpRequest) -> QueryDict | None:
    """The posted fields; an empty post is a form without answers, not the absence of a form."""
    return request.POST if request.method == "POST" else None


def participation_or_404(token: UUID) -> Participation:
    try:
        return participation_for_page(token)
    except Participation.DoesNotExist:
        raise Http404("Nobody has this link, or its owner left and deleted the answers.") from None


def go_to_current_page(participation: Participation) -> HttpResponse:
    return SeeOther(current_address(participation))


@participant_page("GET", "HEAD")
def index(request: HttpRequest) -> HttpResponse:
    return render(request, "survey/index.html", {"studies": Study.objects.filter(state=Study.State.OPEN)})


@participant_page("GET", "HEAD", "POST")
def welcome(request: HttpRequest, slug: str) -> HttpResponse:
    study = get_object_or_404(Study.objects.exclude(state=Study.State.DRAFT), slug=slug)
    if not study.accepts_votes:
        return render(request, "survey/closed.html", {"study": study}, status=410)
    form = ConsentForm(sent(request), study=study)
    if request.method == "POST" and form.is_valid():
        try:
            participation = start_participation(study=study, simulated=form.cleaned_data["rehearsal"])
        except StudyClosed:
            return SeeOther(request.path)
        return go_to_current_page(participation)
    status = 422 if request.method == "POST" else 200
    return render(request, "survey/welcome.html", {"study": study, "form": form}, status=status)


@participant_page("GET", "HEAD")
def next_page(request: HttpRequest, token: UUID) -> HttpResponse:
    return go_to_current_page(participation_or_404(token))


@participant_page("GET", "HEAD", "POST")
def instructions(request: HttpRequest, token: UUID) -> HttpResponse:
    participation = participation_or_404(token)
    if current_address(participation) != request.path:
        return go_to_current_page(participation)
    if request.method == "POST":
        with suppress(StudyClosed, ParticipationGone):
            confirm_instructions(participation=participation)
        return go_to_current_page(participation_or_404(token))
    return render(request, "survey/instructions.html", {"participation": participation})


# The Draco decoder is WebAssembly in a worker that three.js starts from a blob; only this page may do so.
@csp_update({"script-src": ["'wasm-unsafe-eval'"], "worker-src": ["blob:"]})
@participant_page("GET", "HEAD", "POST")
def trial(request: HttpRequest, token: UUID, position: int) -> HttpResponse:
    participation = participation_or_404(token)
    waiting = next_questions(participation)
    may_answer = participation.instructed_at and participation.accepts_answers
    if not may_answer or not waiting or waiting[0].position != position:
        return go_to_current_page(participation)
    form = VoteForm(sent(request))
    if request.method == "POST" and form.is_valid():
        return answer(participation, waiting[0], form.cleaned_data)
    context = trial_context(participation, waiting[0], upcoming=waiting[1:]) | {"form": form}
    return render(request, "survey/trial.html", context, status=422 if request.method == "POST" else 200)


def answer(participation: Participation, asked: Trial | AttentionCheck, cleaned: dict[str, Any]) -> HttpResponse:
    # Whatever a second tab or the end of the study did meanwhile, the current page tells.
    with suppress(AlreadyVoted, NotCurrentTrial, ParticipationGone, StudyClosed):
        record_answer(asked=asked, **cleaned)
    return go_to_current_page(participation_or_404(participation.token))


def trial_context(
    participation: Participation, asked: Trial | AttentionCheck, upcoming: list[Trial | AttentionCheck]
) -> dict[str, Any]:
    return {
        "participation": participation,
        "study": participation.study,
        "trial": asked,
        "section": asked.question.section,
        "answered": asked.position - 1,
        "medium": asked.medium,
        "has_image": asked.medium != Section.Medium.MESH,
        "has_mesh": asked.medium != Section.Medium.IMAGE,
        "missing": lacks_a_file(asked),
        "prefetch": [address for following in upcoming for address in asset_addresses(following)],
    }


def shown_assets(asked: Trial | AttentionCheck) -> list[UUID]:
    """Every file that the page of ``asked`` will fetch."""
    sides = (asked.left, asked.right)
    shown = [asked.question.reference_id, *(side.image_id for side in sides), *(side.mesh_id for side in sides)]
    return [asset for asset in shown if asset]


def asset_addresses(asked: Trial | AttentionCheck) -> list[str]:
    return [reverse("survey:asset", args=[asset]) for asset in shown_assets(asked)]


def lacks_a_file(asked: Trial | AttentionCheck) -> bool:
    """Whether the page would lack a picture or model, or the stills of one, so that somebody could not judge it."""
    stills = [side.turntable_id for side in (asked.left, asked.right) if side.mesh_id]
    shown = Asset.objects.filter(pk__in=[*shown_assets(asked), *stills])
    return any(quick_state(each) is not MediaState.INTACT for each in shown)


@participant_page("GET", "HEAD")
def finish(request: HttpRequest, token: UUID) -> HttpResponse:
    participation = participation_or_404(token)
    if not participation.completed_at:
        return go_to_current_page(participation)
    return render(request, "survey/finish.html", {"participation": participation, "study": participation.study})


@participant_page("POST")
def leave(request: HttpRequest, token: UUID) -> HttpResponse:
    participation = participation_or_404(token)
    if participation.is_preview:
        end_preview(preview=participation)
        return SeeOther(resolve_url("studies:progress", slug=participation.study.slug))
    try:
        leave_and_delete(participation=participation)
    except ParticipationGone:
        pass  # Sent twice; the receipt is the same.
    except StudyClosed:
        return go_to_current_page(participation_or_404(token))
    return SeeOther(resolve_url("survey:left", slug=participation.study.slug))


@participant_page("GET", "HEAD")
def left(request: HttpRequest, slug: str) -> HttpResponse:
    return render(request, "survey/left.html", {"study": get_object_or_404(Study, slug=slug)})


@require_safe
def asset(request: HttpRequest, asset_id: UUID) -> HttpResponseBase:
    """A file under its random id. Its headers say nothing of where it came from or when it was made."""
    stored = Asset.objects.filter(pk=asset_id).first()
    if stored is None or (file := open_media(stored)) is None:
        # Never stored by a browser: the file may be back in a moment.
        return HttpResponseNotFound("Not found.", content_type="text/plain", headers={"Cache-Control": "no-store"})
    response = FileResponse(file, content_type=stored.media_type)
    del response["Content-Disposition"]  # Would carry the name of the file, which is its hash.
    patch_cache_control(response, public=True, max_age=31_536_000, immutable=True, no_transform=True)
    return response
