"""What the administration pages share."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

admin.site.site_header = admin.site.site_title = "Perceptionist"
admin.site.index_title = "Administration"


class ReadOnly(admin.ModelAdmin):
    """Rows can be looked at, and nothing else."""

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        """Only the filters of the page: which rows another one finds would tell what the page does not show."""
        return any(lookup.startswith(str(shown)) for shown in self.list_filter)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
