"""A participation has its code when it is completed, and not before.

Rows that contradict this, or the triggers that come with it, are told before anything is changed.
"""

from django.db import migrations, models
from django.db.models import Exists, F, OuterRef, Q

from studyserver.common.contradictions import refuse_contradictions

WHOLE = Q(completed_at=None, completion_code="") | Q(completed_at__isnull=False) & ~Q(completion_code="")


def contradictions(apps):
    def rows(name):
        return apps.get_model("survey", name).objects.order_by("pk")

    for one in rows("Participation").exclude(pk__in=rows("Participation").filter(WHOLE)):
        done = f"was completed at {one.completed_at}" if one.completed_at else "is not completed"
        code = "has no code" if one.completed_at else f"has the code {one.completion_code!r}"
        remedy = "Give it the code that was paid for, or a new one." if one.completed_at else "Take the code away."
        yield f"Participation {one.pk} {done} and {code}. {remedy}"
    for name, word in (("Trial", "Trial"), ("AttentionCheck", "Attention check")):
        for row in rows(name).exclude(question__section__study=F("participation__study")):
            yield (
                f"{word} {row.pk} asks question {row.question_id} of another study than that of its participation "
                f"{row.participation_id}. Delete that participation."
            )
    astray = rows("Trial").exclude(left__question=F("question"), right__question=F("question"))
    for row in astray:
        yield (
            f"Trial {row.pk} shows a stimulus of another question. Delete its participation {row.participation_id}."
        )
    there = rows("AttentionCheck").filter(participation=OuterRef("participation"), position=OuterRef("position"))
    for row in rows("Trial").filter(Exists(there.order_by())):
        yield (
            f"Participation {row.participation_id} has a trial and an attention check at position {row.position}. "
            "Delete that participation."
        )


def look(apps, schema_editor):
    refuse_contradictions(contradictions(apps))


class Migration(migrations.Migration):

    dependencies = [
        ('studies', '0008_known_kinds_and_fitting_times'),
        ('survey', '0003_participation_kind'),
    ]

    operations = [
        migrations.RunPython(look, migrations.RunPython.noop),
        migrations.AddConstraint(
            model_name='participation',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('completed_at', None), ('completion_code', '')), models.Q(('completed_at__isnull', False), models.Q(('completion_code', ''), _negated=True)), _connector='OR'), name='participation_completion_has_a_code'),
        ),
    ]
