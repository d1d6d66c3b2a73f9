"""What migrations make of a filled database."""

import pytest
from django.contrib.auth.models import Permission, User
from django.core.management import call_command

from studyserver.studies.access import Right

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.postgresql]
BEFORE = "0005_registrations_can_be_superseded"


def migrate(to: str = "") -> None:
    """By the command, which takes the database's own guards away meanwhile."""
    call_command("migrate", "studies", *filter(None, [to]), verbosity=0)


@pytest.fixture
def before():
    """The database as it was while staff status alone opened the pages; afterwards as it is now."""
    migrate(BEFORE)
    # As an old database has it: the permissions of today's names are not there.
    Permission.objects.filter(content_type__app_label="studies").delete()
    yield
    call_command("migrate", verbosity=0)  # Of all apps: what builds on ours went back with it.


def rights_of(name: str) -> set[str]:
    return {right for right in Right if User.objects.get(username=name).has_perm(right)}


def test_staff_of_today_keep_their_rights_and_are_named(before, capsys):
    User.objects.create_user("anna", is_staff=True)
    User.objects.create_user("left", is_staff=True, is_active=False)
    User.objects.create_user("participant")
    User.objects.create_superuser("root")
    migrate()
    said = capsys.readouterr().out
    assert "Staff are given rights on studies (view, change, open, close, see results): anna." in said
    assert "left" not in said
    assert "root" not in said
    assert (rights_of("anna"), rights_of("participant")) == (set(Right), set())
    assert not User.objects.get(username="root").user_permissions.exists()
    assert not User.objects.get(username="left").user_permissions.exists()
    # Django's own step after all migrations keeps the rows that it finds.
    assert Permission.objects.filter(codename="see_results").count() == 1
    assert rights_of("anna") == set(Right)


def test_a_server_without_staff_is_told_nothing(before, capsys):
    User.objects.create_superuser("root")
    migrate()
    assert capsys.readouterr().out == ""


def test_the_way_back_takes_the_new_permissions_away(before):
    User.objects.create_user("anna", is_staff=True)
    migrate()
    migrate(BEFORE)
    assert not Permission.objects.filter(codename__in=["open_study", "close_study", "see_results"]).exists()
    migrate()
    assert rights_of("anna") == set(Right)
