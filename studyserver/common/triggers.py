"""Triggers as data: rules that span rows, which the database itself keeps, on SQLite and PostgreSQL alike.

Their names begin with ``evidence_``, by which they are found again.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from django.db import transaction
from django.db.backends.base.base import BaseDatabaseWrapper

PREFIX = "evidence_"


@dataclass(frozen=True)
class Trigger:
    """A change that is refused.

    Attributes:
        name: without the prefix, unique.
        event: insert, update or delete, of one row of ``table``.
        when: a condition in SQL about the rows OLD and NEW, as far as the event has them: true refuses.
        says: the sentence that the refused reads.
        columns: for updates, those of which at least one must change.
    """

    name: str
    table: str
    event: str
    when: str
    says: str
    columns: tuple[str, ...] = ()

    def statements(self, vendor: str) -> list[str]:
        """What makes it in the database of that vendor."""
        condition, says = f"({self.when})", self.says.replace("'", "''")
        if self.columns:
            differs = "IS NOT" if vendor == "sqlite" else "IS DISTINCT FROM"
            changed = " OR ".join(f"OLD.{column} {differs} NEW.{column}" for column in self.columns)
            condition = f"({changed}) AND {condition}"
        event = f"BEFORE {self.event.upper()} ON {self.table} FOR EACH ROW"
        name = PREFIX + self.name
        if vendor == "sqlite":
            return [f"CREATE TRIGGER {name} {event} WHEN {condition} BEGIN SELECT RAISE(ABORT, '{says}'); END"]
        kept = "OLD" if self.event == "delete" else "NEW"
        return [
            f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF {condition} THEN "
            f"RAISE EXCEPTION USING MESSAGE = '{says}', ERRCODE = 'integrity_constraint_violation'; "
            f"END IF; RETURN {kept}; END $$",
            f"CREATE TRIGGER {name} {event} EXECUTE FUNCTION {name}()",
        ]


def installed(connection: BaseDatabaseWrapper) -> set[str]:
    """The names of our triggers that are in the database, without the prefix."""
    found = {
        "sqlite": "SELECT name FROM sqlite_master WHERE type = 'trigger'",
        "postgresql": "SELECT t.tgname FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid "
        "WHERE NOT t.tgisinternal AND c.relnamespace = current_schema()::regnamespace",
    }
    with connection.cursor() as cursor:
        cursor.execute(found[connection.vendor])
        names = [name for (name,) in cursor.fetchall()]
    return {name.removeprefix(PREFIX) for name in names if name.startswith(PREFIX)}


def drop_all(connection: BaseDatabaseWrapper) -> None:
    """Take them out: for migrations, which rebuild tables and may change what no service may."""
    drop = "DROP TRIGGER {}" if connection.vendor == "sqlite" else "DROP FUNCTION {}() CASCADE"
    with transaction.atomic(using=connection.alias), connection.cursor() as cursor:
        for name in sorted(installed(connection)):
            cursor.execute(drop.format(PREFIX + name))


def install(connection: BaseDatabaseWrapper, triggers: Iterable[Trigger]) -> None:
    """Put in exactly these."""
    with transaction.atomic(using=connection.alias), connection.cursor() as cursor:
        drop_all(connection)
        for trigger in triggers:
            for statement in trigger.statements(connection.vendor):
                cursor.execute(statement)
