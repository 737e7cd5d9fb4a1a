"""The ends of the chain that meet the bundle: recording what the network gives, and replaying it without a network."""

from collections import Counter
from dataclasses import replace
from urllib.parse import parse_qsl

import httpx

from incident_timeline.collect.bundle import Bundle
from incident_timeline.collect.envelope import page_and_warnings
from incident_timeline.collect.key import Request, request_of
from incident_timeline.collect.limit import Clock
from incident_timeline.collect.manifest import Entry
from incident_timeline.collect.redact import Redactor
from incident_timeline.errors import NotInBundle, SourceUnreachable
from incident_timeline.model.instants import rfc3339

EVIDENCE = "x-evidence"  # header of every answer that a collector sees: the path of the stored answer in the bundle
_KEPT_HEADERS = ("content-type", "link", "x-next-page")


class RecordTransport(httpx.BaseTransport):
    """Stores every answer, cut of secrets, before anybody sees it; what the bundle holds complete is not asked again.

    So a collector sees exactly what a replay will show it. With `refresh` each request is asked once more in this run, for
    an incident that was still open; where that fails, the answer on record counts.
    """

    def __init__(
        self, source: str, inner: httpx.BaseTransport, bundle: Bundle, redactor: Redactor, clock: Clock,
        base_url: str, *, refresh: bool = False,
    ) -> None:  # fmt: skip
        self.source, self.inner, self.bundle, self.redactor, self.clock = source, inner, bundle, redactor, clock
        self.base_url, self.refresh = base_url.rstrip("/"), refresh
        self._asked: set[str] = set()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """The stored answer, fetched first where it is not there yet; raises SourceUnreachable when there is none."""
        asked = request_of(self.source, request)
        with self.bundle.asking(asked.key):
            return self._answer(asked, request)

    def _answer(self, asked: Request, request: httpx.Request) -> httpx.Response:
        known = self.bundle.find(asked.key)
        if known is not None and known.complete and (not self.refresh or asked.key in self._asked):
            return _response(known, self.bundle.read(known))
        entry = self._entry(asked, request)
        try:
            answer = self.inner.handle_request(request)
            content = answer.read()
        except SourceUnreachable as error:
            self.bundle.add_failure(replace(entry, error=str(error)))
            if known is not None and known.complete:
                return _response(known, self.bundle.read(known))
            raise
        body, cuts = self.redactor.body(content)
        headers = {name: answer.headers[name] for name in _KEPT_HEADERS if name in answer.headers}
        page, warnings = page_and_warnings(body, answer.headers)
        answered = replace(entry, status=answer.status_code, headers=headers, cuts=cuts, page=page, warnings=warnings)
        stored = self.bundle.add(asked, answered, body)
        self._asked.add(asked.key)
        return _response(stored, body)

    def _entry(self, asked: Request, request: httpx.Request) -> Entry:
        query = request.url.query.decode("ascii", "replace")
        url = f"{self.base_url}{request.url.path}{'?' if query else ''}{query}"
        at = rfc3339(self.clock.now()) or ""
        form = {}
        if request.headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
            form = {
                k: self.redactor.text(v, Counter())
                for k, v in parse_qsl(request.content.decode(), keep_blank_values=True)
            }
        return Entry(self.source, asked.key, 1, asked.method, self.redactor.text(url, Counter()), at, form)


class ReplayTransport(httpx.BaseTransport):
    """Answers from the bundle alone; raises NotInBundle for what it lacks, and what failed then fails again."""

    def __init__(self, source: str, bundle: Bundle) -> None:
        self.source, self.bundle = source, bundle

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """The answer on record."""
        asked = request_of(self.source, request)
        known = self.bundle.find(asked.key)
        if known is None:
            raise NotInBundle(
                f"{self.source}: the bundle {self.bundle.folder.name}/ has no answer to {asked.method} {asked.path}; "
                "build once without --offline to add it"
            )
        if known.file is None:
            raise SourceUnreachable(known.error or f"{self.source}: no answer when the bundle was collected")
        return _response(known, self.bundle.read(known))


def _response(entry: Entry, body: bytes) -> httpx.Response:
    headers = {**entry.headers, EVIDENCE: entry.file or ""}
    return httpx.Response(entry.status or 200, headers=headers, content=body)
