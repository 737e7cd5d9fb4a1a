"""One small shop in one process: three pods of checkout, orders, payments and stock, real HTTP between them, and its users.

python -m tests.lab.windows.shop SHOP BEGUN SHOP.csv; the port of its metrics is written beside, to SHOP.port
"""

import asyncio
import csv
import math
import random
import sys
import time
from collections import defaultdict
from pathlib import Path

from prometheus_client import Counter, Gauge, Histogram, start_http_server

from tests.lab.servers import free_port
from tests.lab.windows.faults import Fault
from tests.lab.windows.plan import PODS, ROUTES, Plan, read
from tests.lab.windows.web import Client, serve

BUCKETS = (0.01, 0.025, 0.05, 0.075, 0.1, 0.15, 0.2, 0.3, 0.5, 0.75, 1.0, 1.5, 2.5)
POOL = 10
SLOW_S = 0.5  # a user is hurt by an answer that takes longer, or that fails
CALL_TIMEOUT_S = 1.0
USER_TIMEOUT_S = 3.0
WORK_S = {"checkout": 0.025, "orders": 0.02, "payments": 0.04, "stock": 0.015}
CALLS = {
    ("checkout", "browse"): ("orders",), ("checkout", "cart"): ("orders",), ("checkout", "pay"): ("payments", "orders"),
    ("orders", "browse"): ("stock",), ("orders", "pay"): ("stock",),
}  # fmt: skip

REQUESTS = Counter("http_requests", "Requests answered.", ["service", "pod", "route", "code"])
SECONDS = Histogram("http_request_duration_seconds", "Time to answer.", ["service", "pod"], buckets=BUCKETS)
IN_FLIGHT = Gauge("http_requests_in_flight", "Requests being answered.", ["service", "pod"])
POOL_USED = Gauge("db_pool_in_use", "Connections in use.", ["service", "pod"])
POOL_SIZE = Gauge("db_pool_size", "Connections there are.", ["service", "pod"])


class Wander:
    """A level that drifts as quiet systems do: an Ornstein-Uhlenbeck walk around 1, on a log scale."""

    def __init__(self, dice: random.Random, spread: float, memory_s: float) -> None:
        self.dice, self.spread, self.memory_s = dice, spread, memory_s
        self.level, self.at = dice.gauss(0, spread), time.time()

    def now(self) -> float:
        """The level now."""
        kept = math.exp(-(time.time() - self.at) / self.memory_s)
        self.level = kept * self.level + math.sqrt(1 - kept * kept) * self.dice.gauss(0, self.spread)
        self.at = time.time()
        return math.exp(self.level)


class Shop:
    """The services, what is wrong with them now, and where each listens."""

    def __init__(self, name: str, plan: Plan, begun: float) -> None:
        self.name, self.begun = name, begun
        self.dice, self.client = random.Random(f"{plan.seed} {name}"), Client()
        self.faults: list[Fault] = [slot.fault for slot in plan.slots if slot.shop == name and slot.fault is not None]
        self.per_s = plan.per_s[name]
        self.pods = {
            "checkout": PODS,
            **{service: (f"{service}-1",) for service in WORK_S if service != "checkout"},
        }
        self.ports = {pod: free_port() for pods in self.pods.values() for pod in pods}
        self.connections = {pod: asyncio.Semaphore(POOL) for pod in self.ports}
        self.pace = {service: Wander(self.dice, 0.08, 300) for service in WORK_S}
        self.background = self.dice.uniform(0.0005, 0.003)
        self.stalled: dict[str, tuple[float, float]] = {}  # service -> until when, by how many seconds

    async def open(self) -> None:
        """Every pod listens."""
        for service, pods in self.pods.items():
            for pod in pods:
                POOL_SIZE.labels(self.service(service), pod).set(POOL)
                await serve(self.ports[pod], lambda path, s=service, p=pod: self.answer(s, p, path.strip("/")))  # type: ignore[misc]
        self.stalling = asyncio.create_task(self._stall_now_and_then())

    def service(self, service: str) -> str:
        """A service's name in the metrics; shops share one Prometheus."""
        return f"{self.name}-{service}"

    async def answer(self, service: str, pod: str, route: str) -> int:
        """Answers one request and measures it as its own instrumentation would."""
        begun, name = time.perf_counter(), self.service(service)
        with IN_FLIGHT.labels(name, pod).track_inprogress():
            code = await self.work(service, pod, route)
        REQUESTS.labels(name, pod, route, str(code)).inc()
        SECONDS.labels(name, pod).observe(time.perf_counter() - begun)
        return code

    async def work(self, service: str, pod: str, route: str) -> int:
        """Own work on a connection of the pool, then the services behind; what is wrong now comes on top."""
        delay = self.dice.gammavariate(4, WORK_S[service] / 4) * self.pace[service].now()
        until, more = self.stalled.get(service, (0.0, 0.0))
        delay += more if time.time() < until else 0.0
        fails = self.background if service == "checkout" else 0.0
        for fault in self.faults:
            strength = fault.strength(service, pod, route, time.time() - self.begun)
            if fault.flavour == "errors":
                fails += strength * fault.size
            elif strength and self.dice.random() < fault.share:
                delay += self.dice.gammavariate(9, strength * fault.size / 9)
        async with self.connections[pod]:
            used = POOL_USED.labels(self.service(service), pod)
            used.inc()
            await asyncio.sleep(delay)
            used.dec()
        if self.dice.random() < fails:
            return 503
        for called in CALLS.get((service, route), ()):
            status = await self.client.get(self.ports[f"{called}-1"], f"/{route}", CALL_TIMEOUT_S)
            if status >= 500:
                return 504 if status == 504 else 502
        return 200

    async def _stall_now_and_then(self) -> None:
        while True:
            await asyncio.sleep(self.dice.expovariate(1 / 240))
            service = self.dice.choice(tuple(WORK_S))
            self.stalled[service] = (time.time() + self.dice.uniform(0.5, 2), self.dice.uniform(0.15, 0.4))


