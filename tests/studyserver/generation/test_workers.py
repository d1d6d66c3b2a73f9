"""Real Celery workers on a real Redis: they do the work, survive a killed colleague, and never do it twice."""

import signal
import time
from pathlib import Path

import pytest

from tests.forked import Forked
from tests.redis_server import running_redis, server_program
from tests.workspace import Workspace


@pytest.fixture
def redis_url():
    program = server_program()
    if program is None:
        pytest.skip("redis-server is not installed; to enable: sudo apt-get install redis-server")
    with running_redis(program) as url:
        yield url


def start_worker(workspace: Workspace, url: str, log: Path) -> Forked:
    command = ["-m", "celery", "-A", "studyserver", "worker", "-Q", "cpu,gpu", "-c", "1", "-l", "WARNING"]
    return Forked([*command, "--without-gossip", "--without-mingle"], workspace.environment(REDIS_URL=url), log=log)


def stop(worker: Forked) -> None:
    if worker.poll() is None:
        worker.kill()
    worker.wait(timeout=30)


def wait_until(condition, process, *, seconds: float = 900) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert process.poll() is None, process.stdout.read()
        assert time.monotonic() < deadline
        time.sleep(0.2)


def test_worker_without_a_broker_says_what_to_set(workspace):
    command = ["-m", "celery", "-A", "studyserver", "worker", "-Q", "cpu"]
    worker = Forked(command, workspace.environment(REDIS_URL=""))
    output = worker.communicate(timeout=60)
    assert worker.returncode == 1
    assert output.strip().startswith("REDIS_URL is not set")
    assert "REDIS_URL=redis://" in output


def test_a_program_that_talks_without_a_listener_goes_on(tmp_path):
    talk = tmp_path / "talk.py"
    talk.write_text("print('x' * 1_000_000, flush=True)")  # A pipe holds 65,536 bytes.
    program = Forked([str(talk)], {}, log=tmp_path / "log")
    try:
        program.wait(timeout=30)
    finally:
        stop(program)
    assert (tmp_path / "log").stat().st_size == 1_000_001


def test_workers_fill_a_study_and_one_takes_over_from_a_killed_one(workspace, generated, redis_url, tmp_path):
    # Without what was rendered before, rendering takes long enough to be killed in the middle.
    for note in (workspace.run / "media").iterdir():
        note.unlink()
    log = tmp_path / "workers.log"
    first = start_worker(workspace, redis_url, log)
    call = workspace.start("generate_stimuli", "by-workers", *workspace.generate, REDIS_URL=redis_url)
    second = None
    try:
        wait_until(lambda: workspace.jobs("by-workers").get("stimuli", ("", 0.0))[1] > 0.4, call)
        stop(first)
        assert workspace.jobs("by-workers")["stimuli"][0] == "running"
        second = start_worker(workspace, redis_url, log)
        output = call.communicate()
    finally:
        stop(first)
        if second:
            stop(second)
        if call.poll() is None:
            call.kill()
        print(log.read_text())  # noqa: T201  # Shown where this test fails.
    assert call.returncode == 0, output
    assert "Study 'by-workers': 30 questions in 3 sections, open." in output
    attempts = {stage: attempts for stage, (_, _, attempts) in workspace.jobs("by-workers").items()}
    assert attempts.pop("stimuli") == 2
    assert set(attempts.values()) == {1}


def test_call_without_workers_says_how_to_start_one_and_does_nothing_itself(workspace, generated, redis_url):
    call = workspace.start("generate_stimuli", "nobody", *workspace.generate, REDIS_URL=redis_url)
    lines = []
    try:
        deadline = time.monotonic() + 120
        while time.monotonic() < deadline and "celery -A studyserver worker" not in "".join(lines):
            lines.append(call.stdout.readline())
    finally:
        call.kill(signal.SIGINT)
        call.communicate(timeout=60)
    assert "celery -A studyserver worker --queues gpu" in "".join(lines)
    assert call.returncode == 130
    assert {state for state, _, _ in workspace.jobs("nobody").values()} == {"queued"}


def test_broker_that_does_not_answer_is_named_by_its_setting(workspace, generated):
    output = workspace.manage(
        "generate_stimuli", "unreachable", *workspace.generate, status=1, REDIS_URL="redis://127.0.0.1:9/0"
    )
    assert "The broker that REDIS_URL names does not answer" in output
    assert "Traceback" not in output
