"""Facts about engines: every batch comes back once, and a worker that dies costs the one item it died of."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path

import pytest

from incident_timeline.engines.local import LocalEngine
from incident_timeline.engines.spread import Died, spread

ROOT = Path(__file__).resolve().parents[2]
DEADLY = 13
ORPHANS = """
import os, time
from incident_timeline.engines.local import LocalEngine
from tests.engines.test_spread import own_process
engine = LocalEngine(2)
print(*{engine.submit(own_process, [n]).result() for n in range(8)}, flush=True)
time.sleep(600)
"""


def doubled(batch: Sequence[int]) -> list[int]:
    """Twice each number; one number kills the process that meets it, as the system does where memory runs out."""
    if DEADLY in batch:
        os.kill(os.getpid(), signal.SIGKILL)
    return [2 * one for one in batch]


def failing(batch: Sequence[int]) -> int:
    """Fails."""
    raise ValueError(f"{batch} is no good")


def own_process(batch: Sequence[int]) -> int:
    """The process that ran it."""
    return os.getpid()


@pytest.fixture(scope="module")
def engine() -> Iterator[LocalEngine]:
    """Two processes."""
    with closing(LocalEngine(2)) as one:
        yield one


def test_every_batch_comes_back_once(engine: LocalEngine) -> None:
    """In whatever order they are done."""
    batches = [[n, n + 1] for n in range(20, 60, 2)]
    done = list(spread(engine, doubled, batches))

    assert sorted((list(batch), result) for batch, result in done) == [(b, [2 * one for one in b]) for b in batches]


def test_batches_are_taken_as_fast_as_workers_take_them(engine: LocalEngine) -> None:
    """A history is not collected whole before the first of it is scored."""
    taken = []

    def batches() -> Iterator[list[int]]:
        for number in range(20, 30):
            taken.append(number)
            yield [number]

    results = spread(engine, doubled, batches())
    next(results)
    assert len(taken) <= 3
    assert 9 == len(list(results))


def test_a_worker_that_dies_costs_one_item(engine: LocalEngine) -> None:
    """It is named, everything else has its result, and there is an end."""
    done = list(spread(engine, doubled, [list(range(first, first + 5)) for first in range(0, 40, 5)]))
    lost = [batch for batch, result in done if isinstance(result, Died)]
    results = [one for _, result in done if not isinstance(result, Died) for one in result]

    assert [[DEADLY]] == lost
    assert [2 * one for one in range(40) if one != DEADLY] == sorted(results)


def test_a_fault_of_the_function_is_no_death(engine: LocalEngine) -> None:
    """It comes out as it is."""
    with pytest.raises(ValueError, match=r"\[1\] is no good"):
        list(spread(engine, failing, [[1]]))


def test_workers_end_with_a_parent_that_was_killed() -> None:
    """Nothing is left of a backfill that the system killed."""
    parent = subprocess.Popen([sys.executable, "-c", ORPHANS], stdout=subprocess.PIPE, text=True, cwd=ROOT)
    assert parent.stdout is not None
    workers = [int(one) for one in parent.stdout.readline().split()]
    assert workers
    parent.kill()
    parent.wait()
    until = time.monotonic() + 20
    while (left := [one for one in workers if _runs(one)]) and time.monotonic() < until:
        time.sleep(0.05)

    assert [] == left


def _runs(process: int) -> bool:
    """Whether a process is there and no corpse that its parent has not looked at."""
    try:
        return Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False
