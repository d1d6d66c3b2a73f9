"""What is asked: study, sections, questions, conditions, stimuli and the files behind them."""

import re
import uuid
from collections.abc import Iterable, Sequence
from pathlib import Path

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.utils import timezone

from studyserver.studies.analysis_plan import AnalysisPlan

# What participants read where nobody has said yet who runs a study.
PLACEHOLDERS = {"organizer": "the study team", "contact": "through the person who sent you this link"}


class Study(AnalysisPlan):
    """A blinded two-alternative forced-choice study; a draft until opened, frozen from its first vote on."""

    class State(models.TextChoices):
        DRAFT = "draft"
        OPEN = "open"
        CLOSED = "closed"

    slug = models.SlugField(max_length=60, unique=True)
    title = models.CharField(max_length=200)
    organizer = models.CharField(max_length=200, help_text="Who runs the study, as participants read it.")
    contact = models.CharField(max_length=200, help_text="Where participants can ask or withdraw.")
    minutes = models.PositiveSmallIntegerField(default=10, help_text="How long taking part usually takes.")
    state = models.CharField(max_length=6, choices=State, default=State.DRAFT)
    seed = models.PositiveBigIntegerField(help_text="From which every participant's order and sides are drawn.")
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    opened_at = models.DateTimeField(null=True, blank=True, editable=False)
    frozen_at = models.DateTimeField(null=True, blank=True, editable=False, help_text="The time of the first vote.")
    closed_at = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta:
        ordering = ["slug"]
        verbose_name_plural = "studies"
        permissions = [
            ("open_study", "Can open study"),
            ("close_study", "Can close study"),
            ("see_results", "Can see results of study"),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(state__in=["draft", "open", "closed"]), name="study_state_known"),
            models.CheckConstraint(
                condition=Q(state="draft", opened_at=None, closed_at=None)
                | Q(state="open", opened_at__isnull=False, closed_at=None)
                | Q(state="closed", opened_at__isnull=False, closed_at__isnull=False, closed_at__gte=F("opened_at")),
                name="study_times_fit_its_state",
            ),
            models.CheckConstraint(condition=Q(claim__in=["each", "all", "ordered"]), name="study_claim_known"),
            models.CheckConstraint(condition=Q(looks__in=["fixed", "sequential", "anytime"]), name="study_looks_known"),
            models.CheckConstraint(condition=Q(alpha__gt=0, alpha__lt=0.5), name="study_alpha_is_a_level"),
            models.CheckConstraint(
                condition=Q(attention_checks__lte=12, attention_passes__lte=F("attention_checks")),
                name="study_attention_checks_can_be_passed",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.title} ({self.slug})"  # Titles may be alike.

    @property
    def accepts_votes(self) -> bool:
        return self.state == self.State.OPEN

    @property
    def editable(self) -> bool:
        """Whether wording and design may still change: what people saw must stay what is stored.

        A freeze for nobody's sake is lifted by the change.
        """
        return self.state != self.State.CLOSED and (self.frozen_at is None or self.frozen_for_nobody)

    @property
    def frozen_for_nobody(self) -> bool:
        """Whether the votes that froze the study are deleted, and nobody is under way who could give the next."""
        return self.frozen_at is not None and not self.participations.holding_freeze().exists()

    @property
    def registration(self) -> "Registration | None":
        """What is registered now; None before the first vote, and after the only ones were deleted."""
        return self.registrations.filter(superseded_at=None).first()

    @property
    def superseded_registrations(self) -> "models.QuerySet[Registration]":
        """What was registered before, in the order of time."""
        return self.registrations.exclude(superseded_at=None)

    @property
    def placeholders(self) -> list[str]:
        """Which of organizer and contact participants read as placeholders, while that can be mended."""
        return [name for name, words in PLACEHOLDERS.items() if getattr(self, name) == words and self.editable]

    @property
    def question_count(self) -> int:
        """How many questions each participant votes on."""
        return Question.objects.filter(section__study=self).count()

    @property
    def missing_for_checks(self) -> str:
        """What keeps the attention checks from being shown, in words; empty where nothing does."""
        asked = Question.objects.filter(section__study=self)
        others = asked.exclude(identity=OuterRef("identity")).exclude(reference=OuterRef("reference"))
        if not self.attention_checks or not asked.filter(~Exists(others)).exists():
            return ""
        return (
            f"It has attention checks ({self.attention_checks}), which show the reference faces of two people, and not "
            "two different ones; add a question on another person, or set the number to 0."
        )

    def clean(self) -> None:
        """Refuse a plan that cannot be carried out, and wording that names a compared method."""
        super().clean()
        if self.accepts_votes and self.missing_for_checks:
            raise ValidationError({"attention_checks": self.missing_for_checks})
        refuse_methods(self, ["title", "organizer", "contact"], Condition.objects.filter(study_id=self.pk))


