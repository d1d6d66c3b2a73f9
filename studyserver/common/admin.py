"""What the administration pages share."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

admin.site.site_header = admin.site.site_title = "Perceptionist"
admin.site.index_title = "Administration"


class ReadOnly:
    """Mixed into an admin class: rows can be looked at, and nothing else."""

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
