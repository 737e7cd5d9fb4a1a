"""Facts about the official client and pdpyras over our chain: their faults do not reach a build."""

import json
import socket
import subprocess
import sys
import threading
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pagerduty
import pytest
from polars.testing import assert_frame_equal

from incident_timeline.collect.bundle import open_bundle
from incident_timeline.collect.http import live_transport, session_transport
from incident_timeline.collect.limit import Clock, Host, LimitTransport
from incident_timeline.collect.network import Network
from incident_timeline.collect.pagerduty import PagerDutyCollector
from incident_timeline.collect.pagerduty_client import SessionTransport, ask, ask_all, open_session
from incident_timeline.collect.retry import Patience
from incident_timeline.config import Connection
from incident_timeline.errors import SourceMalformed, SourceMissing, SourceRefused, SourceUnreachable
from tests.collect.official import SPECS
from tests.collect.sources import NOW, WINDOW, chain, connection, simulators
from tests.lab.servers import free_port
from tests.lab.simulators import PAGERDUTY_TOKEN

Respond = Callable[[httpx.Request], httpx.Response]


def rows(count: int, *, total: bool = True, most: int = 100) -> Respond:
    """A paged list of so many rows, with or without its total."""

    def respond(request: httpx.Request) -> httpx.Response:
        offset = int(request.url.params["offset"])
        page = [{"id": f"R{n}"} for n in range(offset, min(count, offset + most))]
        more = offset + len(page) < count
        return httpx.Response(200, json={"rows": page, "more": more, "total": count if total else None, "limit": most})

    return respond


def listed(respond: Respond) -> tuple[list[str], str]:
    """The ids of a list and what it lacks."""
    found, lacking = ask_all(open_session(httpx.MockTransport(respond)), "/incidents/Q1/log_entries", "rows", {})
    return [row["id"] for row, _ in found], lacking


@pytest.mark.parametrize("count", [0, 1, 99, 100, 101, 2000])
@pytest.mark.parametrize("total", [True, False])
def test_a_list_is_read_whole_with_and_without_its_total(count: int, total: bool) -> None:
    """`total` is null unless asked for, and may be null all the same."""
    assert ([f"R{n}" for n in range(count)], "") == listed(rows(count, total=total))


def test_a_list_beyond_ten_thousand_is_said_to_be_cut() -> None:
    """PagerDuty answers 400 beyond; the client would stop there with a mere warning."""
    found, lacking = listed(rows(10_300))

    assert 10_000 == len(found)
    assert "10000 of 10300 rows could be had; PagerDuty serves the first 10,000 only" == lacking


def test_entries_that_move_to_the_next_page_stand_once() -> None:
    """A new entry pushes all others down while pages are read."""

    def moving(request: httpx.Request) -> httpx.Response:
        offset = int(request.url.params["offset"])
        ids = range(150) if offset == 0 else range(-1, 150)
        return httpx.Response(200, json={"rows": [{"id": f"R{n}"} for n in ids][offset : offset + 100], "total": 150})

    found, lacking = listed(moving)

    assert (150, "") == (len(set(found)), lacking)


def test_fewer_rows_than_promised_are_said() -> None:
    """A page that came short is no complete list."""
    assert (
        "30 of 40 rows could be had; build again"
        in listed(lambda _: httpx.Response(200, json={"rows": [{"id": str(n)} for n in range(30)], "total": 40}))[1]
    )


def test_the_clients_endless_wait_after_a_429_cannot_begin(monkeypatch: pytest.MonkeyPatch) -> None:
    """It would sleep 3, 6, 12, ... 384 s and ignore ratelimit-reset; the chain waits as told, and the client sees a 200."""
    slept: list[float] = []
    monkeypatch.setattr(time, "sleep", lambda seconds: pytest.fail(f"the client sleeps {seconds} s"))
    answers = [httpx.Response(429, headers={"ratelimit-reset": "7"})] * 3 + [httpx.Response(200, json={"incident": {}})]
    clock = Clock(now=lambda: NOW, monotonic=lambda: sum(slept), sleep=slept.append)
    limited = LimitTransport(
        "pagerduty", httpx.MockTransport(lambda _: answers.pop(0)), Host(threading.Semaphore(1)), clock, Patience()
    )

    assert {"incident": {}} == ask(open_session(limited), "/incidents/1")[0]
    assert [7.0, 7.0, 7.0] == slept


def test_an_unreachable_server_is_our_own_error_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """The client would try network errors three times more, 21 s in all."""
    monkeypatch.setattr(time, "sleep", lambda seconds: pytest.fail(f"the client sleeps {seconds} s"))

    def down(_: httpx.Request) -> httpx.Response:
        raise SourceUnreachable("pagerduty: cannot connect")

    with pytest.raises(SourceUnreachable, match="cannot connect"):
        ask(open_session(httpx.MockTransport(down)), "/incidents/1")


