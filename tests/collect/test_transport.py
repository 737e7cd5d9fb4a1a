"""Facts about limits and retries: each vendor's own headers, and giving up in words."""

import threading
from collections.abc import Callable
from datetime import UTC, datetime

import httpx
import pytest

from incident_timeline.collect.key import BASE_URL
from incident_timeline.collect.limit import Clock, Host, LimitTransport
from incident_timeline.collect.retry import Patience, is_retryable, named_pause
from incident_timeline.errors import SourceUnreachable

NOW = datetime(2026, 11, 17, 18, tzinfo=UTC)
Answer = Callable[[httpx.Request], httpx.Response]


class FakeTime:
    """A clock that only sleeping moves."""

    def __init__(self) -> None:
        self.at = 1000.0
        self.slept: list[float] = []

    def sleep(self, seconds: float) -> None:
        """Moves the clock."""
        self.slept.append(seconds)
        self.at += seconds

    def clock(self) -> Clock:
        """The clock as the chain wants it."""
        return Clock(now=lambda: NOW, monotonic=lambda: self.at, sleep=self.sleep)


def ask(
    answers: list[httpx.Response | Exception], patience: Patience | None = None
) -> tuple[httpx.Response, list[float], int]:
    """What comes back over a limit, how long it slept, and how many requests were sent."""
    time, sent = FakeTime(), []

    def respond(request: httpx.Request) -> httpx.Response:
        sent.append(request)
        answer = answers[min(len(sent), len(answers)) - 1]
        if isinstance(answer, Exception):
            raise answer
        return httpx.Response(answer.status_code, headers=answer.headers, content=answer.content)

    chain = LimitTransport(
        "src", httpx.MockTransport(respond), Host(threading.Semaphore(4)), time.clock(), patience or Patience()
    )
    try:
        return chain.handle_request(httpx.Request("GET", f"{BASE_URL}/x")), time.slept, len(sent)
    except SourceUnreachable as error:
        error.slept, error.sent = time.slept, len(sent)  # type: ignore[attr-defined]
        raise


OK = httpx.Response(200, content=b"{}")


@pytest.mark.parametrize(
    ("headers", "pause"),
    [
        ({"ratelimit-reset": "7"}, 7.0),  # PagerDuty: seconds
        ({"ratelimit-limit": "960", "ratelimit-remaining": "0", "ratelimit-reset": "31"}, 31.0),
        ({"retry-after": "3"}, 3.0),  # GitHub, Slack
        ({"retry-after": "Tue, 17 Nov 2026 18:00:09 GMT"}, 9.0),
        ({"x-ratelimit-remaining": "0", "x-ratelimit-reset": str(int(NOW.timestamp()) + 12)}, 12.0),  # GitHub: epoch
        ({"ratelimit-reset": str(int(NOW.timestamp()) + 4)}, 4.0),  # GitLab: epoch under PagerDuty's name
        ({"retry-after": "2", "x-ratelimit-reset": str(int(NOW.timestamp()) + 60)}, 2.0),
        ({}, 0.5),  # a 429 may come without headers or body
        ({"retry-after": "soon"}, 0.5),
    ],
)
def test_a_429_waits_as_its_vendor_says_and_never_reaches_a_client(headers: dict[str, str], pause: float) -> None:
    """Seconds at PagerDuty, an epoch at GitHub, and a short pause where nobody says."""
    answer, slept, sent = ask([httpx.Response(429, headers=headers), OK])

    assert (200, [pause], 2) == (answer.status_code, slept, sent)


def test_github_says_too_many_with_403_too() -> None:
    """With `retry-after` or nothing remaining it is a limit, else a refusal that waiting does not change."""
    limited = httpx.Response(
        403, headers={"x-ratelimit-remaining": "0", "x-ratelimit-reset": str(int(NOW.timestamp()) + 5)}
    )

    assert 200 == ask([limited, OK])[0].status_code
    answer, slept, _ = ask([httpx.Response(403, headers={"x-ratelimit-remaining": "41"})])
    assert (403, []) == (answer.status_code, slept)


def test_a_limit_that_lasts_longer_than_patience_is_given_up_with_the_time() -> None:
    """Nobody waits an hour; the sentence says until when."""
    hour = httpx.Response(
        429, headers={"x-ratelimit-remaining": "0", "x-ratelimit-reset": str(int(NOW.timestamp()) + 3600)}
    )

    with pytest.raises(
        SourceUnreachable, match=r"asks to wait 3600 s; build again after 2026-11-17T19:00:00Z"
    ) as caught:
        ask([hour])
    assert ([], 1) == (caught.value.slept, caught.value.sent)  # type: ignore[attr-defined]


def test_a_server_error_is_tried_again_with_growing_pauses_and_then_given_up() -> None:
    """Five tries in all, in words that keep what was collected."""
    with pytest.raises(SourceUnreachable, match="still answers 502 after 5 tries") as caught:
        ask([httpx.Response(502)])

    assert ([0.5, 1.0, 2.0, 4.0], 5) == (caught.value.slept, caught.value.sent)  # type: ignore[attr-defined]


def test_a_query_that_timed_out_in_the_server_is_not_repeated() -> None:
    """Prometheus answers 503 then: asking again would run the heavy query again."""
    body = b'{"status":"error","errorType":"timeout","error":"query timed out in expression evaluation"}'

    answer, slept, sent = ask([httpx.Response(503, content=body)])

    assert (503, [], 1) == (answer.status_code, slept, sent)