class Condition(models.Model):
    """A method whose stimuli are compared. Its name never reaches a participant."""

    class Role(models.TextChoices):
        OURS = "ours", "method under test"
        BASELINE = "baseline"

    study = models.ForeignKey(Study, models.CASCADE, related_name="conditions")
    slug = models.SlugField(max_length=60, help_text="The engine's name of the method, such as base-2.")
    role = models.CharField(max_length=8, choices=Role)

    class Meta:
        ordering = ["study", "role"]
        constraints = [
            models.UniqueConstraint(fields=["study", "slug"], name="condition_slug_unique_in_study"),
            models.UniqueConstraint(fields=["study", "role"], name="condition_role_unique_in_study"),
            models.CheckConstraint(condition=Q(role__in=["ours", "baseline"]), name="condition_role_known"),
        ]

    def __str__(self) -> str:
        return self.slug

    def name_in(self, text: str) -> str:
        """The name of this method or its role that ``text`` contains, or ""; ``Base 2`` and ``base2`` are base-2."""
        for name in (self.slug, self.role, self.get_role_display()):
            words = r"[\W_]*".join(re.findall(r"[^\W_]+", name))
            if words and re.search(rf"(?<![^\W_]){words}(?![^\W_])", text, re.IGNORECASE):
                return name
        return ""


def refuse_methods(row: models.Model, fields: Sequence[str], conditions: Iterable[Condition]) -> None:
    """Keep the names of ``conditions`` out of those ``fields`` of ``row`` that participants read.

    Raises:
        ValidationError: a message for each field that contains one.
    """
    found = {
        field: name for condition in conditions for field in fields if (name := condition.name_in(getattr(row, field)))
    }
    if found:
        raise ValidationError(
            {
                field: f"{getattr(row, field)!r} names a compared method ({name}), and participants read it. "
                "Choose words that tell nothing."
                for field, name in found.items()
            }
        )


class Section(models.Model):
    """A block of questions of one kind, such as the paper's images, 3D models and both together."""

    class Medium(models.TextChoices):
        IMAGE = "image", "images"
        MESH = "mesh", "3D models"
        JOINT = "joint", "image and 3D model"

    study = models.ForeignKey(Study, models.CASCADE, related_name="sections")
    position = models.PositiveSmallIntegerField(help_text="From 1.")
    medium = models.CharField(max_length=5, choices=Medium)
    title = models.CharField(max_length=100)
    prompt = models.CharField(max_length=300, help_text="The question, as participants read it.")

    class Meta:
        ordering = ["study", "position"]
        constraints = [
            models.UniqueConstraint(fields=["study", "position"], name="section_position_unique_in_study"),
            models.CheckConstraint(condition=Q(medium__in=["image", "mesh", "joint"]), name="section_medium_known"),
        ]

    def __str__(self) -> str:
        return f"{self.study.slug} section {self.position}"

    def clean(self) -> None:
        """Refuse wording that names a compared method."""
        refuse_methods(self, ["title", "prompt"], self.study.conditions.all())


