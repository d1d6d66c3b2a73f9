"""Who may do what with studies: Django's permissions, asked by pages and programs alike.

No right shows results before the study's own rule does.
"""

from collections.abc import Callable
from enum import StrEnum
from functools import wraps
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.models import AbstractUser, AnonymousUser
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import resolve_url


class Right(StrEnum):
    """A permission on studies, by its full name."""

    VIEW = "studies.view_study"
    CHANGE = "studies.change_study"
    OPEN = "studies.open_study"
    CLOSE = "studies.close_study"
    RESULTS = "studies.see_results"


IN_WORDS = {
    Right.VIEW: "view studies",
    Right.CHANGE: "change studies",
    Right.OPEN: "open studies",
    Right.CLOSE: "close studies",
    Right.RESULTS: "see results of studies",
}


def require(user: AbstractUser | AnonymousUser, right: Right) -> None:
    """Refuse a signed-in ``user`` without ``right``.

    Raises:
        PermissionDenied: says what is missing, and who can give it.
    """
    if user.has_perm(right):
        return
    names = get_user_model().objects.filter(is_superuser=True, is_active=True).values_list("username", flat=True)
    whom = f"{' or '.join(names)} can" if names else "an administrator of this server can"
    raise PermissionDenied(
        f"The account {user.get_username()} may not {IN_WORDS[right]}: it lacks the permission {right}. Whoever "
        f"administers this server gives it under Administration, Users; {whom}."
    )


def needs(right: Right) -> Callable[[Callable[..., HttpResponse]], Callable[..., HttpResponse]]:
    """A page for those with ``right``: others get the login page, or are told what they lack."""

    def decorate(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
        @wraps(view)
        def checked(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if not request.user.is_authenticated:
                return redirect_to_login(request.get_full_path(), resolve_url(settings.LOGIN_URL))
            require(request.user, right)
            return view(request, *args, **kwargs)

        return checked

    return decorate


def signed_in(request: HttpRequest) -> AbstractBaseUser:
    """Whose account sent a request that :func:`needs` let pass."""
    assert request.user.is_authenticated
    return request.user
