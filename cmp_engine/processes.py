"""Work spread over the cores of this machine."""

import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from functools import partial
from typing import TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")

# Below this, starting processes takes longer than the work.
_FEWEST_FOR_PROCESSES = 24


def spread(
    work: Callable[[Item], Result], items: Sequence[Item], chunk: int = 1, processes: int | None = None
) -> Iterator[Result]:
    """Apply ``work`` to each item, in order, on all cores where that is faster; yields each result.

    Args:
        work: a function that other processes can import, or a `functools.partial` of one.
        items: what it is applied to.
        chunk: how many a process takes at a time; more than one where each is quick.
        processes: how many work; by default one per core where there is enough to do.
    """
    if processes is None:
        processes = _processes() if len(items) >= _FEWEST_FOR_PROCESSES * chunk else 1
    # A daemonic process (a Celery worker) may not have children.
    if processes == 1 or multiprocessing.current_process().daemon:
        yield from map(work, items)
        return
    # A fork of this process may hang, as PyTorch has threads here. So workers are forked from a server that has only
    # imported what the first work of this process needs; that takes no time and shares memory.
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([work.func.__module__ if isinstance(work, partial) else work.__module__])
    with (
        _one_thread_per_process(),
        ProcessPoolExecutor(processes, context, initializer=_follow_parent, initargs=(dict(os.environ),)) as pool,
    ):
        try:
            yield from pool.map(work, items, chunksize=chunk)
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise


@contextmanager
def _one_thread_per_process() -> Iterator[None]:
    """Processes started meanwhile use one thread each for algebra: as many as cores would only wait for each other."""
    names = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
    before = {name: os.environ.get(name) for name in names}
    os.environ.update(dict.fromkeys(names, "1"))
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


def _processes() -> int:
    """One per core that this process may use; each takes about half a gigabyte, so not more than eight."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return min(cores, 8)


def _follow_parent(environment: dict[str, str]) -> None:
    """Workers leave Ctrl-C to the command, and end with it: a killed one must not leave writers behind.

    Their server may have been there before; the environment is that of now.
    """

    def watch() -> None:
        parent = multiprocessing.parent_process()
        if parent is not None:
            parent.join()
        os._exit(1)

    os.environ.clear()
    os.environ.update(environment)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=watch, daemon=True).start()
