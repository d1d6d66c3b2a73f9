"""How a study's votes will be judged: chosen before the first vote, frozen with the study."""

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models


class AnalysisPlan(models.Model):
    """The part of a study that its votes are judged by. The defaults are those of the paper (Sec. 4.2), made exact."""

    class Claim(models.TextChoices):
        EACH = "each", "each section for itself (Holm)"
        ALL = "all", "all sections together (intersection-union)"
        ORDERED = "ordered", "one section after the other, from the last to the first (fixed order)"

    class Looks(models.TextChoices):
        FIXED = "fixed", "once, when the study is closed"
        SEQUENTIAL = "sequential", "at planned numbers of participants (group sequential, O'Brien-Fleming)"
        ANYTIME = "anytime", "after every participant (e-process)"

    alpha = models.FloatField(
        default=0.001,
        validators=[MinValueValidator(1e-6), MaxValueValidator(0.2)],
        help_text="Level of the one-sided tests; 0.001 in the paper.",
    )
    claim = models.CharField(max_length=7, choices=Claim, default=Claim.EACH, help_text="What is to be shown.")
    looks = models.CharField(
        max_length=10, choices=Looks, default=Looks.FIXED, help_text="When the result may be looked at."
    )
    planned_participants = models.PositiveIntegerField(
        default=154, validators=[MinValueValidator(2)], help_text="How many are to complete the study."
    )
    look_count = models.PositiveSmallIntegerField(
        default=5,
        validators=[MinValueValidator(2), MaxValueValidator(20)],
        help_text="Equally spaced looks, the last at the planned number; for looks at planned numbers only.",
    )
    fastest_median_ms = models.PositiveIntegerField(
        "fastest median answer",
        null=True,
        blank=True,
        help_text="Milliseconds. Who answers faster at the median is excluded from the analysis; empty: nobody is.",
    )
    attention_checks = models.PositiveSmallIntegerField(
        default=0,
        validators=[MaxValueValidator(12)],
        help_text="How many each participant is shown, the reference face itself beside that of another person; none "
        "in the paper. Whoever has begun keeps the number of that time.",
    )
    attention_passes = models.PositiveSmallIntegerField(
        "attention checks to pass",
        default=0,
        help_text="Right answers needed to be counted. Six checks with five right keep out 89 % of those who toss a "
        "coin (10.9 % pass). Whoever has fewer is left out of the analysis, never turned away: the completion code, "
        "and with it the payment, stays the same.",
    )
    sample_reason = models.TextField(
        "reason for the number", blank=True, help_text="Why this many participants, such as the power it gives."
    )
    recruitment = models.TextField(blank=True, help_text="Who takes part, how they are found and what they are paid.")

    class Meta:
        abstract = True

    def clean(self) -> None:
        """Refuse to ask for more right answers than there are attention checks."""
        super().clean()
        if self.attention_passes > self.attention_checks:
            raise ValidationError(
                {
                    "attention_passes": f"{self.attention_passes} right answers cannot come from "
                    f"{self.attention_checks} attention checks. Give 0 to {self.attention_checks}, or more checks."
                }
            )

    @property
    def planned_looks(self) -> list[int]:
        """Numbers of completed participants at which the result is looked at; one unless group sequential."""
        if self.looks != self.Looks.SEQUENTIAL:
            return [self.planned_participants]
        return sorted({round(self.planned_participants * k / self.look_count) for k in range(1, self.look_count + 1)})

    def falls_short(self, completed: int) -> bool:
        """Whether closing the study with so many completed deviates from its plan.

        Looks at running data may end a study early by their own rule.
        """
        return self.looks == self.Looks.FIXED and completed < self.planned_participants
