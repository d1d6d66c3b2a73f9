"""Address plan: participants under ``/s/``, ``/p/`` and ``/a/``; researchers under ``/studies/`` and ``/admin/``."""

from django.contrib import admin
from django.shortcuts import redirect
from django.templatetags.static import static
from django.urls import include, path

from studyserver.reports.views import planning

handler400 = "studyserver.error_pages.bad_request"
handler403 = "studyserver.error_pages.permission_denied"
handler404 = "studyserver.error_pages.not_found"
handler500 = "studyserver.error_pages.server_error"
urlpatterns = [
    # Browsers ask for it where a page names no icon, as those under /admin/ do.
    path("favicon.ico", lambda _: redirect(static("favicon.svg"))),
    path("", include("studyserver.survey.urls")),
    path("planning/", planning, name="planning"),
    path("studies/", include("studyserver.studies.urls")),
    path("studies/", include("studyserver.reports.urls")),
    path("admin/", admin.site.urls),
    path("api/", include("studyserver.api.urls")),
]
