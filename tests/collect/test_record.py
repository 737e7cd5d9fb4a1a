"""Facts about recording and replaying: what a collector sees live is what it will see offline."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from incident_timeline.collect.asking import open_client
from incident_timeline.collect.bundle import Bundle, open_bundle
from incident_timeline.collect.key import BASE_URL, request_of
from incident_timeline.collect.limit import Clock
from incident_timeline.collect.record import EVIDENCE, RecordTransport, ReplayTransport
from incident_timeline.collect.redact import Redactor
from incident_timeline.errors import NotInBundle, SourceUnreachable

CLOCK = Clock(now=lambda: datetime(2026, 11, 17, 18, tzinfo=UTC))


def recording(
    bundle: Bundle,
    respond: Callable[[httpx.Request], httpx.Response],
    *,
    refresh: bool = False,
    url: str = "http://127.0.0.1:9090",
) -> httpx.Client:
    """A client over a chain whose network is a function."""
    inner = httpx.MockTransport(respond)
    return open_client(RecordTransport("src", inner, bundle, Redactor(["s3cret"]), CLOCK, url, refresh=refresh))


def replaying(bundle: Bundle) -> httpx.Client:
    """A client over the bundle alone."""
    return open_client(ReplayTransport("src", bundle))


def seen(answer: httpx.Response) -> tuple[int, bytes, dict[str, str]]:
    """All that a collector can see of an answer."""
    return answer.status_code, answer.content, {k: v for k, v in answer.headers.items() if k != "content-length"}


@pytest.mark.parametrize("status", [200, 402, 403, 404, 422])
def test_a_replay_shows_what_the_live_chain_showed(status: int, tmp_path: Path) -> None:
    """Status, body after cutting, kept headers and the place in the bundle; refusals too."""
    headers = {
        "content-type": "application/json",
        "link": '</x?page=2>; rel="next"',
        "set-cookie": "s3cret",
        "date": "now",
    }
    bundle = open_bundle(tmp_path)

    live = recording(
        bundle, lambda _: httpx.Response(status, headers=headers, content=b'{"a":"s3cret","m":"b@example.com"}')
    )
    first = seen(live.get("/x", params={"q": "1"}))
    bundle.finish()

    assert first == seen(replaying(open_bundle(tmp_path)).get("/x", params={"q": "1"}))
    assert b'{"a":"[secret]","m":"[e-mail]"}' == first[1]
    assert {"content-type", "link", EVIDENCE} == set(first[2])
    assert (tmp_path / first[2][EVIDENCE]).is_file()


def test_a_failure_is_the_same_failure_offline(tmp_path: Path) -> None:
    """The report of a replay says in the same words what could not be reached."""

    def down(_: httpx.Request) -> httpx.Response:
        raise SourceUnreachable("src: cannot connect; check url")

    bundle = open_bundle(tmp_path)
    with pytest.raises(SourceUnreachable, match="cannot connect"):
        recording(bundle, down).get("/x")
    bundle.finish()

    with pytest.raises(SourceUnreachable, match=r"^src: cannot connect; check url$"):
        replaying(open_bundle(tmp_path)).get("/x")


def test_what_the_bundle_lacks_is_an_error_that_names_the_request(tmp_path: Path) -> None:
    """It never reaches for a network."""
    with pytest.raises(NotInBundle, match="no answer to GET /y; build once without --offline"):
        replaying(open_bundle(tmp_path)).get("/y")


def test_what_is_complete_is_not_asked_again_and_what_failed_is(tmp_path: Path) -> None:
    """A second build asks only for what is missing."""
    asked: list[str] = []

    def respond(request: httpx.Request) -> httpx.Response:
        asked.append(request.url.path)
        return httpx.Response(200 if request.url.path == "/good" or len(asked) > 2 else 403, json={})

    bundle = open_bundle(tmp_path)
    for _ in range(2):
        client = recording(bundle, respond)
        client.get("/good")
        client.get("/bad")
    assert ["/good", "/bad", "/bad"] == asked


def test_an_open_incident_is_asked_anew_once_in_each_run(tmp_path: Path) -> None:
    """`refresh` gets what has changed since, without losing what was."""
    answers = iter([b'"triggered"', b'"resolved"', b'"never asked"'])
    bundle = open_bundle(tmp_path)
    recording(bundle, lambda _: httpx.Response(200, content=next(answers))).get("/x")

    again = recording(bundle, lambda _: httpx.Response(200, content=next(answers)), refresh=True)

    assert [b'"resolved"', b'"resolved"'] == [again.get("/x").content for _ in range(2)]
    assert b'"resolved"' == replaying(bundle).get("/x").content


def test_a_refresh_that_fails_falls_back_to_the_record(tmp_path: Path) -> None:
    """Evidence once had is not lost because a server is down today."""

    def down(_: httpx.Request) -> httpx.Response:
        raise SourceUnreachable("down")

    bundle = open_bundle(tmp_path)
    recording(bundle, lambda _: httpx.Response(200, content=b'"had"')).get("/x")

    assert b'"had"' == recording(bundle, down, refresh=True).get("/x").content
    assert b'"had"' == replaying(bundle).get("/x").content


def test_the_host_and_the_order_of_parameters_are_no_part_of_a_request(tmp_path: Path) -> None:
    """A bundle recorded at one address replays for another configuration."""
    bundle = open_bundle(tmp_path)
    recording(bundle, lambda _: httpx.Response(200, content=b"1"), url="https://a.example/prefix").get(
        "/x", params={"a": 1, "b": 2}
    )

    assert b"1" == replaying(bundle).get("/x?b=2&a=1").content


def test_two_posts_that_differ_in_their_form_are_two_requests(tmp_path: Path) -> None:
    """Prometheus is asked by form: the body is what was asked."""
    bundle = open_bundle(tmp_path)
    client = recording(bundle, lambda request: httpx.Response(200, content=request.content))
    for query in ("up", "down"):
        client.post("/q", data={"query": query, "step": "5"})

    found = replaying(bundle).post("/q", data={"step": "5", "query": "down"})

    assert b"query=down&step=5" == found.content
    assert [{"query": "down", "step": "5"}, {"query": "up", "step": "5"}] == sorted(
        (dict(entry.form) for entry in bundle.entries), key=lambda form: form["query"]
    )


def test_the_manifest_names_where_it_was_asked_without_secrets(tmp_path: Path) -> None:
    """The address as sent, and never a token."""
    bundle = open_bundle(tmp_path)
    recording(bundle, lambda _: httpx.Response(200), url="https://a.example/p/").get("/x", params={"t": "s3cret"})

    assert ["https://a.example/p/x?t=[secret]"] == [entry.url for entry in bundle.entries]


def test_pages_and_warnings_are_taken_down(tmp_path: Path) -> None:
    """What the answer says of itself goes into the manifest."""
    page = {"more": True, "total": 250, "offset": 100, "limit": 100}
    body = {**page, "rows": [], "warnings": ["a"], "infos": ["b"], "isPartial": True}
    bundle = open_bundle(tmp_path)
    recording(bundle, lambda _: httpx.Response(200, json=body)).get("/x")

    (entry,) = bundle.entries
    assert page == entry.page
    assert ("a", "b", "the server says that the answer is partial") == entry.warnings


def test_the_key_of_a_request_is_the_same_in_every_version() -> None:
    """Recorded bundles depend on it: changing the key orphans every answer."""
    asked = httpx.Request("POST", f"{BASE_URL}/api/v1/query?b=2&a=1", data={"query": "up", "time": "1"})

    assert "d280d57215801f7d" == request_of("prometheus", asked).key


def test_the_same_question_at_the_same_time_is_asked_once(tmp_path: Path) -> None:
    """Who asks while the answer is on its way waits for it and gets it."""
    asked: list[str] = []
    other_asks = threading.Event()

    def respond(request: httpx.Request) -> httpx.Response:
        asked.append(request.url.path)
        assert other_asks.wait(10)
        return httpx.Response(200, json={"n": len(asked)})

    bundle = open_bundle(tmp_path)

    def get(number: int) -> Any:
        if number:
            other_asks.set()
        chain = RecordTransport("pagerduty", httpx.MockTransport(respond), bundle, Redactor(), CLOCK, "http://x")
        return open_client(chain).get("/incidents/1").json()

    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(get, 0)
        answers = [pool.submit(get, 1).result(), first.result()]

    assert (["/incidents/1"], [{"n": 1}] * 2) == (asked, answers)
