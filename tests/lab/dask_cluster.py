"""A real Dask cluster on loopback: a scheduler and workers, each a process of its own that can be killed."""

import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from distributed import Client

from tests.lab.servers import Servers, free_port


@dataclass(frozen=True)
class Cluster:
    """A running scheduler, and the processes around it."""

    servers: Servers
    port: int

    @property
    def address(self) -> str:
        """What a client connects to."""
        return f"127.0.0.1:{self.port}"

    def start_worker(self, name: str, *flags: str, variables: Mapping[str, str] | None = None) -> None:
        """One more worker of one thread; it finds the scheduler, and is given up where that takes a minute."""
        self.servers.start(
            name, sys.executable, "-m", "distributed.cli.dask_worker", f"tcp://{self.address}", "--name", name,
            "--nthreads", "1", "--host", "127.0.0.1", "--no-dashboard", "--death-timeout", "60",
            "--local-directory", str(self.servers.folder), *(flags or ("--no-nanny",)),
            variables={**os.environ, **variables} if variables else None,
        )  # fmt: skip

    def kill_worker(self, name: str) -> None:
        """Ends a worker's process without warning."""
        process = self.servers.running.pop(name)
        process.kill()
        process.wait()

    def wait_for_workers(self, count: int) -> None:
        """Returns when the scheduler knows so many workers."""
        with Client(self.address, timeout=30, set_as_default=False) as client:
            if count:
                client.wait_for_workers(count, timeout=60)


@contextmanager
def cluster(folder: Path, workers: int = 2, **settings: str) -> Iterator[Cluster]:
    """Starts a scheduler, with settings of `distributed.scheduler`, and workers; ends them all."""
    port = free_port()
    variables = {f"DASK_DISTRIBUTED__SCHEDULER__{name.upper()}": value for name, value in settings.items()}
    with Servers(folder) as servers:
        servers.start(
            "scheduler", sys.executable, "-m", "distributed.cli.dask_scheduler", "--host", "127.0.0.1", "--port", str(port),
            "--no-dashboard", "--no-show", variables={**os.environ, **variables},
        )  # fmt: skip
        one = Cluster(servers, port)
        for number in range(workers):
            one.start_worker(f"worker-{number}")
        one.wait_for_workers(workers)
        yield one
