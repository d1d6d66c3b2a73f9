"""Participants' addresses, and those of previews."""

from django.urls import path

from studyserver.survey import preview_views, views

app_name = "survey"
urlpatterns = [
    path("", views.index, name="index"),
    path("s/<slug:slug>/", views.welcome, name="welcome"),
    path("s/<slug:slug>/left/", views.left, name="left"),
    path("p/<uuid:token>/", views.next_page, name="next"),
    path("p/<uuid:token>/instructions/", views.instructions, name="instructions"),
    path("p/<uuid:token>/<int:position>/", views.trial, name="trial"),
    path("p/<uuid:token>/finish/", views.finish, name="finish"),
    path("p/<uuid:token>/leave/", views.leave, name="leave"),
    path("p/<uuid:token>/welcome/", preview_views.welcome, name="preview_welcome"),
    path("p/<uuid:token>/skip/", preview_views.skip, name="skip"),
    path("studies/<slug:slug>/preview/", preview_views.start, name="preview"),
    path("a/<uuid:asset_id>", views.asset, name="asset"),
]
