"""Every error leaves in one shape: ``{"message": ..., "extra": {...}}``."""

from typing import Any

from rest_framework import status
from rest_framework.exceptions import APIException
from rest_framework.response import Response
from rest_framework.views import exception_handler

from studyserver.reports.exceptions import ReportError


class ReportUnavailable(APIException):
    """409: the study is not in a state in which the report may be read."""

    status_code = status.HTTP_409_CONFLICT

    def __init__(self, error: ReportError) -> None:
        super().__init__(detail=str(error), code="report_unavailable")


def one_shape(error: Exception, context: dict[str, Any]) -> Response | None:
    """DRF's exception handler, with its answers brought into our shape."""
    response = exception_handler(error, context)
    if response is None:
        return None
    detail = response.data.pop("detail", None) if isinstance(response.data, dict) else None
    message = str(detail) if detail is not None else "The request is not valid."
    response.data = {"message": message, "extra": response.data or {}}
    return response
