"""Facts about the network end of the chain: one host, its credentials, its certificates."""

import ssl
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from incident_timeline.collect.key import BASE_URL
from incident_timeline.collect.network import HostTransport, Network, authorization
from incident_timeline.config import Connection
from incident_timeline.errors import ConfigError

Answer = Callable[[httpx.Request], httpx.Response]
OK = httpx.Response(200, content=b"{}")


@pytest.mark.parametrize(
    ("kind", "connection", "expected"),
    [
        ("pagerduty", Connection("https://x", token="t"), {"Authorization": "Token token=t"}),
        ("pagerduty", Connection("https://x", bearer="b"), {"Authorization": "Bearer b"}),
        ("github", Connection("https://x", token="t"), {"Authorization": "Bearer t"}),
        ("gitlab", Connection("https://x", token="t"), {"PRIVATE-TOKEN": "t"}),
        ("prometheus", Connection("https://x", username="u", password="p"), {"Authorization": "Basic dTpw"}),
        ("prometheus", Connection("https://x", headers=(("X-Scope-OrgID", "acme"),)), {"X-Scope-OrgID": "acme"}),
        ("prometheus", Connection("https://x"), {}),
    ],
)
def test_credentials_go_in_each_vendors_own_form(kind: str, connection: Connection, expected: dict[str, str]) -> None:
    """One place knows them: the network end of the chain."""
    assert expected == authorization(kind, connection)


def through(connection: Connection, respond: Answer, request: httpx.Request) -> tuple[httpx.Response, httpx.Request]:
    """What the network end sends and gives back, over a pool that a test answers."""
    sent: list[httpx.Request] = []

    def record(one: httpx.Request) -> httpx.Response:
        sent.append(one)
        return respond(one)

    class Pools(Network):
        """A network whose pool is the test's own."""

        def pool(self, connection: Connection) -> httpx.BaseTransport:
            """The test's answers."""
            return httpx.MockTransport(record)

    return HostTransport("github", connection, Pools()).handle_request(request), sent[0]


def test_relative_requests_go_to_the_one_configured_host_under_its_path() -> None:
    """A Grafana proxy's path stays in front; the collector's stand-in host and its headers never leave."""
    where = Connection("https://grafana.example/api/datasources/proxy/uid/p1", token="glsa", timeout_s=7)
    asked = httpx.Request(
        "POST", f"{BASE_URL}/api/v1/query?a=1&b=%5B%5D", headers={"authorization": "placeholder"}, content=b"q=1"
    )

    _, sent = through(where, lambda _: httpx.Response(200), asked)

    assert "https://grafana.example/api/datasources/proxy/uid/p1/api/v1/query?a=1&b=%5B%5D" == str(sent.url)
    assert ("Bearer glsa", "grafana.example", b"q=1") == (
        sent.headers["authorization"],
        sent.headers["host"],
        sent.content,
    )
    assert {"connect": 7, "read": 7, "write": 7, "pool": 7} == sent.extensions["timeout"]


def test_answers_are_zipped_over_a_network_and_plain_on_loopback() -> None:
    """Zipping on loopback costs eight times what it saves."""
    for url, expected in (("http://127.0.0.1:9090", "identity"), ("http://[::1]:9090", "identity"),
                          ("https://prometheus.example", "gzip, deflate")):  # fmt: skip
        _, sent = through(Connection(url), lambda _: httpx.Response(200), httpx.Request("GET", f"{BASE_URL}/x"))
        assert expected == sent.headers["accept-encoding"]


def test_links_on_the_same_host_become_relative_and_others_stay() -> None:
    """So a collector can see, live and in a replay alike, that a link leaves the configured host."""
    link = '<https://api.github.com/repositories/1/deployments?page=2>; rel="next", <https://evil.example/x?page=9>; rel="last"'

    answer, _ = through(Connection("https://api.github.com"), lambda _: httpx.Response(200, headers={"link": link}),
                        httpx.Request("GET", f"{BASE_URL}/x"))  # fmt: skip

    assert (
        '</repositories/1/deployments?page=2>; rel="next", <https://evil.example/x?page=9>; rel="last"'
        == answer.headers["link"]
    )


def test_certificates_are_always_verified(monkeypatch: pytest.MonkeyPatch) -> None:
    """Over https the context checks certificate and name; plain http gets one that trusts nothing and costs nothing."""
    made: list[ssl.SSLContext] = []
    monkeypatch.setattr(
        httpx, "HTTPTransport", lambda **given: made.append(given["verify"]) or httpx.MockTransport(lambda _: OK)
    )
    network = Network()
    for url in ("https://a.example", "http://b.example", "https://a.example"):
        network.pool(Connection(url))

    assert [True, True] == [one.check_hostname and one.verify_mode == ssl.CERT_REQUIRED for one in made]
    assert [True, False] == [bool(one.get_ca_certs()) for one in made]


@pytest.mark.parametrize("key", ["ca_file", "cert_file"])
def test_a_certificate_file_that_cannot_be_used_is_named(key: str, tmp_path: Path) -> None:
    """Before any request is sent."""
    (tmp_path / "no.pem").write_text("not a certificate")

    for file in ("no.pem", "absent.pem"):
        with pytest.raises(ConfigError, match="cannot use ca_file, cert_file or key_file"):
            Network().pool(Connection("https://a.example", **{key: str(tmp_path / file)}))  # type: ignore[arg-type]
