"""Who may ask the interface for what: the same rights as on the pages."""

from typing import TYPE_CHECKING

from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from studyserver.studies.access import Right, require

if TYPE_CHECKING:
    from rest_framework.views import APIView  # Which looks for the default permission, this one, itself.


class HasRight(BasePermission):
    """The right to view studies, or the one that the view names for its action in ``rights``."""

    def has_permission(self, request: Request, view: "APIView") -> bool:
        """False for the anonymous, who are then asked to sign in.

        Raises:
            PermissionDenied: the account lacks the right; says which, and who can give it.
        """
        if not request.user.is_authenticated:
            return False
        rights: dict[str | None, Right] = getattr(view, "rights", {})
        require(request.user, rights.get(getattr(view, "action", None), Right.VIEW))
        return True
