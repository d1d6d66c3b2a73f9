"""Administration of jobs: what the engine was asked to do and what came of it."""

from django.contrib import admin

from studyserver.common.admin import ReadOnly
from studyserver.generation.models import GenerationJob


@admin.register(GenerationJob)
class GenerationJobAdmin(ReadOnly):
    list_display = ["__str__", "state", "progress", "started_at", "finished_at"]
    list_filter = ["study", "state"]
    list_select_related = ["study"]
