"""Workers of an existing Dask cluster, which must run this version of the tool."""

import logging
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import CancelledError, Executor, Future
from contextlib import contextmanager
from importlib.metadata import version
from typing import Any

from distributed import Client, KilledWorker

from incident_timeline import __version__
from incident_timeline.errors import EngineError

_CONNECT_S = 15  # on a network that is up, a scheduler answers within a second
_FEWEST = 16  # batches under way, so that a cluster that grows with its work sees some
_LOOKS = 6  # ten seconds apart: a nanny takes a few to start its worker again


class DaskEngine:
    """A connection to a scheduler; EngineError when it does not answer, has no worker, or has one of another version."""

    def __init__(self, address: str) -> None:
        self.address = address
        self._looks_without = 0
        for handler in logging.getLogger("distributed").handlers:
            handler.setLevel(logging.CRITICAL)  # what goes wrong becomes one sentence
        try:
            self._client = Client(address, timeout=_CONNECT_S, set_as_default=False)
        except (OSError, ValueError) as error:
            raise EngineError(
                f"no Dask scheduler answers at {address} ({error}); start one with `dask scheduler`, or use --engine local"
            ) from None
        try:
            self._check_workers()
        except EngineError:
            self.close()
            raise
        self._executor: Executor = self._client.get_executor(pure=False)

    @property
    def most(self) -> int:
        """Two batches for each thread of the cluster: one under way and one that follows."""
        return max(_FEWEST, 2 * sum(self._threads().values()))

    def submit(self, function: Callable[..., Any], batch: Sequence[Any]) -> "Future[Any]":
        """Has a worker call a function that it can import with a batch."""
        with self._connected():
            return self._executor.submit(function, batch)

    def died(self, error: BaseException) -> str | None:
        """Dask runs a batch whose worker died on others, a few times, and then gives up on it; all else raises EngineError."""
        if isinstance(error, KilledWorker):
            return "the Dask workers that scored it died, one after the other"
        with self._connected():
            if isinstance(error, CancelledError | OSError):
                raise error
        raise EngineError(
            f"a Dask worker could not do its part ({type(error).__name__}: {error}); install incident-timeline {__version__} "
            "where it runs and start it again"
        ) from None

    def check(self) -> None:
        """Without workers Dask would wait for ever; EngineError when there have been none for a minute."""
        self._looks_without = 0 if self._threads() else self._looks_without + 1
        if self._looks_without >= _LOOKS:
            raise EngineError(
                f"no worker of the Dask scheduler at {self.address} is left; what was scored is archived: start workers with "
                f"`dask worker {self.address}`, and run the same command to go on"
            )

    def close(self) -> None:
        """Takes back what is under way and leaves the cluster as it was."""
        self._client.close(timeout=_CONNECT_S)

    def _threads(self) -> dict[str, int]:
        with self._connected():
            threads: dict[str, int] = self._client.nthreads()
            return threads

    @contextmanager
    def _connected(self) -> Iterator[None]:
        try:
            yield
        except (CancelledError, OSError, RuntimeError, ValueError) as error:
            raise EngineError(
                f"the Dask scheduler at {self.address} was lost ({type(error).__name__}); what was scored is archived: run the "
                "same command to go on"
            ) from None

    def _check_workers(self) -> None:
        with self._connected():  # a function of the standard library: a worker that lacks the tool can still answer
            found = self._client.run(version, "incident-timeline", on_error="return")
        if not found:
            raise EngineError(
                f"the Dask scheduler at {self.address} has no worker; start some with `dask worker {self.address}`"
            )
        wrong = {
            worker: "none" if isinstance(one, Exception) else one for worker, one in found.items() if one != __version__
        }
        if wrong:
            worker, other = min(wrong.items())
            raise EngineError(
                f"{len(wrong)} of {len(found)} Dask workers have another version of incident-timeline than this one's "
                f"{__version__} ({worker} has {other}); install {__version__} where they run and start them again"
            )
