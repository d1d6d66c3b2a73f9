"""What participants send."""

from typing import Any

from django import forms
from django.core import signing

from studyserver.studies.models import Study
from studyserver.survey.models import Vote

CHOOSE = "Please choose A or B."
MAX_RESPONSE_MS = 2_147_483_647  # About 25 days; what the column holds.


class ConsentForm(forms.Form):
    """Agreement to the information text; ``rehearsal`` is signed by us and marks a simulated participant."""

    agreed = forms.BooleanField(error_messages={"required": "Please tick the box if you would like to take part."})
    rehearsal = forms.CharField(required=False)

    def __init__(self, *args: Any, study: Study, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.study = study

    def clean_rehearsal(self) -> bool:
        """True for a rehearsal of this study; anything forged or meant for another study is an error."""
        ticket = self.cleaned_data["rehearsal"]
        if not ticket:
            return False
        try:
            slug = signing.loads(ticket, salt="rehearsal", max_age=86_400)
        except signing.BadSignature:
            slug = None
        if slug != self.study.slug:
            raise forms.ValidationError("The rehearsal ticket is not valid for this study; make a new one.")
        return True


class VoteForm(forms.Form):
    choice = forms.ChoiceField(
        choices=Vote.Choice.choices,
        error_messages={"required": CHOOSE, "invalid_choice": CHOOSE},
    )
    # Empty when the browser runs no scripts.
    response_ms = forms.IntegerField(required=False, min_value=0, max_value=MAX_RESPONSE_MS)
