"""The administration: which rows its lists find is decided by the filters that a list shows, and by nothing else."""

from typing import Any

from django.contrib.admin import AdminSite, ModelAdmin
from django.contrib.admin.exceptions import DisallowedModelAdminLookup
from django.contrib.admin.views.main import ChangeList
from django.contrib.auth.forms import AuthenticationForm
from django.http import HttpRequest


class OwnFilters(ChangeList):
    """A list that takes from the address what its own filters, search and order write there.

    Django would also take lookups of any other field, and through relations of any other table: which rows such a
    lookup finds tells what no page shows, as votes by method and participants' keys.
    """

    def get_filters(self, request: HttpRequest) -> Any:
        """As Django's, with every parameter refused that no filter of the page has taken.

        Raises:
            DisallowedModelAdminLookup: there is one.
        """
        found = super().get_filters(request)
        _, _, not_taken, *_ = found
        if not_taken:
            raise DisallowedModelAdminLookup(f"Filtering by {', '.join(sorted(not_taken))} not allowed")
        return found


class WithOwnFilters(ModelAdmin):
    """What every page of the administration is made of, whoever wrote it."""

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return OwnFilters


class Administration(AdminSite):
    """The site of all administration pages."""

    site_header = site_title = "Perceptionist"
    index_title = "Administration"
    # Rights open pages, and some of them to accounts that have no business here; this is where all sign in.
    login_form = AuthenticationForm

    def register(self, model_or_iterable: Any, admin_class: Any = None, **options: Any) -> None:
        """Register pages, Django's own included, as ones whose lists have their own filters only."""
        base = admin_class or ModelAdmin
        pages = type(base.__name__, (WithOwnFilters, base), {"__module__": base.__module__})
        super().register(model_or_iterable, pages, **options)


class ReadOnly(ModelAdmin):
    """Rows can be looked at, and nothing else."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
