"""Facts about TLS with a private authority and basic auth, on a real Prometheus."""

import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from incident_timeline.collect.prometheus import PrometheusCollector
from incident_timeline.config import Connection
from incident_timeline.model.findings import Coverage
from incident_timeline.model.incident import Incident, Window
from tests.collect.sources import chain
from tests.lab.servers import Servers, free_port, missing_binaries

pytestmark = pytest.mark.live

PASSWORD = "read-only"
HASH = "$2b$04$W4MBu9dN/2bqkPmmUzyrqeSJRuHHnNhNjMu7rPt93xcmGthL8Syqe"  # bcrypt of it, with few rounds
AT = datetime(2026, 11, 17, 14, tzinfo=UTC)
INCIDENT = Incident("INC-1", "", "checkout", None, AT, None, "resolved")


@dataclass(frozen=True)
class Secured:
    """A Prometheus that wants TLS and a password, and the authority that signed its certificate."""

    url: str
    authority: str


def openssl(folder: Path, *arguments: str) -> None:
    """One openssl command."""
    subprocess.run(["openssl", *arguments], cwd=folder, check=True, capture_output=True)


@pytest.fixture(scope="module")
def secured(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Secured]:
    """Signed for 127.0.0.1 by an authority that nobody knows."""
    if absent := [*missing_binaries(), *([] if shutil.which("openssl") else ["openssl"])]:
        pytest.skip(f"not installed: {', '.join(absent)}")
    folder = tmp_path_factory.mktemp("tls")
    # Python 3.13 refuses an authority that does not say what its key is for, and a certificate that does not name it.
    (folder / "san.cnf").write_text("subjectAltName=IP:127.0.0.1\nauthorityKeyIdentifier=keyid\n")
    usage = ["-addext", "keyUsage=critical,keyCertSign,cRLSign"]
    key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    openssl(
        folder,
        "req",
        "-x509",
        *key,
        *usage,
        "-keyout",
        "ca.key",
        "-out",
        "ca.pem",
        "-days",
        "2",
        "-subj",
        "/CN=Lab authority",
    )
    openssl(folder, "req", *key, "-keyout", "server.key", "-out", "server.csr", "-subj", "/CN=prometheus")
    openssl(folder, "x509", "-req", "-in", "server.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-days", "2",
            "-out", "server.pem", "-extfile", "san.cnf")  # fmt: skip
    (folder / "web.yml").write_text(
        f"tls_server_config: {{cert_file: server.pem, key_file: server.key}}\nbasic_auth_users: {{reader: '{HASH}'}}\n"
    )
    (folder / "prometheus.yml").write_text("global: {}\n")
    port = free_port()
    with Servers(folder / "run") as servers:
        servers.start("prometheus", "prometheus", "--config.file=prometheus.yml", "--storage.tsdb.path=tsdb", "--log.level=warn",
                      "--web.config.file=web.yml", f"--web.listen-address=127.0.0.1:{port}", folder=folder)  # fmt: skip
        wait_for_port(port)
        yield Secured(f"https://127.0.0.1:{port}", str(folder / "ca.pem"))


def wait_for_port(port: int) -> None:
    """Waits until something listens."""
    for _ in range(400):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise TimeoutError(f"nothing listens on {port}")


def coverage(folder: Path, connection: Connection) -> Coverage:
    """What a build would say of this Prometheus."""
    transport, _ = chain(folder, connection, "prometheus", "prometheus")
    return PrometheusCollector({}).collect(transport, Window(AT - timedelta(hours=1), AT), INCIDENT).coverage[0]


def test_with_the_authority_and_the_password_it_works(secured: Secured, tmp_path: Path) -> None:
    """Nothing but ca_file, username and password is needed."""
    where = Connection(secured.url, username="reader", password=PASSWORD, ca_file=secured.authority)

    assert (True, "") == (coverage(tmp_path, where).ok, coverage(tmp_path, where).reason)


def test_without_the_authority_it_is_refused_with_the_key_to_set(secured: Secured, tmp_path: Path) -> None:
    """Verification is never turned off."""
    found = coverage(tmp_path, Connection(secured.url, username="reader", password=PASSWORD))

    assert not found.ok
    assert "certificate is not trusted" in found.reason
    assert found.reason.endswith("set ca_file of this source")


def test_without_the_password_the_refusal_names_the_token(secured: Secured, tmp_path: Path) -> None:
    """401 is said as that, and the password stands in no sentence."""
    found = coverage(
        tmp_path, Connection(secured.url, username="reader", password="wrong-one", ca_file=secured.authority)
    )

    assert (False, True) == (found.ok, "answers 401" in found.reason)
    assert "wrong-one" not in found.reason


def test_plain_http_to_a_tls_port_says_what_the_server_says(secured: Secured, tmp_path: Path) -> None:
    """The server answers 400 in words; they reach the report."""
    found = coverage(tmp_path, Connection(secured.url.replace("https", "http"), username="reader", password=PASSWORD))

    assert (False, True) == (found.ok, "check url" in found.reason)
