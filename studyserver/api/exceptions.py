"""Every error leaves in one shape: ``{"message": ..., "extra": {...}}``."""

from typing import Any

from django.http import JsonResponse
from rest_framework import status
from rest_framework.exceptions import APIException
from rest_framework.views import exception_handler

from studyserver.common.exceptions import PerceptionistError
from studyserver.reports.exceptions import ReportError


class ReportUnavailable(APIException):
    """409: the study is not in a state in which the report may be read."""

    status_code = status.HTTP_409_CONFLICT

    def __init__(self, error: ReportError) -> None:
        super().__init__(detail=str(error), code="report_unavailable")


def shape(message: str, extra: dict[str, Any] | None = None) -> dict[str, Any]:
    """The one shape."""
    return {"message": message, "extra": extra or {}}


def one_shape(error: Exception, context: dict[str, Any]) -> JsonResponse | None:
    """DRF's exception handler, with its answers brought into our shape; JSON, whatever the view itself sends."""
    response = exception_handler(error, context)
    if response is None and isinstance(error, PerceptionistError):
        return JsonResponse(shape(str(error)), status=status.HTTP_409_CONFLICT)
    if response is None:
        return None
    detail = response.data.pop("detail", None) if isinstance(response.data, dict) else None
    message = str(detail) if detail is not None else "The request is not valid."
    kept = {name: value for name, value in response.items() if name in {"WWW-Authenticate", "Retry-After", "Allow"}}
    return JsonResponse(shape(message, response.data), status=response.status_code, headers=kept)
