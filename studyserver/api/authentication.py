"""Who sends a request to the interface."""

from typing import Any

from rest_framework.authentication import BasicAuthentication
from rest_framework.request import Request


class LimitedBasicAuthentication(BasicAuthentication):
    """Name and password with each request; how often they may be wrong is counted as on the login page."""

    def authenticate_credentials(self, userid: str, password: str, request: Request | None = None) -> Any:
        # The middleware that answers who is locked out sees Django's request, not the one that wraps it. No name has a
        # zero byte, on which PostgreSQL would fail.
        wrapped = getattr(request, "_request", request)
        return super().authenticate_credentials(userid.replace("\0", ""), password, wrapped)
