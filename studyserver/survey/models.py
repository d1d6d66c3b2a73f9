"""What is answered: participations, the trials and attention checks planned for them, and their votes."""

import uuid
from dataclasses import dataclass
from datetime import timedelta
from typing import Self

from django.db import models, transaction
from django.db.models import Case, Exists, F, OuterRef, Q, When
from django.utils import timezone

from studyserver.studies.models import Asset, Question, Section, Stimulus, Study

CHECK_PROMPT = "Of the two faces, which is closer to the reference face?"
"""What attention checks ask outside sections of images."""
LIVE_FOR = timedelta(hours=1)
"""Who has not answered for so long has probably left: the place is filled again."""
PREVIEW_KEPT_FOR = timedelta(hours=24)
"""How long after its last answer a preview is there."""


class ParticipationQuerySet(models.QuerySet["Participation"]):
    def simulated(self) -> Self:
        """Participants of a rehearsal, never people."""
        return self.filter(kind=Participation.Kind.REHEARSAL)

    def previews(self) -> Self:
        """What staff tried; counts nowhere."""
        return self.filter(kind=Participation.Kind.PREVIEW)

    def counting(self) -> Self:
        """Of people and of rehearsals: all that is more than a trial."""
        return self.exclude(kind=Participation.Kind.PREVIEW)

    def holding_freeze(self) -> Self:
        """People for whose sake a study stays frozen: who gave a vote that is there, or may be about to give one."""
        voted = Vote.objects.filter(trial__participation=OuterRef("pk"))
        live = Q(active_at__gt=timezone.now() - LIVE_FOR)
        return self.filter(live | Exists(voted), kind=Participation.Kind.PERSON)

    def expired_previews(self) -> Self:
        """Previews whose time is over."""
        return self.previews().filter(active_at__lte=timezone.now() - PREVIEW_KEPT_FOR)

    @transaction.atomic
    def erase(self) -> int:
        """Delete them with their plans and answers; returns how many there were."""
        # Locked: an answer in flight is stored before, and deleted, or finds nobody.
        keys = list(self.select_for_update().values_list("pk", flat=True))
        Vote.objects.filter(trial__participation__in=keys).delete()
        Participation.objects.filter(pk__in=keys).delete()
        return len(keys)


class Participation(models.Model):
    """One way through a study: a person's, a simulated person's, or a preview. Holds no personal data.

    It has no absolute URL, nor has a trial: the administration would lead every administrator to it by number.
    """

    class Kind(models.TextChoices):
        PERSON = "person"
        REHEARSAL = "rehearsal", "simulated person"
        PREVIEW = "preview", "preview, which counts nowhere"

        @classmethod
        def counted(cls, *, simulated: bool) -> Self:
            """The kind whose answers are counted: of people, or of a rehearsal; never of both, never of previews."""
            return cls.REHEARSAL if simulated else cls.PERSON

    token = models.UUIDField(
        unique=True, default=uuid.uuid4, editable=False, help_text="The secret of the participant's link."
    )
    study = models.ForeignKey(Study, models.PROTECT, related_name="participations")
    seed = models.PositiveBigIntegerField(help_text="From which the order of the questions and the sides were drawn.")
    kind = models.CharField(max_length=9, choices=Kind, default=Kind.PERSON)
    excluded = models.BooleanField(default=False, help_text="Failed the pre-declared checks; left out of the analysis.")
    consented_at = models.DateTimeField(default=timezone.now, editable=False)
    consent_sha256 = models.CharField(max_length=64, help_text="Of the information text that was agreed to.")
    instructed_at = models.DateTimeField(null=True, blank=True, help_text="When the instructions were confirmed.")
    active_at = models.DateTimeField(default=timezone.now, help_text="When something was last sent.")
    completed_at = models.DateTimeField(null=True, blank=True)
    completion_code = models.CharField(max_length=12, blank=True, help_text="Made when the last answer is stored.")

    objects = ParticipationQuerySet.as_manager()

    class Meta:
        ordering = ["consented_at", "pk"]
        # Balancing counts a study's live and completed participations on each arrival.
        indexes = [models.Index(fields=["study", "kind", "completed_at"], name="participation_progress")]
        constraints = [
            models.CheckConstraint(
                condition=Q(kind__in=["person", "rehearsal", "preview"]), name="participation_kind_known"
            ),
            models.CheckConstraint(
                condition=Q(completed_at=None, completion_code="")
                | (Q(completed_at__isnull=False) & ~Q(completion_code="")),
                name="participation_completion_has_a_code",
            ),
            models.UniqueConstraint(
                fields=["study", "completion_code"],
                condition=~Q(completion_code=""),
                name="participation_completion_code_unique",
            ),
        ]

    def __str__(self) -> str:
        return f"participation {self.pk}"

    @property
    def is_preview(self) -> bool:
        return self.kind == self.Kind.PREVIEW

    @property
    def accepts_answers(self) -> bool:
        """Whether its questions may be answered: while the study is open, and in a preview before that, too."""
        return self.study.accepts_votes or (self.is_preview and self.study.state == Study.State.DRAFT)


class TrialQuerySet(models.QuerySet["Trial"]):
    def for_display(self) -> Self:
        """With everything a question page shows, in one query."""
        return self.select_related(
            "participation__study",
            "question__section",
            "question__reference",
            "left__image",
            "left__mesh",
            "left__turntable",
            "right__image",
            "right__mesh",
            "right__turntable",
        )