def test_a_plain_http_address_works_though_the_client_refuses_it() -> None:
    """The client demands https; it only ever speaks to the chain."""
    with pytest.raises(pagerduty.UrlError):
        pagerduty.RestApiV2Client("x", base_url="http://127.0.0.1:1")
    assert {"incident": {}} == ask(
        open_session(httpx.MockTransport(lambda _: httpx.Response(200, json={"incident": {}}))), "/incidents/1"
    )[0]


def test_the_client_never_holds_the_token() -> None:
    """The network end of the chain puts it on, so that no log or error of the client can show it."""
    seen: list[str] = []
    open_session(httpx.MockTransport(lambda r: seen.append(str(r.headers)) or httpx.Response(200, json={}))).get(
        "/incidents/1"
    )

    assert "authorization" not in seen[0].lower()


@pytest.mark.parametrize(
    ("status", "error", "words"),
    [
        (401, SourceRefused, "check the token, its permissions, and that url is the right region"),
        (403, SourceRefused, "check the token"),
        (402, SourceRefused, "not part of this account's plan"),
        (404, SourceMissing, "not known there"),
        (400, SourceMalformed, "answered 400"),
        (200, SourceMalformed, "without JSON"),
    ],
)
def test_refusals_are_our_own_errors_with_what_to_do(status: int, error: type[Exception], words: str) -> None:
    """Whatever the client makes of them."""
    body = b"<html>" if status == 200 else b'{"error":{"message":"no","code":1}}'

    with pytest.raises(error, match=words):
        ask(open_session(httpx.MockTransport(lambda _: httpx.Response(status, content=body))), "/incidents/1")


def pdpyras_session(url: str, token: str = PAGERDUTY_TOKEN) -> Any:
    """A session of the package that pagerduty replaced."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        pdpyras = pytest.importorskip("pdpyras")
        session = pdpyras.APISession(token)
    session.url = url
    return session


def pagerduty_client(url: str, token: str = PAGERDUTY_TOKEN) -> Any:
    """A client of the caller's own."""
    client = pagerduty.RestApiV2Client(token)
    client._url = url  # noqa: SLF001, it takes no http address otherwise
    return client


BOTH = pytest.mark.parametrize("make", [pdpyras_session, pagerduty_client])


def waiting(slept: list[float]) -> Clock:
    """A clock that moves only when somebody waits."""
    return Clock(now=lambda: NOW, monotonic=lambda: sum(slept), sleep=slept.append)


@BOTH
def test_a_session_of_the_callers_own_gives_the_same_timeline(make: Callable[[str], Any], tmp_path: Path) -> None:
    """pdpyras or pagerduty from a notebook: recorded, cut and replayed like every other answer."""
    collector = PagerDutyCollector()
    with simulators(notes=120) as one:
        transport, _ = chain(tmp_path / "ours", connection(one, "pagerduty"), "pagerduty", "pagerduty")
        ours = collector.collect(transport, WINDOW, collector.find_incident(transport, "INC-123"))
        session, bundle = make(one.pagerduty_url), open_bundle(tmp_path / "theirs")
        theirs_chain = session_transport("pagerduty", session, bundle, Clock(now=lambda: NOW))
        theirs = collector.collect(theirs_chain, WINDOW, collector.find_incident(theirs_chain, "INC-123"))

    assert_frame_equal(ours.events, theirs.events)
    assert (ours.coverage, ours.paging) == (theirs.coverage, theirs.paging)


@BOTH
def test_a_session_that_is_refused_says_so_in_our_words(make: Callable[..., Any]) -> None:
    """Both raise an error of their own for 401."""
    with simulators() as one:
        session = open_session(SessionTransport(make(one.pagerduty_url, "wrong")))
        with pytest.raises(SourceRefused, match=r"401 .* check the token"):
            ask(session, "/incidents/123")


