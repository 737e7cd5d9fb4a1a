"""Small accounts, repositories and channels, served by the lab's simulators, for tests of single collectors."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import httpx

from incident_timeline.collect.bundle import Bundle, open_bundle
from incident_timeline.collect.http import live_transport, replay_transport
from incident_timeline.collect.limit import Clock
from incident_timeline.collect.network import Network
from incident_timeline.collect.redact import Redactor
from incident_timeline.config import Connection
from incident_timeline.model.incident import Window
from tests.lab.github_state import Repository
from tests.lab.pagerduty_state import Account
from tests.lab.simulators import GITHUB_TOKEN, PAGERDUTY_TOKEN, SLACK_TOKEN, Simulators
from tests.lab.slack_state import Channel

PEOPLE = {
    "asha": {"name": "Asha Venkat", "pagerduty": "PASHAV1", "slack": "U01ASHA", "github": "asha-v"},
    "jonas": {"name": "Jonas Lindqvist", "pagerduty": "PJONAS1", "slack": "U02JONAS", "github": "jlindqvist"},
}
NOW = datetime(2026, 11, 17, 18, tzinfo=UTC)
T0 = datetime(2026, 11, 17, 14, tzinfo=UTC).timestamp()
WINDOW = Window(datetime(2026, 11, 17, 12, tzinfo=UTC), datetime(2026, 11, 17, 17, tzinfo=UTC))
TRIGGER = {
    "event_action": "trigger", "dedup_key": "d1", "client": "Alertmanager", "client_url": "http://127.0.0.1:9093",
    "payload": {"summary": "[FIRING:1] CheckoutErrors checkout (page)", "source": "Alertmanager", "severity": "critical",
                "custom_details": {"firing": "Labels:\n - alertname = CheckoutErrors\n - service = checkout\nAnnotations:\n"
                                   " - summary = checkout fails\nSource: http://10.1.2.3:9090/graph?g0.expr=rate%28x%5B1m%5D%29+%3E+1&g0.tab=1\n"}},
}  # fmt: skip


def account(notes: int = 1) -> Account:
    """An incident from page to resolve, with notes."""
    one = Account(123, PEOPLE["asha"])
    incident = one.trigger(TRIGGER, T0)
    one.acknowledge(incident, PEOPLE["asha"], T0 + 200)
    for number in range(notes):
        one.note(incident, PEOPLE["asha"], f"note {number}: v418 is what changed", T0 + 300 + number)
    one.request(incident, PEOPLE["asha"], PEOPLE["jonas"], "please join", T0 + 900)
    one.join(incident, PEOPLE["jonas"], T0 + 960)
    one.status(incident, PEOPLE["asha"], "Checkout has recovered.", T0 + 1500)
    one.resolve(incident, PEOPLE["asha"], T0 + 2000)
    return one


def repository() -> Repository:
    """v417 live since the morning, v418, and a rollback to v417 that waited for approval."""
    one = Repository()
    for version, sha, begun in (("v417", "a" * 40, T0 - 20_000), ("v418", "b" * 40, T0 - 600)):
        number = one.deploy("checkout", version, sha, "jlindqvist", begun, f"release {version}")
        for state, later in (("queued", 0), ("in_progress", 7), ("success", 52)):
            one.status(number, state, "github-actions[bot]", begun + later)
    number = one.deploy("checkout", "v417", "a" * 40, "asha-v", T0 + 1000, "back to v417 it goes")
    for state, later in (("pending", 0), ("queued", 200), ("in_progress", 260), ("success", 350)):
        one.status(number, state, "github-actions[bot]", T0 + 1000 + later)
    return one


def channel() -> Channel:
    """Three lines of people and one of a bot."""
    one = Channel(list(PEOPLE.values()))
    one.say(PEOPLE["asha"], "anything deployed? <@U02JONAS> &amp; others", T0 + 210.000123)
    one.announce("deploybot", "checkout v418 is live", T0 + 215)
    one.say(PEOPLE["jonas"], "see <https://example.com/dash|the dashboard>", T0 + 220)
    one.say(PEOPLE["jonas"], "long after", T0 + 90_000)
    return one


@contextmanager
def simulators(notes: int = 1) -> Iterator[Simulators]:
    """All three, serving."""
    with Simulators(account(notes), repository(), channel()) as one:
        yield one


def connection(one: Simulators, source: str, token: str | None = None) -> Connection:
    """How to reach one of them."""
    known = {
        "pagerduty": (one.pagerduty_url, PAGERDUTY_TOKEN),
        "github": (one.github_url, GITHUB_TOKEN),
        "slack": (one.slack_url, SLACK_TOKEN),
    }
    return Connection(known[source][0], token=token or known[source][1], timeout_s=10)


def chain(folder: Path, where: Connection, source: str, kind: str) -> tuple[httpx.BaseTransport, Bundle]:
    """A live chain that records into a folder's bundle."""
    bundle = open_bundle(folder)
    if bundle.collected_at is None:
        bundle.begin(NOW)
    clock = Clock(now=lambda: NOW, sleep=lambda _: None)
    return live_transport(source, kind, where, bundle, Network(), clock, redactor=Redactor(where.secrets)), bundle


def replayed(folder: Path, source: str) -> httpx.BaseTransport:
    """The replay of a folder's bundle."""
    return replay_transport(source, open_bundle(folder))
