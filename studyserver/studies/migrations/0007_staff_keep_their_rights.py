"""Staff status alone opened the pages of studies; now permissions do. Today's staff keep what they could do."""

from django.conf import settings
from django.db import migrations

NEW = {
    'open_study': 'Can open study',
    'close_study': 'Can close study',
    'see_results': 'Can see results of study',
}
GIVEN = {'view_study': 'Can view study', 'change_study': 'Can change study', **NEW}


def give(apps, schema_editor):
    """Give active staff every right on studies. Superusers have all rights anyway."""
    alias = schema_editor.connection.alias
    staff = apps.get_model(settings.AUTH_USER_MODEL).objects.using(alias).filter(
        is_staff=True, is_active=True, is_superuser=False
    )
    if not staff:
        return
    # Django makes these rows itself, but only after all migrations; it keeps those that it finds.
    content_type, _ = apps.get_model('contenttypes', 'ContentType').objects.using(alias).get_or_create(
        app_label='studies', model='study'
    )
    permissions = [
        apps.get_model('auth', 'Permission').objects.using(alias).get_or_create(
            content_type=content_type, codename=codename, defaults={'name': name}
        )[0]
        for codename, name in GIVEN.items()
    ]
    for user in staff:
        user.user_permissions.add(*permissions)
    names = ', '.join(user.username for user in staff)
    print(f"\n    Staff are given rights on studies (view, change, open, close, see results): {names}. "
          "Take away what someone should not have under Administration, Users.")


def take_back(apps, schema_editor):
    """Remove the permissions that are new, and with them who has them; viewing and changing may be older."""
    apps.get_model('auth', 'Permission').objects.using(schema_editor.connection.alias).filter(
        content_type__app_label='studies', content_type__model='study', codename__in=NEW
    ).delete()


class Migration(migrations.Migration):

    dependencies = [
        ('studies', '0006_study_permissions'),
        ('auth', '0012_alter_user_first_name_max_length'),
        ('contenttypes', '0002_remove_content_type_name'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [migrations.RunPython(give, take_back)]