@BOTH
def test_a_given_session_waits_after_a_429_as_pagerduty_asks(
    make: Callable[[str], Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Seconds in ratelimit-reset, our own doubling pause where a 429 comes without headers; its own endless wait never."""
    monkeypatch.setattr(time, "sleep", lambda seconds: pytest.fail(f"the client sleeps {seconds} s"))
    slept: list[float] = []
    with simulators() as one:
        one.too_many = [7, None, 3]
        transport = session_transport("pagerduty", make(one.pagerduty_url), open_bundle(tmp_path), waiting(slept))
        incident = PagerDutyCollector().find_incident(transport, "INC-123")

    assert ("INC-123", [7.0, 1.0, 3.0]) == (incident.id, slept)


@BOTH
def test_a_given_sessions_ignored_timeout_is_ours_instead(make: Callable[[str], Any], tmp_path: Path) -> None:
    """It would wait 60 s for a server that takes the connection and never answers, whatever it was told."""
    slept: list[float] = []
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        session = make(f"http://127.0.0.1:{silent.getsockname()[1]}")
        transport = session_transport("pagerduty", session, open_bundle(tmp_path), waiting(slept), timeout_s=0.1)
        with pytest.raises(SourceUnreachable, match="no answer in time"):
            ask(open_session(transport), "/incidents/123")

    assert 60 == session.timeout


def test_the_official_clients_ignored_timeout_is_ours_instead(tmp_path: Path) -> None:
    """timeout_s of the configuration holds, though the client sends 60 s."""
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        where = Connection(f"http://127.0.0.1:{silent.getsockname()[1]}", token="t", timeout_s=0.1)
        with pytest.raises(SourceUnreachable, match="no answer in time"):
            ask(open_session(chain(tmp_path, where, "pagerduty", "pagerduty")[0]), "/incidents/123")


@BOTH
def test_a_given_session_without_a_server_is_said_at_once(make: Callable[[str], Any], tmp_path: Path) -> None:
    """Its three more tries of 3, 6 and 12 s are not made."""
    transport = session_transport(
        "pagerduty", make(f"http://127.0.0.1:{free_port()}"), open_bundle(tmp_path), waiting([])
    )

    with pytest.raises(SourceUnreachable, match="cannot connect"):
        ask(open_session(transport), "/incidents/123")


def test_a_cursor_endpoint_is_silently_empty_to_the_client_and_none_is_listed_through_it() -> None:
    """`iter_all` gives nothing there; we page by ourselves, and nothing that we ask is paged by a cursor."""
    client = open_session(httpx.MockTransport(lambda _: httpx.Response(200, json={"records": [{"id": "1"}]})))
    spec = json.loads((SPECS / "pagerduty.json").read_text(encoding="utf-8"))
    cursors = [path for path, one in spec["paths"].items() if "cursor" in json.dumps(one["get"]["parameters"])]

    assert ([], []) == (list(client.iter_all("/audit/records")), cursors)  # type: ignore[attr-defined]


@pytest.mark.parametrize("reset", [4, None])
def test_a_429_of_the_lists_is_waited_for_once_by_all(reset: int | None, tmp_path: Path) -> None:
    """Parts are asked together: the pause holds for the host, and every part comes."""
    slept: list[float] = []
    with simulators() as one:
        collector, where = PagerDutyCollector(), connection(one, "pagerduty")
        transport = live_transport("pagerduty", "pagerduty", where, open_bundle(tmp_path), Network(), waiting(slept))
        incident = collector.find_incident(transport, "INC-123")
        one.too_many = [reset]
        found = collector.collect(transport, WINDOW, incident)

    assert [True] == [c.ok for c in found.coverage]
    assert sum(slept) == (4.0 if reset else 0.5)


def test_the_region_of_the_url_is_the_one_that_is_asked(tmp_path: Path) -> None:
    """A token of the EU works at the EU's address, and elsewhere the refusal names the region."""
    with simulators() as one:
        one.region = "eu"
        there = Connection(one.pagerduty_eu_url, token=PAGERDUTY_TOKEN)
        transport = chain(tmp_path / "eu", there, "pagerduty", "pagerduty")[0]
        found = PagerDutyCollector().find_incident(transport, "INC-123")
        with pytest.raises(SourceRefused, match="that url is the right region"):
            PagerDutyCollector().find_incident(
                chain(tmp_path / "us", connection(one, "pagerduty"), "pagerduty", "pagerduty")[0], "INC-123"
            )

    assert "INC-123" == found.id


def test_the_client_writes_nothing_to_stderr() -> None:
    """Its logger would print errors through logging's last resort; a user sees our sentence alone."""
    script = (
        "import httpx\nfrom incident_timeline.collect.pagerduty_client import ask, open_session\n"
        "session = open_session(httpx.MockTransport(lambda _: httpx.Response(500, json={})))\n"
        "try:\n    ask(session, '/incidents/1')\nexcept Exception as error:\n    print(type(error).__name__)\n"
    )
    ran = subprocess.run([sys.executable, "-W", "error", "-c", script], capture_output=True, text=True, check=True)

    assert ("SourceMalformed\n", "") == (ran.stdout, ran.stderr)


def test_a_build_imports_no_package_that_warns() -> None:
    """pdpyras warns at import; it is only ever brought by the caller."""
    script = "import sys, incident_timeline.pipeline.build; print('pdpyras' in sys.modules)"
    ran = subprocess.run([sys.executable, "-W", "error", "-c", script], capture_output=True, text=True, check=True)

    assert "False\n" == ran.stdout
