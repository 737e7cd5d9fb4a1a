"""The key of a request: what was asked of a source, never of which host, with which headers or in which order."""

import hashlib
import json
from dataclasses import dataclass
from urllib.parse import parse_qsl

import httpx

# Collectors address this host; only the network end of the chain knows the real one, so keys cannot depend on it.
BASE_URL = "https://source.invalid"


@dataclass(frozen=True, slots=True)
class Request:
    """One request as the bundle knows it; `body` is canonical: a form's sorted pairs, JSON with sorted keys, or the text."""

    source: str
    method: str
    path: str
    query: tuple[tuple[str, str], ...]
    body: str

    @property
    def key(self) -> str:
        """16 hex digits that stand for the request."""
        parts = json.dumps([self.source, self.method, self.path, self.query, self.body], ensure_ascii=True)
        return hashlib.sha256(parts.encode()).hexdigest()[:16]


def request_of(source: str, request: httpx.Request) -> Request:
    """The bundle's view of an httpx request whose path is relative to the source's own base."""
    body = request.read()
    query = tuple(sorted(request.url.params.multi_items()))
    kind = request.headers.get("content-type", "").split(";")[0]
    return Request(source, request.method.upper(), request.url.path, query, _canonical(body, kind))


def _canonical(body: bytes, kind: str) -> str:
    text = body.decode("utf-8", "replace")
    if kind == "application/x-www-form-urlencoded":
        return json.dumps(sorted(parse_qsl(text, keep_blank_values=True)))
    try:
        return json.dumps(json.loads(text), sort_keys=True) if kind.endswith("json") and text else text
    except ValueError:
        return text
