"""Who waits for whom where a study's state or design decides. Called inside a transaction, which keeps the lock.

======================  =============================================  ==========================
who                     lock on the study's row                        waits for
======================  =============================================  ==========================
answers                 ``hold_study`` (FOR KEY SHARE)                 changes
arrivals                ``queue_for_study`` (FOR NO KEY UPDATE)        changes and other arrivals
change, leave, close    ``lock_study`` (FOR UPDATE)                    all of them
======================  =============================================  ==========================

So voters never wait for each other, and whoever changes a study waits for the answers in flight; none comes after a
study was closed. Locks are taken in one order, the study before a participation, so that nobody waits in a circle.
SQLite has no locks on rows: its transactions begin IMMEDIATE, one after the other.
"""

from django.db import connection

from studyserver.studies.models import Study


def hold_study(study_id: int) -> None:
    """Keep a study as it is, together with others who hold it. What decides must be read after this, not before."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT FROM studies_study WHERE id = %s FOR KEY SHARE", [study_id])


def queue_for_study(study_id: int) -> Study:
    """The study, for one arrival at a time; answers go on meanwhile."""
    return Study.objects.select_for_update(no_key=True).get(pk=study_id)


def lock_study(study_id: int) -> Study:
    """The study, once all that is under way with it is stored, for one change at a time."""
    return Study.objects.select_for_update().get(pk=study_id)