class Asset(models.Model):
    """A file that participants' browsers fetch. Its public address is random and says nothing of its origin."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    sha256 = models.CharField(max_length=64, unique=True, help_text="Of the content; also the name of the file.")
    media_type = models.CharField(max_length=60)
    size_bytes = models.PositiveIntegerField()
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        ordering = ["created_at", "pk"]

    def __str__(self) -> str:
        return str(self.pk)

    @property
    def path(self) -> Path:
        """Where the content lies."""
        return Path(settings.MEDIA_ROOT) / self.sha256[:2] / self.sha256


class Question(models.Model):
    """One comparison: a reference face and one stimulus per condition."""

    section = models.ForeignKey(Section, models.CASCADE, related_name="questions")
    number = models.PositiveSmallIntegerField(help_text="From 1 within the section; participants see a shuffled order.")
    identity = models.CharField(max_length=100, help_text="The person of the data set; never shown to participants.")
    reference = models.ForeignKey(Asset, models.PROTECT, related_name="+", help_text="The reference face image.")

    class Meta:
        ordering = ["section", "number"]
        constraints = [models.UniqueConstraint(fields=["section", "number"], name="question_number_unique_in_section")]

    def __str__(self) -> str:
        return f"{self.section} question {self.number}"


class Stimulus(models.Model):
    """What one condition made for one question: an image, a mesh or both, as the section's medium asks."""

    question = models.ForeignKey(Question, models.CASCADE, related_name="stimuli")
    condition = models.ForeignKey(Condition, models.PROTECT, related_name="stimuli")
    image = models.ForeignKey(Asset, models.PROTECT, null=True, blank=True, related_name="+")
    mesh = models.ForeignKey(Asset, models.PROTECT, null=True, blank=True, related_name="+")
    turntable = models.ForeignKey(
        Asset,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        help_text="Stills of the mesh, for browsers without WebGL.",
    )
    # Provenance: what a report needs to trace a stimulus back to the weights that made it.
    run = models.CharField(max_length=200, help_text="Name of the engine's run.")
    checkpoint_sha256 = models.CharField(max_length=64)
    seed = models.PositiveBigIntegerField()
    code_revision = models.CharField(max_length=60)

    class Meta:
        ordering = ["question", "pk"]
        verbose_name_plural = "stimuli"
        constraints = [
            models.UniqueConstraint(
                fields=["question", "condition"], name="stimulus_unique_per_question_and_condition"
            ),
            models.CheckConstraint(
                condition=Q(image__isnull=False) | Q(mesh__isnull=False), name="stimulus_shows_something"
            ),
            models.CheckConstraint(
                condition=Q(mesh__isnull=True, turntable__isnull=True) | Q(mesh__isnull=False, turntable__isnull=False),
                name="stimulus_mesh_has_turntable",
            ),
        ]

    def __str__(self) -> str:
        return f"stimulus {self.pk}"


class Registration(models.Model):
    """What was fixed before the first vote, in words: made with that vote, never changed.

    Where the votes were deleted and the freeze was lifted it stays, superseded; the next first vote makes another one.
    """

    study = models.ForeignKey(Study, models.PROTECT, related_name="registrations")
    text = models.TextField()
    sha256 = models.CharField(max_length=64, help_text="Of the text in UTF-8.")
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    superseded_at = models.DateTimeField(null=True, editable=False, help_text="When the freeze was lifted.")

    class Meta:
        ordering = ["study", "created_at", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["study"], condition=Q(superseded_at=None), name="registration_one_in_force_per_study"
            )
        ]

    def __str__(self) -> str:
        return f"registration of {self.study.slug}"


class AuditEntry(models.Model):
    """Who did what to a study, and when: written with the act, by ``studies.audit.record``, and never changed.

    Names are kept beside the rows they belong to, so that an entry outlives a deleted study or account.
    """

    study = models.ForeignKey(Study, models.SET_NULL, null=True, related_name="audit_entries")
    study_slug = models.SlugField("study's name", max_length=60)
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    actor_name = models.CharField("by", max_length=150, blank=True, help_text="Empty: a command of the server.")
    action = models.CharField(max_length=40, help_text="What was done to the study, such as closed.")
    detail = models.TextField(blank=True)
    created_at = models.DateTimeField("at", default=timezone.now, editable=False)

    class Meta:
        ordering = ["created_at", "pk"]
        verbose_name = "audit entry"
        verbose_name_plural = "audit entries"

    def __str__(self) -> str:
        return f"{self.study_slug}: {self.action} by {self.who}"

    @property
    def who(self) -> str:
        """The account's name of that time, or that it was a command."""
        return self.actor_name or "a command"
