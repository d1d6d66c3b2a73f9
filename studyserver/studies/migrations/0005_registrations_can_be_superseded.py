"""A study can have several registrations: those whose only votes were deleted stay, superseded.

On the way back these are deleted, because a study had room for one.
"""

import django.db.models.deletion
from django.db import migrations, models


def delete_superseded(apps, schema_editor):
    apps.get_model("studies", "Registration").objects.exclude(superseded_at=None).delete()


class Migration(migrations.Migration):

    dependencies = [
        ('studies', '0004_audit_entry'),
    ]

    operations = [
        migrations.AlterModelOptions(
            name='registration',
            options={'ordering': ['study', 'created_at', 'pk']},
        ),
        migrations.AddField(
            model_name='registration',
            name='superseded_at',
            field=models.DateTimeField(editable=False, help_text='When the freeze was lifted.', null=True),
        ),
        migrations.AlterField(
            model_name='registration',
            name='study',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='registrations', to='studies.study'),
        ),
        migrations.RunPython(migrations.RunPython.noop, delete_superseded),
        migrations.AddConstraint(
            model_name='registration',
            constraint=models.UniqueConstraint(condition=models.Q(('superseded_at', None)), fields=('study',), name='registration_one_in_force_per_study'),
        ),
    ]
