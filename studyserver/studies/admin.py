"""Administration of studies. Wording can be edited until the first vote; the design only by commands.

Blinding: which stimulus belongs to which method is shown only before a study opens and after it is closed.
"""

from typing import Any, cast

from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.contrib.auth.base_user import AbstractBaseUser
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect

from studyserver.common.admin import ReadOnly
from studyserver.studies.exceptions import StudyFrozen
from studyserver.studies.forms import EditForm
from studyserver.studies.freezing import require_editable
from studyserver.studies.locks import lock_study
from studyserver.studies.models import AuditEntry, Section, Stimulus, Study
from studyserver.studies.services import edit_section, edit_study


class SectionInline(admin.TabularInline):
    model = Section
    form = EditForm
    fields = ["position", "medium", "title", "prompt"]
    readonly_fields = ["position", "medium"]
    can_delete = False
    extra = 0

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_change_permission(request, obj) and obj is not None and obj.editable


@admin.register(Study)
class StudyAdmin(admin.ModelAdmin):
    form = EditForm
    list_display = ["slug", "title", "state", "opened_at", "frozen_at", "closed_at"]
    list_filter = ["state"]
    search_fields = ["slug", "title"]
    fieldsets = [
        (None, {"fields": ["slug", "state", "opened_at", "frozen_at", "closed_at"]}),
        ("What participants read", {"fields": ["title", "organizer", "contact", "minutes"]}),
        (
            "How the votes will be judged, fixed with the first vote",
            {
                "fields": [
                    "planned_participants",
                    "sample_reason",
                    "recruitment",
                    "fastest_median_ms",
                    "attention_checks",
                    "attention_passes",
                    "alpha",
                    "claim",
                    "looks",
                    "look_count",
                ]
            },
        ),
    ]
    readonly_fields = ["slug", "state", "opened_at", "frozen_at", "closed_at"]
    inlines = [SectionInline]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Study | None = None) -> bool:
        return super().has_change_permission(request, obj) and (obj is None or obj.editable)

    def has_delete_permission(self, request: HttpRequest, obj: Study | None = None) -> bool:
        return False

    def changeform_view(self, request: HttpRequest, object_id: str | None = None, *args: Any, **kwargs: Any) -> Any:
        """As Django's, with the study locked from the reading of the form to its writing."""
        if request.method != "POST" or object_id is None:
            return super().changeform_view(request, object_id, *args, **kwargs)
        if not super().has_change_permission(request):  # Else the answer would tell of a study by its state.
            raise PermissionDenied
        with transaction.atomic():
            try:
                require_editable(lock_study(int(unquote(object_id))))
            except StudyFrozen as error:
                messages.error(request, f"{error} What you entered was not stored.")
                return HttpResponseRedirect(request.path)
            except (ValueError, Study.DoesNotExist):
                pass  # Django says so.
            return super().changeform_view(request, object_id, *args, **kwargs)

    def save_model(self, request: HttpRequest, obj: Study, form: Any, change: bool) -> None:
        if changes := form.changes():
            edit_study(study=Study.objects.get(pk=obj.pk), changes=changes, by=cast(AbstractBaseUser, request.user))

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:
        formset.save(commit=False)  # Notes what was changed, for the history of the page.
        for each in formset.initial_forms:
            if changes := each.changes():
                section = Section.objects.get(pk=each.instance.pk)
                edit_section(section=section, changes=changes, by=cast(AbstractBaseUser, request.user))

    def render_change_form(self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        study: Study = context["original"]
        if study.placeholders:
            messages.warning(request, f"Participants read a placeholder as {' and '.join(study.placeholders)}.")
        return super().render_change_form(request, context, *args, **kwargs)


@admin.register(Stimulus)
class StimulusAdmin(ReadOnly):
    list_display = ["__str__", "question", "method"]
    list_filter = ["question__section__study"]
    list_select_related = ["question__section__study", "condition"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Stimulus]:
        return super().get_queryset(request).select_related("question__section__study", "condition")

    def get_fields(self, request: HttpRequest, obj: Stimulus | None = None) -> list[Any]:
        if obj is None or is_blinded(obj):
            # Stimuli are numbered as they were made, one method after the other: beside its files, which participants
            # see, the number of a stimulus would tell its method. So would the run and its checkpoint.
            return ["question", "method"]
        return ["question", "image", "mesh", "turntable", "method", "run", "checkpoint_sha256", "seed"]

    @admin.display(description="Method")
    def method(self, stimulus: Stimulus) -> str:
        return "hidden while the study is open" if is_blinded(stimulus) else stimulus.condition.slug


def is_blinded(stimulus: Stimulus) -> bool:
    return stimulus.question.section.study.state == Study.State.OPEN


@admin.register(AuditEntry)
class AuditEntryAdmin(ReadOnly):
    list_display = ["created_at", "study_slug", "action", "who", "detail"]
    list_display_links = None
    list_filter = ["study_slug", "action"]
    fields = ["created_at", "study_slug", "action", "who", "detail"]
