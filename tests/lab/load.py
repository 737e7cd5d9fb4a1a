"""Open-loop load on checkout, counted at the client: what users saw, second by second."""

import json
import random
import threading
import time
import urllib.error
import urllib.request
from collections import defaultdict
from pathlib import Path

SLOW_S = 1.0  # a user is hurt by an answer that takes longer, or that fails


class Load:
    """Sends requests at Poisson times and counts them by the second in which they were sent."""

    def __init__(self, port: int, per_s: float, *more_ports: int) -> None:
        self.ports = (port, *more_ports)
        self.rise = (0.0, 0.0, per_s, per_s)  # from when, over how many s, from and to how many requests per s
        self.seconds: dict[int, dict[str, int]] = defaultdict(lambda: {"total": 0, "failed": 0, "slow": 0, "hurt": 0})
        self.lock, self.stopped = threading.Lock(), threading.Event()
        self.random = random.Random(11)

    def start(self) -> None:
        """Begins to send, in the background."""
        threading.Thread(target=self._run, daemon=True).start()

    def ramp(self, per_s: float, over: float) -> None:
        """Sends ever more (or fewer) requests until there are `per_s`, `over` seconds from now."""
        self.rise = (time.time(), over, self.per_s(), per_s)

    def per_s(self) -> float:
        """Requests per second that are due now."""
        begun, over, before, after = self.rise
        done = min(1.0, (time.time() - begun) / over) if over else 1.0
        return before + (after - before) * done

    def stop(self) -> None:
        """Sends no more."""
        self.stopped.set()

    def save(self, path: Path) -> None:
        """Writes the counts as JSON Lines, one second a line."""
        with self.lock:
            lines = [json.dumps({"second": second, **counts}) for second, counts in sorted(self.seconds.items())]
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")

    def _run(self) -> None:
        due = time.time()
        while not self.stopped.is_set():
            due += self.random.expovariate(self.per_s())
            time.sleep(max(0.0, due - time.time()))
            threading.Thread(target=self._send, daemon=True).start()

    def _send(self) -> None:
        sent = time.time()
        failed = False
        port = self.ports[0] if len(self.ports) == 1 else self.random.choice(self.ports)
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/work", timeout=5) as answer:
                answer.read()
        except (urllib.error.URLError, OSError):
            failed = True
        slow = time.time() - sent > SLOW_S
        with self.lock:
            counts = self.seconds[int(sent)]
            counts["total"] += 1
            counts["failed"] += failed
            counts["slow"] += slow
            counts["hurt"] += failed or slow
