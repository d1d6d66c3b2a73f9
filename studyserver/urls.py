"""Address plan: participants under ``/s/``, ``/p/`` and ``/a/``; researchers under ``/studies/`` and ``/admin/``."""

from django.contrib import admin
from django.urls import include, path

urlpatterns = [
    path("", include("studyserver.survey.urls")),
    path("studies/", include("studyserver.reports.urls")),
    path("admin/", admin.site.urls),
    path("api/", include("studyserver.api.urls")),
]
