"""``make run`` behind the packages: study, rehearsal, administrator, server; and its end."""

import os
import re
import signal
import socket
import sqlite3
import time
import urllib.request
from contextlib import closing, contextmanager, nullcontext

import pytest
from django.core.management import CommandError, call_command

from studyserver.generation.management.commands import run_demo
from studyserver.studies.models import Study
from studyserver.survey.management.commands import simulate_votes
from studyserver.survey.rehearsal import Journal
from studyserver.survey.simulated_people import SimulatedPeople
from tests.factories import study
from tests.forked import ROOT, Forked

CONFIGS = ROOT / "cmp_engine" / "configs"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def answers(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def output_until(process: Forked, last: str) -> str:
    lines = []
    for line in process.stdout:
        lines.append(line)
        if last in line:
            break
    return "".join(lines)


def test_busy_port_is_named_before_any_work():
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(CommandError, match=rf"Port {port} cannot be used.*make run PORT={port + 1}"):
            call_command("run_demo", port=port)


@pytest.mark.parametrize("port", [-1, 0, 65536, 99999])
def test_number_that_is_no_port_is_named_before_any_work(port):
    with pytest.raises(CommandError, match=rf"There is no port {port}: ports are 1 to 65535.*make run PORT=8000"):
        call_command("run_demo", port=port)


@pytest.mark.django_db
def test_a_rehearsal_that_new_votes_would_mix_with_is_left_as_it_is_and_served(monkeypatch, capsys):
    made = study("demo", questions=1)
    journal = Journal(made)
    journal.open(SimulatedPeople(preference=run_demo.PREFERENCE, seed=run_demo.REHEARSAL_SEED))
    journal.note(0, made.participations.create(seed=1, kind="rehearsal", consent_sha256="0" * 64).token)
    Study.objects.update(attention_checks=3)
    served = []
    monkeypatch.setattr(run_demo.Command, "_serve", lambda _, port: served.append(port))
    monkeypatch.setattr(run_demo.Command, "_fill", lambda *_, **__: None)
    monkeypatch.setattr(simulate_votes, "own_server", lambda: nullcontext("http://127.0.0.1:9"))
    port = free_port()
    call_command("run_demo", port=port, participants=5)
    assert served == [port]
    out = capsys.readouterr().out
    assert "Left as it is. Study 'demo' has changed since its rehearsal began (attention checks 0 then" in out
    assert "manage.py simulate_votes demo --participants 5 --replace\n" in out


def test_demo_is_served_rehearsed_and_ended_with_all_it_started(workspace, generated):
    if not (ROOT / "static" / "dist").is_dir():
        pytest.fail("the browser bundle is missing: scripts/setup.sh requirements-dev.txt")
    port = free_port()
    call = ("run_demo", "--profile", "smoke", "--dataset", str(workspace.dataset), "--participants", "2")
    process = workspace.start(*call, "--port", str(port))
    try:
        output = output_until(process, "Ctrl-C ends it")
        assert re.search(r"\[6/6\] Server on 127\.0\.0\.1", output), output
        links = re.findall(r"http://\S+", output)
        assert links[-3:] == [
            f"http://127.0.0.1:{port}/{path}" for path in ("s/demo/", "studies/demo/", "studies/demo/report/?rehearsal")
        ]
        for link in links[-3:]:
            with urllib.request.urlopen(link, timeout=30) as answer:
                assert answer.status == 200
        (password,) = re.findall(r"name admin, password (\S+)", output)
        stored = (workspace.folder / "db.sqlite3").read_bytes() + (workspace.folder / "db.sqlite3-wal").read_bytes()
        assert password.encode() not in stored
        assert workspace.rows(
            "select count(*) from survey_participation where kind = 'rehearsal' and completed_at is not null"
        ) == [(2,)]
    finally:
        process.kill(signal.SIGINT)
        process.communicate(timeout=60)
    assert not answers(port)
    with pytest.raises(ProcessLookupError):
        os.killpg(process.pid, 0)

    start = time.monotonic()
    output = served_once_more(workspace, *call, "--port", str(port))
    assert "Nothing to do" in output
    assert "was done before" in output
    assert "manage.py changepassword admin" in output
    assert "password " + password not in output
    assert "changed nothing" not in output
    assert not answers(port)
    assert time.monotonic() - start < 60  # On a busy machine; on an idle one a few seconds.

    # What would be made now is another study than the one that was rehearsed, as after an update; and it was closed.
    profile = workspace.folder / "smoke.toml"
    profile.write_text((CONFIGS / "smoke.toml").read_text().replace("seed = 0", "seed = 1"))
    call = ("run_demo", "--profile", str(profile), "--dataset", str(workspace.dataset), "--participants", "3")
    with closed(workspace):
        output = served_once_more(workspace, *call, "--port", str(port))
    assert re.search(
        r"Served as it is\. Study 'demo' was filled by run smoke-\w+ from .* with profile smoke", output
    ), output
    assert "left out: the study is closed" in output
    assert f":{port}/s/demo/" not in output
    assert "no longer: this study was closed, and that is final." in output
    assert "manage.py generate_stimuli demo-2\n" in output
    assert f"http://127.0.0.1:{port}/s/demo-2/\n" in output


@contextmanager
def closed(workspace):
    """The demo is closed meanwhile. Closing is final, so afterwards the database of before is put back."""
    database = workspace.folder / "db.sqlite3"
    with closing(sqlite3.connect(database, timeout=30)) as now, closing(sqlite3.connect(":memory:")) as before:
        now.backup(before)
        with now:
            now.execute("update studies_study set state = 'closed', closed_at = opened_at where slug = 'demo'")
        try:
            yield
        finally:
            before.backup(now)


def served_once_more(workspace, *call: str) -> str:
    """The output of a demo that is stopped as soon as it serves."""
    process = workspace.start(*call)
    try:
        return output_until(process, "Ctrl-C ends it")
    finally:
        os.kill(process.pid, signal.SIGTERM)
        process.communicate(timeout=60)