class Users:
    """Open-loop load at Poisson times, counted at the client by the second in which a request was sent."""

    def __init__(self, shop: Shop) -> None:
        self.shop, self.client = shop, Client()
        self.dice = random.Random(f"{shop.name} users")
        self.crowd = Wander(self.dice, 0.12, 600)
        self.seconds: dict[int, list[int]] = defaultdict(lambda: [0, 0, 0, 0])
        self.lag: dict[int, float] = defaultdict(float)

    async def use(self, until: float) -> None:
        """Sends requests until then, and measures how late this process itself is."""
        due, sent = time.time(), set[asyncio.Task[None]]()
        while due < until:
            due += self.dice.expovariate(self.shop.per_s * self.crowd.now())
            await asyncio.sleep(max(0.0, due - time.time()))
            self.lag[int(due)] = max(self.lag[int(due)], time.time() - due)
            task = asyncio.create_task(self._send())
            sent.add(task)
            task.add_done_callback(sent.discard)
        await asyncio.gather(*sent)

    async def _send(self) -> None:
        at, (route,) = time.time(), self.dice.choices(tuple(ROUTES), tuple(ROUTES.values()))
        status = await self.client.get(self.shop.ports[self.dice.choice(PODS)], f"/{route}", USER_TIMEOUT_S)
        failed, slow = status >= 500, time.time() - at > SLOW_S
        counts = self.seconds[int(at)]
        for place, count in enumerate((1, failed, slow, failed or slow)):
            counts[place] += count

    def save(self, path: Path) -> None:
        """Writes the counts: second, total, failed, slow, hurt, and by how many seconds a request was sent too late at most."""
        with path.open("w", newline="", encoding="utf-8") as file:
            rows = csv.writer(file)
            rows.writerow(("second", "total", "failed", "slow", "hurt", "lag"))
            rows.writerows((s, *counts, round(self.lag[s], 4)) for s, counts in sorted(self.seconds.items()))


async def live(name: str, plan: Plan, begun: float, out: Path) -> None:
    """Runs one shop until its plan is over."""
    shop = Shop(name, plan, begun)
    await shop.open()
    users = Users(shop)
    await users.use(begun + plan.lasts)
    users.save(out)


if __name__ == "__main__":
    shop_name, begun_at, counts, played = sys.argv[1], float(sys.argv[2]), Path(sys.argv[3]), read(sys.argv[4])
    server, _ = start_http_server(0, addr="127.0.0.1")
    counts.with_suffix(".port").write_text(f"{server.server_port}\n", encoding="utf-8")
    asyncio.run(live(shop_name, played, begun_at, counts))
