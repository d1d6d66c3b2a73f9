"""Researchers' addresses along the life of a study."""

from django.urls import path

from studyserver.studies import views

app_name = "studies"
urlpatterns = [
    path("", views.study_list, name="list"),
    path("<slug:slug>/", views.progress, name="progress"),
    path("<slug:slug>/open/", views.open_to_participants, name="open"),
    path("<slug:slug>/close/", views.close, name="close"),
    path("<slug:slug>/registration/", views.registration, name="registration"),
    path("<slug:slug>/registration/<int:number>/", views.superseded_registration, name="superseded_registration"),
]
