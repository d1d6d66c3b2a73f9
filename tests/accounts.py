"""Accounts with given rights."""

from django.contrib.auth.models import Permission, User

from studyserver.studies.access import Right


def account(name: str, *rights: Right, is_staff: bool = True) -> User:
    """An account with these rights and no others."""
    made = User.objects.create_user(name, password="correct horse battery", is_staff=is_staff)
    codenames = [right.partition(".")[2] for right in rights]
    made.user_permissions.set(Permission.objects.filter(content_type__app_label="studies", codename__in=codenames))
    return made


def researcher(name: str = "staff") -> User:
    """An account with every right on studies."""
    return account(name, *Right)
