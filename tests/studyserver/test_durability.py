"""An answer is on the disk before the next page is sent: SQLite syncs every commit, whoever opened the connection."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from threading import Thread

import pytest
from django.db import connection, connections
from django.db.backends.signals import connection_created

ROOT = Path(__file__).resolve().parents[2]
FULL = 2
READ = "from django.db import connection as c; print(c.cursor().execute('PRAGMA synchronous').fetchone()[0])"


def program(statements: str, folder: Path, *tracer: str) -> subprocess.CompletedProcess[str]:
    """Run Python on a database in ``folder``, as a server would."""
    environment = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
    environment |= {"PERCEPTIONIST_DATA_DIR": str(folder), "PERCEPTIONIST_DEBUG": "1"}
    command = [*tracer, sys.executable, "-c", statements]
    return subprocess.run(command, env=environment, cwd=ROOT, capture_output=True, text=True, check=True, timeout=120)


@pytest.mark.parametrize(
    "entry",
    [
        "import studyserver.wsgi",
        "import studyserver.celery, django; django.setup()",
        "import manage, os, django; os.environ['DJANGO_SETTINGS_MODULE'] = 'studyserver.settings'; django.setup()",
    ],
    ids=["web server", "worker", "command"],
)
def test_every_process_opens_its_connections_with_full_synchronisation(entry, tmp_path):
    assert program(f"{entry}\n{READ}", tmp_path).stdout.split() == [str(FULL)]


@pytest.mark.django_db(transaction=True)
@pytest.mark.sqlite  # PostgreSQL syncs commits by default.
def test_every_connection_that_is_opened_syncs_its_commits():
    opened = []

    def note(connection, **_):
        with connection.cursor() as cursor:
            opened.append(cursor.execute("PRAGMA synchronous").fetchone()[0])

    def work():
        connection.ensure_connection()
        connections.close_all()

    connection_created.connect(note)
    try:
        connections.close_all()
        connection.ensure_connection()
        thread = Thread(target=work)
        thread.start()
        thread.join()
    finally:
        connection_created.disconnect(note)
    assert opened == [FULL, FULL]


PREPARE = """
import studyserver.wsgi
from django.core.management import call_command
call_command("migrate", verbosity=0)
from tests import factories
factories.study(questions=1)
"""
ANSWER = """
import os
import studyserver.wsgi
from studyserver.studies.models import Study
from studyserver.survey.services import confirm_instructions, record_vote, start_participation
participation = start_participation(study=Study.objects.get())
confirm_instructions(participation=participation)
for trial in participation.trials.all():
    os.write(2, b"ANSWER BEGINS")
    record_vote(trial=trial, choice="left", response_ms=1)
    os.write(2, b"ANSWER ENDS")
"""


def test_each_answer_of_a_participation_is_synced_to_the_disk(tmp_path):
    if shutil.which("strace") is None:
        pytest.skip("strace is not installed; to enable: sudo apt-get install strace")
    if subprocess.run(["strace", "-qq", "-o", "/dev/null", "true"], capture_output=True).returncode:
        pytest.skip("this machine lets nobody trace a process; to enable: allow ptrace")
    program(PREPARE, tmp_path)
    trace = tmp_path / "trace"
    program(ANSWER, tmp_path, "strace", "-f", "-y", "-e", "trace=write,fsync,fdatasync", "-o", str(trace))
    answers = re.findall(r"ANSWER BEGINS(.*?)ANSWER ENDS", trace.read_text(), re.DOTALL)
    # The first answer also freezes the study, the last one completes the participation: one transaction each.
    synced = [re.findall(r"f(?:data)?sync\(\d+<[^>]*db\.sqlite3-wal>", answer) for answer in answers]
    assert [len(syncs) for syncs in synced] == [1, 1, 1]
