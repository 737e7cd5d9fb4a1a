"""Speaks to PagerDuty through its official client, or a pdpyras session, over our own chain of transports."""

import logging
import warnings
from typing import Any, Protocol, cast

import httpx
import httpx2
import pagerduty

from incident_timeline.collect.asking import check_refusal, in_flight
from incident_timeline.collect.key import BASE_URL
from incident_timeline.collect.record import EVIDENCE
from incident_timeline.errors import SourceMalformed, SourceMissing, SourceRefused

PAGE = 100  # the most rows that PagerDuty gives at a time
MOST = 10_000  # offset + limit beyond this is an error (developer-docs 09-Pagination)
ACCEPT = {"accept": "application/vnd.pagerduty+json;version=2"}
# A pdpyras session given by a notebook logs each request; our reports say what was asked, so its lines stay out of stderr.
logging.getLogger("pagerduty").addHandler(logging.NullHandler())


class Session(Protocol):
    """What is used of a client: pagerduty.RestApiV2Client and pdpyras.APISession both have it."""

    def get(self, url: str, **kwargs: Any) -> Any:
        """One GET; the answer has status_code, headers and json()."""
        ...


class Bridge(httpx2.BaseTransport):
    """Carries the official client's httpx2 requests into our httpx chain, which keeps, limits, retries and replays.

    The client never sees a 429, so its endless retry cannot begin; its ignored time-outs do not matter, ours hold.
    """

    def __init__(self, transport: httpx.BaseTransport) -> None:
        self.transport = transport

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        """The chain's answer in the client's own type."""
        url = f"{BASE_URL}{request.url.raw_path.decode()}"
        answer = self.transport.handle_request(
            httpx.Request(request.method, url, headers=ACCEPT, content=request.read())
        )
        content = answer.read()
        check_refusal("pagerduty", request.url.path, answer.status_code, content)
        headers = {"content-type": "application/json", EVIDENCE: answer.headers.get(EVIDENCE, "")}
        return httpx2.Response(answer.status_code, headers=headers, stream=httpx2.ByteStream(content), request=request)


def open_session(transport: httpx.BaseTransport) -> Session:
    """The official client over a chain; the token is put on at the chain's end, so the client holds none."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        client = pagerduty.RestApiV2Client("held-by-the-transport", base_url=BASE_URL, transport=Bridge(transport))
    return cast("Session", client)


def ask(session: Session, path: str, params: dict[str, Any] | None = None) -> tuple[dict[str, Any], str]:
    """The JSON object that a path answers, and where in the bundle it lies.

    Raises SourceMissing for 404, SourceRefused for 402 (the plan lacks it), SourceMalformed for anything unexpected.
    """
    answer = session.get(path, params=params or {})
    status = answer.status_code
    check_refusal("pagerduty", path, status, answer.content)
    if status == 404:
        raise SourceMissing(f"pagerduty: {path} is not known there; check the number, and that url is the right region")
    if status == 402:
        raise SourceRefused(f"pagerduty: {path} is not part of this account's plan")
    try:
        body = answer.json()
    except ValueError:
        raise SourceMalformed(f"pagerduty: {path} answered {status} without JSON; check url") from None
    if status != 200 or not isinstance(body, dict):
        raise SourceMalformed(f"pagerduty: {path} answered {status}: {str(body)[:200]}")
    return body, str(answer.headers.get(EVIDENCE) or f"pagerduty{path}")


def ask_all(
    session: Session, path: str, name: str, params: dict[str, Any]
) -> tuple[list[tuple[dict[str, Any], str]], str]:
    """Every row of a paged list with its bundle pointer, and what is lacking in words (empty when complete).

    The first page is asked with `total=true`, the others together; a row that two pages hold stands once.
    """
    first, where = ask(session, path, {**params, "limit": PAGE, "offset": 0, "total": "true"})
    total = first.get("total") or len(first.get(name) or [])
    reachable = min(total, MOST)
    offsets = range(PAGE, reachable, PAGE)
    rest = in_flight(lambda o: ask(session, path, {**params, "limit": PAGE, "offset": o, "total": "true"}), offsets)
    rows: dict[str, tuple[dict[str, Any], str]] = {}
    for body, path_in_bundle in [(first, where), *rest]:
        for index, row in enumerate(body.get(name) or []):
            key = row.get("id") if isinstance(row, dict) else None
            if key is None:
                raise SourceMalformed(f"pagerduty: {path} lists a row without id")
            rows.setdefault(key, (row, f"{path_in_bundle}#/{name}/{index}"))
    lacking = "" if len(rows) >= total else f"{len(rows)} of {total} {name.replace('_', ' ')} could be had"
    return list(rows.values()), lacking
