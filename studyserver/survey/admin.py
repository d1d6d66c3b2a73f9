"""Administration of participations: who came how far.

Trials and votes are not registered on purpose: together they would tell votes by method before the study's rule
allows it. The report is the one place that does. Nor are attention checks, whose answers are judged by a rule alone.
"""

from django.contrib import admin

from studyserver.common.admin import ReadOnly
from studyserver.survey.models import Participation


@admin.register(Participation)
class ParticipationAdmin(ReadOnly):
    # The code first: the list is wider than most windows.
    list_display = ["__str__", "completion_code", "completed_at", "kind", "excluded", "study", "consented_at"]
    list_filter = ["study", "kind", "excluded"]
    list_select_related = ["study"]
    search_fields = ["completion_code"]
    # Not the token, which is the participant's key, nor the seed, from which the sides follow.
    fields = [
        "study",
        "kind",
        "excluded",
        "consented_at",
        "consent_sha256",
        "instructed_at",
        "completed_at",
        "completion_code",
    ]
