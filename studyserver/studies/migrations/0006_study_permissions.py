from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [
        ('studies', '0005_registrations_can_be_superseded'),
    ]

    operations = [
        migrations.AlterModelOptions(
            name='study',
            options={
                'ordering': ['slug'],
                'permissions': [
                    ('open_study', 'Can open study'),
                    ('close_study', 'Can close study'),
                    ('see_results', 'Can see results of study'),
                ],
                'verbose_name_plural': 'studies',
            },
        ),
    ]