@pytest.mark.parametrize("status", [200, 204, 304, 400, 401, 402, 404, 422])
def test_answers_that_will_not_change_come_back_at_once(status: int) -> None:
    """Asking again would give the same."""
    assert not is_retryable(status, {}, b"")
    assert status == ask([httpx.Response(status)])[0].status_code


def test_a_refused_connection_is_tried_three_times_and_names_what_to_check() -> None:
    """The sentence names the source's url."""
    with pytest.raises(SourceUnreachable, match=r"cannot connect \(no\); check url of this source") as caught:
        ask([httpx.ConnectError("no")])

    assert 3 == caught.value.sent  # type: ignore[attr-defined]


def test_a_host_that_is_down_is_asked_once_in_a_run() -> None:
    """Thirty queries to a dead server cost one round of tries, not thirty."""
    time, sent, host = FakeTime(), [], Host(threading.Semaphore(4))

    def refuse(request: httpx.Request) -> httpx.Response:
        sent.append(request)
        raise httpx.ConnectTimeout("too long")

    chain = LimitTransport("src", httpx.MockTransport(refuse), host, time.clock(), Patience())
    for _ in range(30):
        with pytest.raises(SourceUnreachable, match="cannot connect"):
            chain.handle_request(httpx.Request("GET", f"{BASE_URL}/x"))
    assert 2 == len(sent)


def test_each_source_speaks_for_itself_of_a_host_that_is_down() -> None:
    """Two sources share a server; whichever met it first, the error of each names its own."""
    host, time = Host(threading.Semaphore(4)), FakeTime()

    def refused(_: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("no")

    for name in ("prometheus", "github"):
        chain = LimitTransport(name, httpx.MockTransport(refused), host, time.clock(), Patience())
        with pytest.raises(SourceUnreachable, match=rf"^{name}: cannot connect \(no\)"):
            chain.handle_request(httpx.Request("GET", f"{BASE_URL}/x"))


def test_a_certificate_that_is_not_trusted_is_not_tried_again() -> None:
    """It will not become trusted; the sentence names ca_file."""
    with pytest.raises(SourceUnreachable, match=r"certificate is not trusted .*; set ca_file") as caught:
        ask([httpx.ConnectError("[SSL: CERTIFICATE_VERIFY_FAILED] self-signed certificate")])

    assert 1 == caught.value.sent  # type: ignore[attr-defined]


def test_an_answer_that_never_comes_is_tried_twice() -> None:
    """A read time-out may be a hiccup; two are a finding."""
    with pytest.raises(SourceUnreachable, match="no answer in time; check the server, or raise timeout_s") as caught:
        ask([httpx.ReadTimeout("")])

    assert 2 == caught.value.sent  # type: ignore[attr-defined]


def test_a_limit_holds_for_all_requests_to_the_host() -> None:
    """A second request waits for the pause that the first was given: the limit is the key's."""
    time, host, answers = (
        FakeTime(),
        Host(threading.Semaphore(4)),
        [httpx.Response(429, headers={"retry-after": "8"}), OK, OK],
    )
    chain = LimitTransport("src", httpx.MockTransport(lambda _: answers.pop(0)), host, time.clock(), Patience())
    chain.handle_request(httpx.Request("GET", f"{BASE_URL}/a"))
    host.pause(time.at + 5)

    chain.handle_request(httpx.Request("GET", f"{BASE_URL}/b"))

    assert [8.0, 5.0] == time.slept


def test_a_host_gets_no_more_than_its_budget_for_one_build() -> None:
    """Forty seconds a query and a budget of 100: three are asked, the others are told, and what is kept stays kept."""
    time, sent = FakeTime(), []

    def slow(request: httpx.Request) -> httpx.Response:
        sent.append(request)
        time.sleep(40)
        return httpx.Response(200)

    host, patience = Host(threading.Semaphore(4)), Patience(budget_s=100)
    chain = LimitTransport("prometheus", httpx.MockTransport(slow), host, time.clock(), patience)
    for _ in range(3):
        chain.handle_request(httpx.Request("GET", f"{BASE_URL}/x"))

    for _ in range(20):
        with pytest.raises(SourceUnreachable, match=r"budget of 100 s for one build was used up; build again"):
            chain.handle_request(httpx.Request("GET", f"{BASE_URL}/x"))
    assert 3 == len(sent)


def test_no_more_than_the_limit_is_in_flight() -> None:
    """Sixteen threads over a limit of three: never more than three at once."""
    lock, now, most = threading.Lock(), [0], [0]
    gate = threading.Event()

    def slow(_: httpx.Request) -> httpx.Response:
        with lock:
            now[0] += 1
            most[0] = max(most[0], now[0])
        gate.wait(0.02)
        with lock:
            now[0] -= 1
        return httpx.Response(200)

    chain = LimitTransport(
        "src", httpx.MockTransport(slow), Host(threading.Semaphore(3)), FakeTime().clock(), Patience()
    )
    threads = [
        threading.Thread(target=chain.handle_request, args=(httpx.Request("GET", f"{BASE_URL}/{n}"),))
        for n in range(16)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert 3 == most[0]


def test_named_pauses_are_never_negative() -> None:
    """A reset in the past means now."""
    assert 0.0 == named_pause({"x-ratelimit-reset": str(int(NOW.timestamp()) - 60)}, NOW)
