"""What the database refuses, in words: on every connection, and as a page where nobody catches it."""

import logging
from collections.abc import Callable
from typing import Any

from django.db import IntegrityError
from django.db.backends.base.base import BaseDatabaseWrapper
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from studyserver.common.exceptions import RefusedByDatabase

log = logging.getLogger(__name__)


def speak_plainly(*, connection: BaseDatabaseWrapper, **_: Any) -> None:
    """Have a connection that was just opened name its refusals."""
    if name_refusals not in connection.execute_wrappers:
        # First, and so outermost: Django takes the last one away where a connection opens within ``execute_wrapper``.
        connection.execute_wrappers.insert(0, name_refusals)


def name_refusals(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: dict[str, Any]) -> Any:
    """Run a statement.

    Raises:
        RefusedByDatabase: a constraint or trigger does not allow it.
    """
    try:
        return execute(sql, params, many, context)
    except RefusedByDatabase:
        raise
    except IntegrityError as error:
        said = str(error).partition("\n")[0].rstrip(".")
        raise RefusedByDatabase(f"The database refused this, and nothing was stored: {said}.") from error


class RefusalPages:
    """Shows what only the database refused as a page.

    Participants read it, so it is in general words: those of the database name tables and rules. The log has them.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """Django asks for a page in place of the error."""
        if not isinstance(exception, RefusedByDatabase):
            return None
        # By the name of the page: its address may hold a participant's secret.
        log.error("refused at %s", request.resolver_match and request.resolver_match.view_name, exc_info=exception)
        return render(request, "refused.html", status=409)
