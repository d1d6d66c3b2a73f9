"""Participations get a kind: what was simulated is of a rehearsal, all others are people's.

On the way back previews are deleted, because nothing would keep them apart from people.
"""

from django.db import migrations, models


def to_kinds(apps, schema_editor):
    apps.get_model("survey", "Participation").objects.filter(simulated=True).update(kind="rehearsal")


PREVIEWS = "SELECT id FROM survey_participation WHERE kind = 'preview'"


def from_kinds(apps, schema_editor):
    # In SQL: on the way back Django's models of the other tables still refer to the participation of before.
    trials = f"SELECT id FROM survey_trial WHERE participation_id IN ({PREVIEWS})"
    schema_editor.execute(f"DELETE FROM survey_vote WHERE trial_id IN ({trials})")
    for table in ("survey_trial", "survey_attentioncheck"):
        schema_editor.execute(f"DELETE FROM {table} WHERE participation_id IN ({PREVIEWS})")
    schema_editor.execute("DELETE FROM survey_participation WHERE kind = 'preview'")
    apps.get_model("survey", "Participation").objects.filter(kind="rehearsal").update(simulated=True)
    if schema_editor.connection.vendor == "postgresql":
        # Otherwise the deletions wait for the end of the transaction, and the table could not be altered before.
        schema_editor.execute("SET CONSTRAINTS ALL IMMEDIATE")


class Migration(migrations.Migration):

    dependencies = [
        ('studies', '0003_attention_checks'),
        ('survey', '0002_attention_check'),
    ]

    operations = [
        migrations.RemoveIndex(
            model_name='participation',
            name='participation_progress',
        ),
        migrations.AddField(
            model_name='participation',
            name='kind',
            field=models.CharField(choices=[('person', 'Person'), ('rehearsal', 'simulated person'), ('preview', 'preview, which counts nowhere')], default='person', max_length=9),
        ),
        migrations.RunPython(to_kinds, from_kinds),
        migrations.RemoveField(
            model_name='participation',
            name='simulated',
        ),
        migrations.AddIndex(
            model_name='participation',
            index=models.Index(fields=['study', 'kind', 'completed_at'], name='participation_progress'),
        ),
        migrations.AddConstraint(
            model_name='participation',
            constraint=models.CheckConstraint(condition=models.Q(('kind__in', ['person', 'rehearsal', 'preview'])), name='participation_kind_known'),
        ),
    ]
