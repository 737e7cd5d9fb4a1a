"""How collectors ask: relative paths over a chain of transports, independent questions together, refusals as one error."""

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import httpx

from incident_timeline.collect.key import BASE_URL
from incident_timeline.collect.network import MOST_IN_FLIGHT
from incident_timeline.errors import SourceRefused

_THREADS = max(MOST_IN_FLIGHT.values())  # what is in flight at a host is limited inside the chain
T = TypeVar("T")
R = TypeVar("R")


def open_client(transport: httpx.BaseTransport) -> httpx.Client:
    """A client that speaks relative paths over a chain; it takes no proxy or trust from the environment."""
    return httpx.Client(transport=transport, base_url=BASE_URL, trust_env=False, follow_redirects=False)


def in_flight(
    ask: Callable[[T], R],
    what: Iterable[T],
) -> list[R]:
    """Asks for several things together, answers in the order given; the limit per host holds inside the chain."""
    items = list(what)
    if len(items) < 2:
        return [ask(item) for item in items]
    with ThreadPoolExecutor(max_workers=min(_THREADS, len(items))) as pool:
        return list(pool.map(ask, items))


def check_refusal(source: str, path: str, status: int, body: bytes) -> None:
    """Raises SourceRefused for 401 and 403, in the server's words and with what to look at."""
    if status in (401, 403):
        said = " ".join(body[:200].decode("utf-8", "replace").split())
        raise SourceRefused(
            f"{source}: {path} answers {status} ({said}); check the token, its permissions, and that url is the right region"
        )
