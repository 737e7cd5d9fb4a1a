"""The network end of the chain: the configured host's address, its credentials, its TLS, and nothing else."""

import base64
import ipaddress
import re
import ssl
import threading
from urllib.parse import urlsplit

import httpx

from incident_timeline.collect.limit import Host
from incident_timeline.config import Connection
from incident_timeline.errors import ConfigError

IN_FLIGHT = 16  # per host; twice as many gained 3 % (reference/performance.md, section 5)
# Where more gain: a round trip is what a build waits for. GitHub allows 100 at once and wants one request a deployment;
# Prometheus queues what it does not run (20 at once by default); PagerDuty has 20 pages of entries at most in all but the
# longest incidents.
MOST_IN_FLIGHT = {"github": 80, "prometheus": 96, "pagerduty": 20}
_CONNECT_S = 10.0
_LINK = re.compile(r"<([^>]*)>")


class Network:
    """The connections of one run: one pool and one limit per host, one TLS context per set of certificates."""

    def __init__(self, in_flight: int = IN_FLIGHT) -> None:
        self.in_flight = in_flight
        self._lock = threading.Lock()
        self._pools: dict[tuple[str | None, ...], httpx.BaseTransport] = {}
        self._hosts: dict[str, Host] = {}

    def host(self, connection: Connection, kind: str = "") -> Host:
        """What all requests to the connection's host share; the kind that is asked for first sets the limit."""
        most = MOST_IN_FLIGHT.get(kind, self.in_flight)
        with self._lock:
            return self._hosts.setdefault(_origin(connection.url), Host(threading.Semaphore(most)))

    def pool(self, connection: Connection) -> httpx.BaseTransport:
        """The connection pool of the connection's host; made at the first request."""
        identity = (_origin(connection.url), connection.ca_file, connection.cert_file, connection.key_file)
        with self._lock:
            if identity not in self._pools:
                most = max(self.in_flight, *MOST_IN_FLIGHT.values())  # the host's own limit is the lower one
                limits = httpx.Limits(max_connections=most, max_keepalive_connections=most)
                self._pools[identity] = httpx.HTTPTransport(verify=_context(connection), trust_env=False, limits=limits)
            return self._pools[identity]

    def close(self) -> None:
        """Closes all connections."""
        for pool in self._pools.values():
            pool.close()


class HostTransport(httpx.BaseTransport):
    """Sends a source's relative requests to the one configured host, with its credentials; never to another host."""

    def __init__(self, kind: str, connection: Connection, network: Network) -> None:
        self.connection, self.network = connection, network
        self.headers = authorization(kind, connection)
        self._base = httpx.URL(connection.url)
        self._loopback = _is_loopback(self._base.host)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """The host's answer; `Link` addresses on the same host come back relative, others stay absolute."""
        path = self._base.raw_path.rstrip(b"/") + request.url.raw_path
        headers = httpx.Headers(
            [(k, v) for k, v in request.headers.multi_items() if k not in ("host", "authorization")]
        )
        # zipping costs the server more than a loopback saves: 8.5 times slower at 50 MB
        headers["accept-encoding"] = "identity" if self._loopback else "gzip, deflate"
        headers.update(self.headers)
        timeout = httpx.Timeout(self.connection.timeout_s, connect=min(_CONNECT_S, self.connection.timeout_s))
        sent = httpx.Request(
            request.method, self._base.copy_with(raw_path=path), headers=headers, content=request.read(),
            extensions={"timeout": timeout.as_dict()},
        )  # fmt: skip
        answer = self.network.pool(self.connection).handle_request(sent)
        if "link" in answer.headers:
            answer.headers["link"] = _LINK.sub(self._relative, answer.headers["link"])
        return answer

    def _relative(self, link: re.Match[str]) -> str:
        base = self.connection.url.rstrip("/")
        if link[1].startswith(f"{base}/"):
            return f"<{link[1][len(base) :]}>"
        return str(link[0])


def authorization(kind: str, connection: Connection) -> dict[str, str]:
    """The headers that carry a connection's credentials, in the vendor's own form; configured headers win."""
    headers: dict[str, str] = {}
    if connection.username is not None:
        pair = f"{connection.username}:{connection.password or ''}".encode()
        headers["Authorization"] = "Basic " + base64.b64encode(pair).decode("ascii")
    if connection.bearer:
        headers["Authorization"] = f"Bearer {connection.bearer}"
    if connection.token:
        if kind == "gitlab":
            headers["PRIVATE-TOKEN"] = connection.token
        else:
            headers["Authorization"] = f"{'Token token=' if kind == 'pagerduty' else 'Bearer '}{connection.token}"
    return {**headers, **dict(connection.headers)}


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _context(connection: Connection) -> ssl.SSLContext:
    """The TLS context of a connection; for plain http an empty one, since loading certificates takes 20 to 40 ms."""
    if not connection.url.startswith("https://"):
        return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context = httpx.create_ssl_context(trust_env=False)
    try:
        if connection.ca_file:
            context.load_verify_locations(cafile=connection.ca_file)
        if connection.cert_file:
            context.load_cert_chain(connection.cert_file, connection.key_file)
    except (OSError, ssl.SSLError) as error:
        raise ConfigError(
            f"{_origin(connection.url)}: cannot use ca_file, cert_file or key_file ({error}); check their paths and format"
        ) from None
    return context
