"""Worker processes of this machine."""

import os
import signal
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import get_context, parent_process
from typing import Any


class LocalEngine:
    """As many processes as it is given; one that dies takes the others with it, and new ones take their place."""

    def __init__(self, workers: int) -> None:
        self.most = max(1, workers)
        self._pool: ProcessPoolExecutor | None = None

    def submit(self, function: Callable[..., Any], batch: Sequence[Any]) -> "Future[Any]":
        """Has a process call an importable function with a batch."""
        try:
            return self._processes().submit(function, batch)
        except BrokenProcessPool:
            self.close()
            return self._processes().submit(function, batch)

    def died(self, error: BaseException) -> str | None:
        """A killed process breaks the whole pool, and every batch under way learns it."""
        return "the process that scored it was killed" if isinstance(error, BrokenProcessPool) else None

    def check(self) -> None:
        """Processes that die say so themselves."""

    def close(self) -> None:
        """Ends the processes; a batch under way is finished first, which takes seconds."""
        if self._pool is not None:
            self._pool.shutdown(cancel_futures=True)
            self._pool = None

    def _processes(self) -> ProcessPoolExecutor:
        # spawned, not forked: the libraries beneath have threads of their own
        if self._pool is None:
            self._pool = ProcessPoolExecutor(self.most, mp_context=get_context("spawn"), initializer=_follow_parent)
        return self._pool


def _follow_parent() -> None:
    """A worker leaves interrupts to its parent, and ends with it also where that was killed: a pool's own would wait for ever."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = parent_process()

    def leave() -> None:
        if parent is not None:
            parent.join()
            os._exit(1)

    threading.Thread(target=leave, daemon=True).start()
