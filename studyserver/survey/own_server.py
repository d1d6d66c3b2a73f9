"""A web server for the time of one command, on a free port of this machine."""

import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from django.conf import settings


@contextmanager
def own_server(*, workers: int = 2) -> Iterator[str]:
    """Serve this installation with gunicorn until the block ends; yields the address.

    The port is bound here and handed down, so nobody can take it in between and requests wait until a worker is up.
    """
    with socket.create_server(("127.0.0.1", 0), backlog=128) as listener:
        host, port = listener.getsockname()
        command = [sys.executable, "-m", "gunicorn", "studyserver.wsgi", "--bind", f"fd://{listener.fileno()}"]
        options = ["--workers", str(workers), "--worker-class", "gthread", "--threads", "4"]
        options += ["--keep-alive", "60", "--log-level", "warning"]
        # In a session of its own: Ctrl-C reaches the command first, which lets the votes under way be stored.
        process = subprocess.Popen(
            [*command, *options], pass_fds=[listener.fileno()], cwd=settings.BASE_DIR, start_new_session=True
        )
        try:
            yield f"http://{host}:{port}"
        finally:
            process.terminate()
            process.wait(timeout=30)
