"""Researchers' addresses: progress and reports of a study."""

from django.urls import path

from studyserver.reports import views

app_name = "reports"
urlpatterns = [
    path("", views.study_list, name="studies"),
    path("<slug:slug>/", views.progress, name="progress"),
    path("<slug:slug>/close/", views.close, name="close"),
    path("<slug:slug>/registration/", views.registration, name="registration"),
    path("<slug:slug>/report/", views.report, name="report"),
    path("<slug:slug>/report/<slug:format>/", views.download, name="download"),
]
