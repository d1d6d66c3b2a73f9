"""The database keeps to known media and roles, and to times that fit a study's state.

Rows that contradict this, or the triggers that come with it, are told before anything is changed.
"""

from django.db import migrations, models
from django.db.models import F, Q

from studyserver.common.contradictions import refuse_contradictions

FITTING = (
    Q(state="draft", opened_at=None, closed_at=None)
    | Q(state="open", opened_at__isnull=False, closed_at=None)
    | Q(state="closed", opened_at__isnull=False, closed_at__isnull=False, closed_at__gte=F("opened_at"))
)


def contradictions(apps):
    def rows(name):
        return apps.get_model("studies", name).objects.order_by("pk")

    for study in rows("Study").exclude(pk__in=rows("Study").filter(FITTING)):
        yield (
            f"Study {study.slug!r} is {study.state}, was opened at {study.opened_at} and closed at {study.closed_at}. "
            "Give it the times that fit: both for a closed study, the first for an open one, none for a draft."
        )
    for section in rows("Section").exclude(medium__in=["image", "mesh", "joint"]).select_related("study"):
        yield (
            f"Section {section.position} of study {section.study.slug!r} has the medium {section.medium!r}. "
            "Set it to image, mesh or joint."
        )
    for condition in rows("Condition").exclude(role__in=["ours", "baseline"]).select_related("study"):
        yield (
            f"Condition {condition.slug!r} of study {condition.study.slug!r} has the role {condition.role!r}. "
            "Set it to ours or baseline."
        )
    elsewhere = rows("Stimulus").exclude(condition__study=F("question__section__study"))
    for stimulus in elsewhere.select_related("condition", "question__section__study"):
        yield (
            f"Stimulus {stimulus.pk} of study {stimulus.question.section.study.slug!r} is of condition "
            f"{stimulus.condition.slug!r} of another study. Give it the condition of its own study."
        )


def look(apps, schema_editor):
    refuse_contradictions(contradictions(apps))


class Migration(migrations.Migration):

    dependencies = [
        ('studies', '0007_staff_keep_their_rights'),
    ]

    operations = [
        migrations.RunPython(look, migrations.RunPython.noop),
        migrations.AddConstraint(
            model_name='condition',
            constraint=models.CheckConstraint(condition=models.Q(('role__in', ['ours', 'baseline'])), name='condition_role_known'),
        ),
        migrations.AddConstraint(
            model_name='section',
            constraint=models.CheckConstraint(condition=models.Q(('medium__in', ['image', 'mesh', 'joint'])), name='section_medium_known'),
        ),
        migrations.AddConstraint(
            model_name='study',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('closed_at', None), ('opened_at', None), ('state', 'draft')), models.Q(('closed_at', None), ('opened_at__isnull', False), ('state', 'open')), models.Q(('closed_at__gte', models.F('opened_at')), ('closed_at__isnull', False), ('opened_at__isnull', False), ('state', 'closed')), _connector='OR'), name='study_times_fit_its_state'),
        ),
    ]
