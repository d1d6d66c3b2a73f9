"""Programs in processes of their own, forked from one that has imported the libraries: seconds less for each."""

import atexit
import multiprocessing
import os
import runpy
import signal
import sys
import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from multiprocessing.connection import Connection
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]

# Of our own code nothing: it reads the environment when it is imported.
FORKS = multiprocessing.get_context("forkserver")
FORKS.set_forkserver_preload(
    [
        "celery.bin.celery",
        "django.core.management.base",
        "matplotlib.figure",
        "scipy.signal",
        "statsmodels.api",
        "torch",
        "trimesh",
    ]
)


class Forked:
    """``python WORDS`` in a session of its own, with both of its outputs in one; as much of a Popen as tests need.

    What Python does before a program begins, and behind its end (variables such as PYTHONIOENCODING, ``atexit``), is
    not done for it.

    Args:
        log: the file that both outputs are added to, for a program that nobody reads while it works: a pipe that is
            full would stop it.
    """

    def __init__(self, words: Sequence[str], environment: Mapping[str, str], *, log: Path | None = None) -> None:
        reading, writing = FORKS.Pipe(duplex=False)
        self._process = FORKS.Process(target=_become, args=(list(words), dict(environment), writing, log))
        self._process.start()
        writing.close()
        self.pid = self._process.pid
        os.read(reading.fileno(), 1)  # It has its session now, and can be killed with all that it starts.
        atexit.register(self._end)  # Python would wait at its own end for what a failed test left running.
        self.stdout = os.fdopen(os.dup(reading.fileno()), encoding="utf-8")
        reading.close()

    @property
    def returncode(self) -> int | None:
        return self._process.exitcode

    def poll(self) -> int | None:
        return self._process.exitcode

    def wait(self, timeout: float) -> None:
        self._process.join(timeout)
        assert self.returncode is not None, f"still running after {timeout} s"
        self.stdout.close()

    def communicate(self, timeout: float = 300) -> str:
        """All that is still to be read, once the program has ended; it is killed when it takes too long."""
        overdue = threading.Timer(timeout, self._end)
        overdue.daemon = True
        overdue.start()
        try:
            with self.stdout:
                output = self.stdout.read()
            self._process.join()
        finally:
            overdue.cancel()
        atexit.unregister(self._end)
        return output

    def kill(self, number: int = signal.SIGKILL) -> None:
        """Send a signal to the program and all that it started."""
        os.killpg(self.pid, number)

    def _end(self) -> None:
        if self.poll() is None:
            with suppress(ProcessLookupError):
                self.kill()


def _become(words: list[str], environment: dict[str, str], output: Connection, log: Path | None) -> None:
    os.setsid()
    os.write(output.fileno(), b"\n")
    # A shell starts what it puts in the background with Ctrl-C ignored, and tests run so would hand that on.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    os.chdir(ROOT)
    os.environ.clear()
    os.environ.update(environment)
    target = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600) if log else output.fileno()
    for stream in (1, 2):
        os.dup2(target, stream)
    output.close()
    sys.argv = words
    if words[0] == "-m":
        sys.argv = words[1:]
        runpy.run_module(words[1], run_name="__main__", alter_sys=True)
    else:
        runpy.run_path(words[0], run_name="__main__")
