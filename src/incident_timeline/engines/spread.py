"""Spreads batches over an engine's workers, and finds the one item of a batch that its workers die of."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, CancelledError, Future, wait
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")
_LOOK_S = 10.0  # how often somebody looks whether workers are left, while no batch is done


@dataclass(frozen=True, slots=True)
class Died:
    """What comes back instead of a result when the workers of a batch died, most often for want of memory."""

    why: str


class Engine(Protocol):
    """Workers that share nothing with the caller but what a batch carries."""

    @property
    def most(self) -> int:
        """How many batches are worth having under way at once."""

    def submit(self, function: Callable[..., Any], batch: Sequence[Any]) -> "Future[Any]":
        """Has a worker call an importable function with a batch."""

    def died(self, error: BaseException) -> str | None:
        """Says in words that an error means a dead worker; None for any other error."""

    def check(self) -> None:
        """Raises where nobody is left who could do what is under way."""

    def close(self) -> None:
        """Lets go of the workers; what is under way is given up."""


def spread(
    engine: Engine, function: Callable[[Sequence[Item]], Result], batches: Iterable[Sequence[Item]]
) -> Iterator[tuple[Sequence[Item], Result | Died]]:
    """Every batch with its result, as they are done; batches are taken only as fast as workers take them.

    A worker's death says nothing about which of the batches under way it died of. These are set apart and, when all others
    are done, run again item by item with nothing beside them: an item whose worker dies then is to blame, and costs itself.
    """
    suspects: list[Item] = []
    for batch, result in _run(engine, function, batches, engine.most):
        if isinstance(result, Died):
            suspects += batch
        else:
            yield batch, result
    yield from _run(engine, function, ([item] for item in suspects), 1)


def _run(
    engine: Engine, function: Callable[[Sequence[Item]], Result], batches: Iterable[Sequence[Item]], most: int
) -> Iterator[tuple[Sequence[Item], Result | Died]]:
    running: dict[Future[Result], Sequence[Item]] = {}
    for batch in batches:
        while len(running) >= most:
            yield from _done(engine, running, _LOOK_S)
        running[engine.submit(function, batch)] = batch
        yield from _done(engine, running, 0)
    while running:
        yield from _done(engine, running, _LOOK_S)


def _done(
    engine: Engine, running: "dict[Future[Result], Sequence[Item]]", timeout_s: float
) -> Iterator[tuple[Sequence[Item], Result | Died]]:
    done = wait(running, timeout_s, FIRST_COMPLETED).done
    if not done and timeout_s:
        engine.check()
    for future in done:
        batch = running.pop(future)
        error = CancelledError() if future.cancelled() else future.exception()
        why = engine.died(error) if error is not None else None
        yield batch, Died(why) if why is not None else future.result()
