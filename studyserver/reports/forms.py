"""What researchers type."""

from collections.abc import Mapping
from typing import Any

from django import forms

from studyserver.reports.outlook import ASSUMED
from studyserver.studies.models import Study


class PlanningForm(forms.Form):
    """Size of a study, what is true, and how much people and questions differ."""

    participants = forms.IntegerField(min_value=2, max_value=100_000, initial=154)
    questions = forms.IntegerField(min_value=2, max_value=1_000, initial=10, help_text="Of one section.")
    share = forms.FloatField(
        label="True preference",
        min_value=0.501,
        max_value=0.999,
        initial=0.6,
        help_text="Share of answers for the method under test, such as 0.6.",
    )
    alpha = forms.FloatField(
        label="Level", min_value=1e-6, max_value=0.2, initial=0.001, help_text="One-sided; divide it by the sections."
    )
    participant_share = forms.FloatField(
        label="Differences between people",
        min_value=0,
        max_value=0.9,
        initial=ASSUMED.participant,
        help_text="Share of an answer's variance.",
    )
    question_share = forms.FloatField(
        label="Differences between questions",
        min_value=0,
        max_value=0.9,
        initial=ASSUMED.question,
        help_text="Share of an answer's variance.",
    )
    pilot = forms.ModelChoiceField(
        Study.objects.filter(state=Study.State.CLOSED),
        required=False,
        to_field_name="slug",
        empty_label="none: the two shares above",
        help_text="A closed study whose differences are taken instead.",
    )

    def clean(self) -> dict[str, Any]:
        """Refuse more variance than there is."""
        cleaned: dict[str, Any] = super().clean() or {}
        together = cleaned.get("participant_share", 0) + cleaned.get("question_share", 0)
        if together > 1:
            self.add_error("question_share", f"Both shares together are {together:g}; they may not exceed 1.")
        return cleaned


def planning_form(given: Mapping[str, Any], *, with_pilots: bool) -> PlanningForm:
    """Filled with what is given, and else with what is usual.

    Args:
        with_pilots: whether closed studies are offered as pilots.
    """
    usual = {name: field.initial for name, field in PlanningForm.base_fields.items()}
    form = PlanningForm(usual | dict(given))
    if not with_pilots:
        del form.fields["pilot"]
    return form
