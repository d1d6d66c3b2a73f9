"""The record of what the engine was asked to do and what came of it."""

from django.db import models
from django.db.models import Q
from django.utils import timezone

from studyserver.studies.models import Study


class GenerationJob(models.Model):
    """One stage of making a study's stimuli. The database is the truth about it; the broker only rings the bell."""

    class State(models.TextChoices):
        QUEUED = "queued"
        RUNNING = "running"
        READY = "ready"
        FAILED = "failed"

    study = models.ForeignKey(Study, models.CASCADE, related_name="jobs")
    stage = models.CharField(max_length=60, help_text="Such as dataset, voice-encoder, joint, stimuli.")
    fingerprint = models.CharField(max_length=64, help_text="SHA-256 of all that determines the stage's result.")
    state = models.CharField(max_length=7, choices=State, default=State.QUEUED)
    progress = models.FloatField(default=0.0, help_text="Share done, 0 to 1.")
    error = models.TextField(blank=True)
    output_sha256 = models.CharField(
        max_length=64, blank=True, help_text="Of the checkpoint or manifest that was made."
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["created_at", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["study", "stage", "fingerprint"], name="job_unique_per_result"),
            models.CheckConstraint(
                condition=Q(state__in=["queued", "running", "ready", "failed"]), name="job_state_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.study.slug} {self.stage}"
