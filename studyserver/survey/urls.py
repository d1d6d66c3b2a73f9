"""Participants' addresses."""

from django.urls import path

from studyserver.survey import views

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
    path("a/<uuid:asset_id>", views.asset, name="asset"),
]
