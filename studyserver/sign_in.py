"""How often one may try to sign in, on the login page and with every request to the interface.

django-axes counts failures in the database, which all workers share. They are counted by network together with
account, so that a guesser is locked out and the owner, who is elsewhere, is not; and by network over all accounts,
against trying one password on many.
"""

import math
from ipaddress import IPv6Address, ip_address, ip_network
from typing import Any

from axes.attempts import get_cool_off_threshold
from axes.handlers.database import AxesDatabaseHandler
from axes.models import AccessAttempt
from django.conf import settings
from django.db.models import Max, QuerySet, Sum
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils import timezone

from studyserver.api.exceptions import shape

NAME_LENGTH = 150
"""Of an account; what is typed can be longer, and the database would refuse it."""
HOST = "127.0.0.1"
"""Where a proxy is that connects through a Unix socket, which has no address."""


def network_of(request: HttpRequest) -> str:
    """Where a request comes from: the address of version 4, or the network (/64) that one customer has of version 6.

    ``X-Forwarded-For`` is believed from the right, as far as those who wrote it are trusted proxies: what stands
    further left anybody may have sent.
    """
    address = _read(request.META.get("REMOTE_ADDR") or HOST) or ip_address(HOST)
    hops = request.META.get("HTTP_X_FORWARDED_FOR", "").split(",")
    while hops and any(address in network for network in settings.TRUSTED_PROXIES):
        before = _read(hops.pop())
        if before is None:
            break
        address = before
    if isinstance(address, IPv6Address):
        return str(ip_network((address, 64), strict=False).network_address)
    return str(address)


def _read(written: str) -> Any:
    """An address, one of version 4 that is written as of version 6 as such; None for anything else."""
    try:
        address = ip_address(written.strip())
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address


def name_of(request: HttpRequest, credentials: dict[str, Any] | None) -> str:
    """The account that is tried, as it can be stored."""
    typed = (credentials or {}).get("username") or request.POST.get("username") or ""
    return typed.replace("\0", "")[:NAME_LENGTH]


class Failures(AxesDatabaseHandler):  # type: ignore[misc]  # Axes has no types.
    """Counts for account and network as axes does, and for a network over all accounts with a limit of its own."""

    def get_failures(self, request: HttpRequest, credentials: dict[str, Any] | None = None) -> int:
        """Those that are held against the limit: it is also reached by too many for other accounts."""
        if _count(_of_network(request)) >= settings.SIGN_IN_FAILURES_OF_NETWORK:
            return int(settings.AXES_FAILURE_LIMIT)
        return _count(_of_account(request, credentials))


def _of_network(request: HttpRequest) -> "QuerySet[Any]":
    since = get_cool_off_threshold(request)
    found: QuerySet[Any] = AccessAttempt.objects.filter(ip_address=network_of(request), attempt_time__gte=since)
    return found


def _of_account(request: HttpRequest, credentials: dict[str, Any] | None) -> "QuerySet[Any]":
    return _of_network(request).filter(username=name_of(request, credentials))


def _count(failures: "QuerySet[Any]") -> int:
    return int(failures.aggregate(count=Sum("failures_since_start"))["count"] or 0)


def locked_out(request: HttpRequest, _: HttpResponse | None, credentials: dict[str, Any] | None) -> HttpResponse:
    """429: says how long to wait, and not whether this try was right."""
    of_account = _of_account(request, credentials)
    counted = of_account if _count(of_account) >= settings.AXES_FAILURE_LIMIT else _of_network(request)
    last = counted.aggregate(last=Max("attempt_time"))["last"] or timezone.now()
    seconds = max(1, math.ceil((last + settings.AXES_COOLOFF_TIME - timezone.now()).total_seconds()))
    minutes = math.ceil(seconds / 60)
    wait = f"{minutes} minute{'s' if minutes > 1 else ''}"
    message = (
        f"Too many wrong passwords came from your network. Wait {wait}, then sign in again; until then even the right "
        "password is refused here."
    )
    headers = {"Retry-After": str(seconds), "Cache-Control": "no-store"}
    if request.path.startswith("/api/"):
        return JsonResponse(shape(message), status=429, headers=headers)
    answer = render(request, "429.html", {"message": message}, status=429)
    for name, value in headers.items():
        answer.headers[name] = value
    return answer
