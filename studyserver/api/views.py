"""Studies and their reports for programs, for those who have the right (the default permission)."""

import json

from django.db.models import QuerySet
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import viewsets
from rest_framework.decorators import action
from rest_framework.pagination import PageNumberPagination
from rest_framework.request import Request
from rest_framework.response import Response

from studyserver.api.exceptions import ReportUnavailable
from studyserver.api.serializers import ErrorSerializer, StudySerializer
from studyserver.reports.exceptions import ReportError
from studyserver.reports.formats.data import to_json
from studyserver.reports.services import build_report
from studyserver.studies.access import Right
from studyserver.studies.models import Study
from studyserver.studies.selectors import studies_with_progress


class StudyPagination(PageNumberPagination):
    page_size = 50


class StudyViewSet(viewsets.ReadOnlyModelViewSet[Study]):
    """Studies with their progress, and the significance report of each."""

    serializer_class = StudySerializer
    pagination_class = StudyPagination
    lookup_field = "slug"
    queryset = Study.objects.none()  # Names the model for the schema.
    rights = {"report": Right.RESULTS}

    def get_queryset(self) -> QuerySet[Study]:
        return studies_with_progress()

    @extend_schema(
        parameters=[
            OpenApiParameter("rehearsal", OpenApiTypes.BOOL, description="Simulated votes instead of real ones.")
        ],
        responses={200: OpenApiTypes.OBJECT, 409: ErrorSerializer},
    )
    @action(detail=True)
    def report(self, request: Request, slug: str) -> Response:  # noqa: ARG002  # get_object reads it.
        """The significance report; 409 while the study's rule keeps it hidden or nobody has finished."""
        simulated = request.query_params.get("rehearsal", "") not in {"", "false", "0"}
        try:
            built = build_report(self.get_object(), simulated=simulated)
        except ReportError as error:
            raise ReportUnavailable(error) from error
        return Response(json.loads(to_json(built)))
