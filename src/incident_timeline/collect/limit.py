"""The transport that keeps to one limit per host, obeys rate limits, tries again within bounds, and raises on giving up."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

import httpx

from incident_timeline.collect.retry import Patience, is_retryable, named_pause
from incident_timeline.errors import SourceUnreachable
from incident_timeline.model.instants import rfc3339


@dataclass(frozen=True, slots=True)
class Clock:
    """The clocks that waiting needs: `now` for limits that end at an instant, the others for pauses; tests give their own."""

    now: Callable[[], datetime]
    monotonic: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep


@dataclass(slots=True)
class Host:
    """What all requests to one host share: how many are in flight, until when they pause, and whether it is down."""

    slots: threading.Semaphore
    lock: threading.Lock = field(default_factory=threading.Lock)
    paused_until: float = 0.0  # on the monotonic clock
    down: str | None = None  # why nobody need ask this host again in this run, whichever source asks
    begun: float | None = None  # when the first request went out, on the monotonic clock

    def pause(self, until: float) -> None:
        """Makes every request to the host wait: a rate limit holds for the key, not for one request."""
        with self.lock:
            self.paused_until = max(self.paused_until, until)


class LimitTransport(httpx.BaseTransport):
    """Sends through `inner` within the host's limit; an answer that is no 429 or 5xx, or SourceUnreachable, comes back.

    A host that could not be connected to at all is not tried again in the same run, so that a dead server costs one
    time-out and not one for each query.
    """

    def __init__(self, source: str, inner: httpx.BaseTransport, host: Host, clock: Clock, patience: Patience) -> None:
        self.source, self.inner, self.host, self.clock, self.patience = source, inner, host, clock, patience

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """The answer, after as many tries as `patience` allows."""
        request.read()
        started = self.clock.monotonic()
        for attempt in range(1, self.patience.tries + 1):
            self._wait_for_host(started)
            last = attempt == self.patience.tries
            try:
                answer = self._send(request)
            except (httpx.ConnectError, httpx.ConnectTimeout) as error:
                tries = 3 if isinstance(error, httpx.ConnectError) else 2  # a time-out has waited long enough
                if last or attempt == tries or "CERTIFICATE" in str(error).upper():
                    self.host.down = _unconnected(error)
                    raise SourceUnreachable(f"{self.source}: {self.host.down}") from None
                self.clock.sleep(self.patience.pause(attempt))
                continue
            except httpx.TransportError as error:
                if last or attempt == 2 or isinstance(error, httpx.UnsupportedProtocol):
                    raise SourceUnreachable(
                        f"{self.source}: {request.url.path}: {_words(error)}; "
                        "check the server, or raise timeout_s of this source"
                    ) from None
                self.clock.sleep(self.patience.pause(attempt))
                continue
            if not is_retryable(answer.status_code, answer.headers, answer.content):
                return answer
            if last:
                break
            self._pause_as_asked(answer, attempt, started, request)
        raise SourceUnreachable(
            f"{self.source}: {request.url.path} still answers {answer.status_code} after {self.patience.tries} tries; "
            "build again later, what was collected is kept"
        )

    def _send(self, request: httpx.Request) -> httpx.Response:
        with self.host.slots:
            if self.host.down:
                raise SourceUnreachable(f"{self.source}: {self.host.down}")
            self._keep_to_budget()
            answer = self.inner.handle_request(request)
            answer.read()  # inside the slot: a body still being sent is a request in flight
            return answer

    def _keep_to_budget(self) -> None:
        now = self.clock.monotonic()
        with self.host.lock:
            if self.host.begun is None:
                self.host.begun = now
        if now - self.host.begun > self.patience.budget_s:
            raise SourceUnreachable(
                f"{self.source}: the budget of {self.patience.budget_s:g} s for one build was used up; build again to fetch "
                "the rest (what was collected is kept), or raise budget_s of this source"
            )

    def _wait_for_host(self, started: float) -> None:
        while (rest := self.host.paused_until - self.clock.monotonic()) > 0:
            if self.clock.monotonic() + rest - started > self.patience.total_s:
                raise SourceUnreachable(f"{self.source}: rate limited for another {rest:.0f} s; build again after that")
            self.clock.sleep(rest)

    def _pause_as_asked(self, answer: httpx.Response, attempt: int, started: float, request: httpx.Request) -> None:
        named = named_pause(answer.headers, self.clock.now())
        pause = self.patience.pause(attempt) if named is None else named
        now = self.clock.monotonic()
        if now + pause - started > self.patience.total_s:
            until = rfc3339(datetime.fromtimestamp(self.clock.now().timestamp() + pause, tz=self.clock.now().tzinfo))
            raise SourceUnreachable(
                f"{self.source}: {request.url.path} answers {answer.status_code} and asks to wait {pause:.0f} s; "
                f"build again after {until}, what was collected is kept"
            )
        if answer.status_code in (403, 429):
            self.host.pause(now + pause)
        else:
            self.clock.sleep(pause)


def _unconnected(error: httpx.TransportError) -> str:
    words = _words(error)
    if "CERTIFICATE" in words.upper():
        return f"the server's certificate is not trusted ({words}); set ca_file of this source"
    return f"cannot connect ({words}); check url of this source and that the server runs"


def _words(error: Exception) -> str:
    kind = {"ConnectTimeout": "no connection in time", "ReadTimeout": "no answer in time"}.get(type(error).__name__)
    return kind or str(error) or type(error).__name__
