"""Speaks to PagerDuty through its official client, or a pdpyras session, over our own chain of transports."""

import logging
import warnings
from collections.abc import Callable, Hashable
from typing import Any, Protocol, cast

import httpx
import httpx2
import pagerduty

from incident_timeline.collect.asking import check_refusal, in_flight
from incident_timeline.collect.key import BASE_URL
from incident_timeline.collect.record import EVIDENCE
from incident_timeline.errors import (
    SourceMalformed,
    SourceMissing,
    SourceRefused,
    SourceUnreachable,
    TimelineError,
)

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


class GivenSession(Protocol):
    """A client of the caller's own; `parent` is the plain requests.Session or httpx2.Client that it is built on."""

    parent: Any

    def normalize_url(self, url: str) -> str:
        """The whole address of a path."""
        ...

    def normalize_params(self, params: dict[str, Any]) -> dict[str, Any]:
        """Parameters in the form that the API takes."""
        ...

    def prepare_headers(self, method: str) -> Any:
        """The headers of one request, credentials included."""
        ...


class SessionTransport(httpx.BaseTransport):
    """The network end of a chain that sends through a client of the caller's own, pagerduty's or pdpyras'.

    Its address, headers, proxies and certificates are its own. Each request goes through the plain client beneath, because
    the wrapped one waits 3, 6, 12, ... seconds without end after a 429, whatever ratelimit-reset says, and sends a time-out of
    60 s whatever it was given (measured on pdpyras 5.4.1 and pagerduty 7.2.0); the chain waits as told, and `timeout_s` holds.
    """

    def __init__(self, session: GivenSession, timeout_s: float = 30.0) -> None:
        self.session, self.timeout_s = session, timeout_s

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """One try; what went wrong on the way is an error of httpx, as the chain expects it."""
        params: dict[str, Any] = {}
        for name, value in request.url.params.multi_items():
            params[name] = value if name not in params else [*_listed(params[name]), value]
        ours = self.session
        try:
            answer = ours.parent.request(
                request.method, ours.normalize_url(request.url.path), params=ours.normalize_params(params),
                headers=ours.prepare_headers(request.method), timeout=self.timeout_s,
            )  # fmt: skip
        except Exception as error:  # noqa: BLE001, requests and httpx2 share no base
            raise _as_httpx(error) from None
        kept = {k: v for k, v in answer.headers.items() if k.lower() == "content-type" or "ratelimit" in k.lower()}
        return httpx.Response(answer.status_code, headers=kept, content=answer.content)


def _as_httpx(error: Exception) -> httpx.TransportError:
    """The error of httpx that means the same; httpx2 has httpx' names, requests calls one of them ConnectionError."""
    name = {"ConnectionError": "ConnectError", "SSLError": "ConnectError"}.get(
        type(error).__name__, type(error).__name__
    )
    known = getattr(httpx, name, None)
    kind = known if isinstance(known, type) and issubclass(known, httpx.TransportError) else httpx.NetworkError
    return kind(str(error) or name)


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


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
    answer = _get(session, path, params or {})
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
    if not isinstance(body, dict):
        raise SourceMalformed(
            f"pagerduty: {path} answered {status} in no form that it uses; check that url is the API's address"
        )
    if status != 200:
        raise SourceMalformed(f"pagerduty: {path} answered {status}: {str(body)[:200]}")
    return body, str(answer.headers.get(EVIDENCE) or f"pagerduty{path}")


def _get(session: Session, path: str, params: dict[str, Any]) -> Any:
    """One GET; what the client makes of an answer (an error of its own for 401) is undone."""
    try:
        return session.get(path, params=params)
    except TimelineError:
        raise
    except Exception as error:  # noqa: BLE001, pagerduty and httpx2 share no base
        answer = getattr(error, "response", None)
        if answer is None:
            raise SourceUnreachable(f"pagerduty: {path}: {error or type(error).__name__}; check url") from None
        return answer


def _by_id(row: dict[str, Any]) -> Hashable:
    return cast("Hashable", row.get("id"))


def ask_all(
    session: Session, path: str, name: str, params: dict[str, Any], key: Callable[[dict[str, Any]], Hashable] = _by_id
) -> tuple[list[tuple[dict[str, Any], str]], str]:
    """Every row of a paged list with its bundle pointer, and what is lacking in words (empty when complete).

    The first page is asked with `total=true`, the others together; where no total comes, page after page for as long as
    there is `more`. A row that two pages hold stands once, `key` tells it: entries made while paging push older ones to
    the next page.
    """

    def page(offset: int) -> tuple[dict[str, Any], str]:
        return ask(session, path, {**params, "limit": PAGE, "offset": offset, "total": "true"})

    pages = [page(0)]
    total = pages[0][0].get("total")
    if isinstance(total, int):
        pages += in_flight(page, range(PAGE, min(total, MOST), PAGE))
    else:
        while pages[-1][0].get("more") and len(pages) * PAGE < MOST:
            pages.append(page(len(pages) * PAGE))
    rows: dict[Hashable, tuple[dict[str, Any], str]] = {}
    for body, path_in_bundle in pages:
        for index, row in enumerate(body.get(name) or []):
            known = key(row) if isinstance(row, dict) else None
            if known is None:
                raise SourceMalformed(f"pagerduty: {path} lists a row without id")
            rows.setdefault(known, (row, f"{path_in_bundle}#/{name}/{index}"))
    return list(rows.values()), _lacking(len(rows), total, pages[-1][0].get("more"), name.replace("_", " "))


def _lacking(had: int, total: Any, more: Any, what: str) -> str:
    if isinstance(total, int) and had < total:
        limit = f"; PagerDuty serves the first {MOST:,} only" if total > MOST else "; build again to fetch the others"
        return f"{had} of {total} {what} could be had{limit}"
    return f"only {had} {what} could be had, and there are more" if more and not isinstance(total, int) else ""
