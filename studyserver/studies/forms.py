"""Forms that change only what their user changed, however long the page was open."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.text import normalize_newlines

from studyserver.studies.services import refuse_overwriting


class EditForm(forms.ModelForm):  # type: ignore[type-arg]  # Generic in the stubs only.
    """Remembers in hidden fields what its page showed, so that two people may edit side by side.

    A field that its user left alone keeps what is stored, whoever changed it meanwhile. One that both changed is an
    error that shows the other's words beside the user's; sending the form again replaces them.

    Browsers end lines with CRLF, whatever the page had; texts are compared and stored with LF.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            field.show_hidden_initial = True
        if self.is_bound:
            self.data = {key: _with_lf(self.data[key]) for key in self.data}

    def clean(self) -> dict[str, Any]:
        super().clean()
        stored = {name: getattr(self.instance, name) for name in self.cleaned_data if hasattr(self.instance, name)}
        left_alone = {name: value for name, value in stored.items() if name not in self.changed_data}
        self.cleaned_data.update(left_alone)
        try:
            refuse_overwriting(self.instance, seen=self._shown(), changes=self.changes())
        except ValidationError as error:
            self._show_now(error.error_dict)
            self.add_error(None, error)
        return self.cleaned_data

    def changes(self) -> dict[str, Any]:
        """What the user changed, by field."""
        return {name: self.cleaned_data[name] for name in self.changed_data if name in self.cleaned_data}

    def _shown(self) -> dict[str, Any]:
        """What the page showed in each field that was changed; what is stored where it did not say."""
        shown = {}
        for name in self.changes():
            field, key = self.fields[name], self[name].html_initial_name
            sent = field.hidden_widget().value_from_datadict(self.data, self.files, key)
            stored = getattr(self.instance, name)
            # Fields strip what is sent: a stored text that differs only so was shown as it is.
            same = sent is None or _read(field, sent) == field.to_python(_with_lf(stored))
            shown[name] = stored if same else _read(field, sent)
        return shown

    def _show_now(self, names: Any) -> None:
        """Send the page again with what is stored now, so that the next attempt knows of it."""
        now = {self[name].html_initial_name: self.get_initial_for_field(self.fields[name], name) for name in names}
        self.data = {key: self.data[key] for key in self.data} | now


def _read(field: forms.Field, sent: Any) -> Any:
    """What a field was sent as shown; None, as if it had shown nothing, where no page of ours can have shown it."""
    try:
        return field.to_python(sent)
    except ValidationError:
        return None


def _with_lf(value: Any) -> Any:
    return normalize_newlines(value) if isinstance(value, str) else value
