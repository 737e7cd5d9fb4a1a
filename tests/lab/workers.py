"""A bounded pool of workers with a bounded queue before it, first come first served, whose size can change while it works."""

import threading
from collections import deque

from prometheus_client import Gauge

SIZE = Gauge("worker_pool_size", "Workers there are.", ["service"])
BUSY = Gauge("worker_pool_busy", "Workers that answer a request.", ["service"])
WAITING = Gauge("worker_queue_length", "Requests that wait for a worker.", ["service"])


class Workers:
    """Real contention: a request holds one worker; the others wait, whether or not their client still does."""

    def __init__(self, service: str, size: int, queue: int) -> None:
        self.service, self.size, self.queue = service, size, queue
        self.busy, self.lock = 0, threading.Lock()
        self.waiting: deque[threading.Event] = deque()
        self._measure()

    def take(self) -> bool:
        """Waits for a worker; False at once when the queue is full."""
        turn = threading.Event()
        with self.lock:
            if self.busy >= self.size and len(self.waiting) >= self.queue:
                return False
            self.waiting.append(turn)
            self._admit()
        turn.wait()
        return True

    def give_back(self) -> None:
        """The worker is free for the next one who waits."""
        with self.lock:
            self.busy -= 1
            self._admit()

    def resize(self, size: int) -> None:
        """More workers begin at once; fewer take effect as they come free."""
        with self.lock:
            self.size = size
            self._admit()

    def _admit(self) -> None:
        while self.waiting and self.busy < self.size:
            self.busy += 1
            self.waiting.popleft().set()
        self._measure()

    def _measure(self) -> None:
        SIZE.labels(self.service).set(self.size)
        BUSY.labels(self.service).set(self.busy)
        WAITING.labels(self.service).set(len(self.waiting))
