"""Addresses of the REST interface."""

from django.urls import path
from drf_spectacular.views import SpectacularAPIView
from rest_framework.routers import SimpleRouter

from studyserver.api.views import StudyViewSet

app_name = "api"
router = SimpleRouter()
router.register("studies", StudyViewSet, basename="study")
urlpatterns = [*router.urls, path("schema/", SpectacularAPIView.as_view(), name="schema")]
