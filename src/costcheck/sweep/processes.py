"""Processes that share the work of a sweep, and end with it however it ends."""

import os
import signal
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from multiprocessing import get_context, parent_process
from pathlib import Path
from threading import Thread
from typing import Any

from costcheck.diagnostics import refusal

Submit = Callable[..., "Future[Any]"]


@contextmanager
def processes(count: int, prepare: Callable[[], object], *, forks: bool) -> Iterator[Submit]:
    """Yield how calls are handed to processes that have done `prepare`.

    Forks of this process have what it has prepared; else each starts anew, while this one goes on.
    """
    if forks:
        prepare()
    context = get_context("fork" if forks else "spawn")
    pool = ProcessPoolExecutor(count, mp_context=context, initializer=_end_with_parent)
    try:
        for _ in range(count):
            pool.submit(prepare)
        yield pool.submit
    except BrokenProcessPool as error:
        message = "a process of the sweep was ended from outside, often for want of memory"
        advice = "use fewer --workers; the same command goes on where this one stopped"
        raise refusal("CC046", message, None, advice) from error
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def forks_are_safe() -> bool:
    """Whether no other thread could hold a lock that a fork would wait for."""
    return sys.platform == "linux" and len([*Path("/proc/self/task").iterdir()]) == 1


def _end_with_parent() -> None:
    """Leave no process behind, nor a word about an interrupt that was meant for all."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    parent = parent_process()

    def wait() -> None:
        if parent is not None:
            parent.join()
        os._exit(1)

    Thread(target=wait, daemon=True).start()
