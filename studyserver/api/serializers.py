"""What the interface sends. Nothing here tells votes by method; the report does, when its rule allows."""

from rest_framework import serializers

from studyserver.studies.models import Study


class StudySerializer(serializers.ModelSerializer[Study]):
    """A study and how far its participants are."""

    started = serializers.IntegerField(read_only=True, help_text="Real participations.")
    completed = serializers.IntegerField(read_only=True, help_text="Real participations with every answer.")
    rehearsed = serializers.IntegerField(read_only=True, help_text="Completed simulated participations.")

    class Meta:
        model = Study
        fields = ["slug", "title", "state", "opened_at", "closed_at", "started", "completed", "rehearsed"]
        read_only_fields = fields


class ErrorSerializer(serializers.Serializer[dict[str, object]]):
    """The one shape of every error."""

    message = serializers.CharField(help_text="What was wrong, with the value, and what to do.")
    extra = serializers.DictField(help_text="Details for programs; may be empty.")
