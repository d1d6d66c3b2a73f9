"""Researchers' addresses of reports."""

from django.urls import path

from studyserver.reports import views

app_name = "reports"
urlpatterns = [
    path("<slug:slug>/report/", views.report, name="report"),
    path("<slug:slug>/report/<slug:format>/", views.download, name="download"),
]
