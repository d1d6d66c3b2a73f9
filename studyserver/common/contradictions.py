"""Rows that stand in the way of a migration which adds a constraint: found beforehand, and told."""

from collections.abc import Iterable
from itertools import islice

from django.core.management.base import CommandError

MOST = 20


def refuse_contradictions(found: Iterable[str]) -> None:
    """End a migration that rows stand in the way of; what that one had begun is rolled back.

    Args:
        found: a sentence per row, with its remedy.

    Raises:
        CommandError: there is any; the first twenty are listed.
    """
    said = list(islice(found, MOST + 1))
    if said:
        listed = "\n".join(f"- {each}" for each in said[:MOST]) + ("\n- and more" if len(said) > MOST else "")
        raise CommandError(
            f"This version refuses rows that the database holds:\n{listed}\n"
            "No row was changed, but the migrations before this one are applied, and the triggers that guard votes and "
            "studies are out until migrate ends well. Keep the server stopped, correct the rows in SQL "
            "(manage.py dbshell), and call migrate again."
        )
