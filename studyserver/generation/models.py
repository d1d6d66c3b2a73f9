"""The record of what the engine was asked to do and what came of it."""

from typing import Self

from django.db import models
from django.db.models import Q
from django.utils import timezone

from studyserver.studies.models import Study


class GenerationJobQuerySet(models.QuerySet["GenerationJob"]):
    def waiting(self) -> Self:
        """Stages that a worker may have to take: nobody has begun, or whoever began may have died."""
        return self.filter(state__in=[GenerationJob.State.QUEUED, GenerationJob.State.RUNNING])


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
    # What a worker needs to do the stage.
    run = models.CharField(max_length=100, help_text="Name of the engine's run, a folder among the runs.")
    dataset = models.CharField(max_length=500, help_text="Folder of the data set.")
    profile = models.CharField(max_length=500, help_text="Name or file of the engine's profile.")
    conditions = models.CharField(max_length=200, blank=True, help_text="Those the stage is about, by commas.")
    device = models.CharField(max_length=20, help_text="Such as auto, cpu, cuda.")
    # How far it is, and in whose hands.
    state = models.CharField(max_length=7, choices=State, default=State.QUEUED)
    progress = models.FloatField(default=0.0, help_text="Share done, 0 to 1.")
    error = models.TextField(blank=True)
    output_sha256 = models.CharField(
        max_length=64, blank=True, help_text="Of the checkpoint or manifest that was made."
    )
    worker = models.CharField(max_length=200, blank=True, help_text="The process that holds the job.")
    claim = models.UUIDField(null=True, blank=True, help_text="Made anew by each worker that takes the job.")
    attempts = models.PositiveSmallIntegerField(default=0, help_text="How many workers took it since it was queued.")
    heartbeat_at = models.DateTimeField(null=True, blank=True, help_text="The worker's last sign of life.")
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    objects = GenerationJobQuerySet.as_manager()

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

    @property
    def title(self) -> str:
        """The stage in words."""
        # The table knows the work of each stage, too; most pages and commands go without it.
        from studyserver.generation.stages.table import title_of

        return title_of(self.stage)
