"""Researchers' addresses: progress and reports of a study."""

from django.urls import URLPattern

app_name = "reports"
urlpatterns: list[URLPattern] = []