class Trial(models.Model):
    """What is shown: one question at one place of a participation, with its stimuli on fixed sides."""

    participation = models.ForeignKey(Participation, models.CASCADE, related_name="trials")
    question = models.ForeignKey(Question, models.PROTECT, related_name="trials")
    position = models.PositiveSmallIntegerField(help_text="From 1 over the whole study.")
    left = models.ForeignKey(Stimulus, models.PROTECT, related_name="+")
    right = models.ForeignKey(Stimulus, models.PROTECT, related_name="+")

    objects = TrialQuerySet.as_manager()

    class Meta:
        ordering = ["participation", "position"]
        constraints = [
            models.UniqueConstraint(fields=["participation", "position"], name="trial_position_unique"),
            models.UniqueConstraint(fields=["participation", "question"], name="trial_question_unique"),
            models.CheckConstraint(condition=~Q(left=F("right")), name="trial_sides_differ"),
        ]

    def __str__(self) -> str:
        return f"trial {self.position} of {self.participation}"

    @property
    def medium(self) -> str:
        """What its page shows."""
        return self.question.section.medium

    @property
    def prompt(self) -> str:
        """What its page asks."""
        return self.question.section.prompt


class VoteQuerySet(models.QuerySet["Vote"]):
    def of_completed(self, study: Study, *, simulated: bool) -> Self:
        """Votes of those who finished ``study``, excluded ones too; of people or of a rehearsal, never of both."""
        return self.filter(
            trial__participation__study=study,
            trial__participation__kind=Participation.Kind.counted(simulated=simulated),
            trial__participation__completed_at__isnull=False,
        )

    def in_analysis_order(self) -> Self:
        """Participants in order of completion, questions in that of the study, in reports and exports alike."""
        return self.order_by(
            "trial__participation__completed_at",
            "trial__participation_id",
            "trial__question__section__position",
            "trial__question__number",
        )

    def with_preferred_condition(self) -> Self:
        """Annotate ``preferred``: the id of the condition behind the side that was chosen."""
        chose_left = When(choice=Vote.Choice.LEFT, then=F("trial__left__condition"))
        return self.annotate(preferred=Case(chose_left, default=F("trial__right__condition")))


class Vote(models.Model):
    """One forced choice (2AFC) between the two stimuli of a trial. Written once, never updated."""

    class Choice(models.TextChoices):
        LEFT = "left"
        RIGHT = "right"

    trial = models.OneToOneField(Trial, models.PROTECT, related_name="vote")
    choice = models.CharField(max_length=5, choices=Choice)
    response_ms = models.PositiveIntegerField(
        null=True, help_text="From both stimuli visible to the confirmed choice; empty without scripts in the browser."
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = VoteQuerySet.as_manager()

    class Meta:
        ordering = ["created_at", "pk"]
        constraints = [models.CheckConstraint(condition=Q(choice__in=["left", "right"]), name="vote_choice_is_a_side")]

    def __str__(self) -> str:
        return f"vote on {self.trial}"


@dataclass(frozen=True)
class Picture:
    """One option of an attention check, with the files that a page looks for in a stimulus."""

    image_id: uuid.UUID
    mesh_id: None = None
    turntable_id: None = None


class AttentionCheckQuerySet(models.QuerySet["AttentionCheck"]):
    def for_display(self) -> Self:
        """With everything a question page shows, in one query."""
        return self.select_related("participation__study", "question__section")

    def failed(self) -> Self:
        """Those that were answered wrongly."""
        return self.filter(answered_at__isnull=False).exclude(choice=F("correct"))


class AttentionCheck(models.Model):
    """A question with a right answer: the reference face itself, beside the reference face of another person.

    Not a trial, and its answer no vote: it enters no table of votes. Its position belongs to the sequence of the
    participation's trials. Answered once, never changed.
    """

    participation = models.ForeignKey(Participation, models.CASCADE, related_name="checks")
    question = models.ForeignKey(
        Question, models.PROTECT, related_name="+", help_text="Whose reference face is shown; its options are not."
    )
    position = models.PositiveSmallIntegerField(help_text="From 1 over the whole study, trials included.")
    other = models.ForeignKey(Asset, models.PROTECT, related_name="+", help_text="The face of another person.")
    correct = models.CharField(max_length=5, choices=Vote.Choice, help_text="Where the reference face stands.")
    choice = models.CharField(max_length=5, choices=Vote.Choice, blank=True, help_text="Empty until answered.")
    response_ms = models.PositiveIntegerField(null=True, help_text="As of a vote.")
    answered_at = models.DateTimeField(null=True)

    objects = AttentionCheckQuerySet.as_manager()

    class Meta:
        ordering = ["participation", "position"]
        constraints = [
            models.UniqueConstraint(fields=["participation", "position"], name="attention_check_position_unique"),
            models.CheckConstraint(
                condition=Q(correct__in=["left", "right"]), name="attention_check_reference_is_on_a_side"
            ),
            models.CheckConstraint(
                condition=Q(choice="", response_ms=None, answered_at=None)
                | Q(choice__in=["left", "right"], answered_at__isnull=False),
                name="attention_check_answered_whole_or_not",
            ),
        ]

    def __str__(self) -> str:
        return f"attention check {self.position} of {self.participation}"

    @property
    def medium(self) -> str:
        """What its page shows: pictures, in whatever section it stands."""
        return Section.Medium.IMAGE

    @property
    def prompt(self) -> str:
        """The section's question where that is about pictures; elsewhere it would ask for what is not shown."""
        section = self.question.section
        return section.prompt if section.medium == Section.Medium.IMAGE else CHECK_PROMPT

    @property
    def left(self) -> Picture:
        return self._option(Vote.Choice.LEFT)

    @property
    def right(self) -> Picture:
        return self._option(Vote.Choice.RIGHT)

    def _option(self, side: Vote.Choice) -> Picture:
        return Picture(self.question.reference_id if self.correct == side else self.other_id)
