"""What is sent where no view answers: JSON in the one shape under ``/api/``, a page elsewhere."""

from django.contrib.admin.exceptions import DisallowedModelAdminLookup, DisallowedModelAdminToField
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import render
from django.views import defaults

from studyserver.api.exceptions import shape


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponseBase:
    """400: the request is not one that our pages send."""
    if _for_a_program(request):
        return _json(400, "The request is not valid.")
    reason = ""
    if isinstance(exception, (DisallowedModelAdminLookup, DisallowedModelAdminToField)):
        reason = (
            f"{exception}. A list takes what its own filters, search and order ask for, and nothing else: which rows "
            "it finds would tell what it does not show."
        )
    return render(request, "400.html", {"reason": reason}, status=400)


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponseBase:
    """403: the account lacks a right."""
    if _for_a_program(request):
        return _json(403, str(exception) or "The account lacks a right.")
    return defaults.permission_denied(request, exception)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponseBase:
    """404: there is nothing at this address."""
    if _for_a_program(request):
        return _json(404, f"There is nothing at {request.path}. The addresses are listed at /api/schema/.")
    return defaults.page_not_found(request, exception)


def server_error(request: HttpRequest) -> HttpResponseBase:
    """500: our own fault; the log tells."""
    if _for_a_program(request):
        return _json(500, "Something went wrong on our side; the server's log says what.")
    return defaults.server_error(request)


def _for_a_program(request: HttpRequest) -> bool:
    return request.path.startswith("/api/")


def _json(status: int, message: str) -> HttpResponse:
    return JsonResponse(shape(message), status=status)
