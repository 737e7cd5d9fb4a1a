"""Facts about kinds: those that ship, and one that another package adds in thirty lines."""

import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from incident_timeline.collect.registry import SourceOptions, known_kinds, make_collector
from incident_timeline.errors import ConfigError
from incident_timeline.model.events import check_events
from incident_timeline.model.incident import Incident
from tests.collect.sources import WINDOW

NEEDED = {
    "github": {"repo": "acme/shop"}, "gitlab": {"project": "acme/shop"}, "jenkins": {"job": "deploy"}, "argocd": {"app": "shop"},
    "cdevents": {"path": "e.jsonl"}, "file": {"path": "d.csv"}, "slack": {"channel": "C1"},
    "paste": {"path": "p.txt"}, "webvtt": {"path": "c.vtt", "start": "2026-11-17T14:00:00Z"}, "json": {"path": "m.json"},
    "alertmanager-log": {"path": "a.jsonl"},
}  # fmt: skip
INCIDENT = Incident("INC-123", "", "checkout", None, None, None, "resolved")

# The third-party collector that CONTRIBUTING shows, as a package of its own would hold it.
PINGS = '''
from incident_timeline.collect.asking import check_refusal, open_client
from incident_timeline.collect.base import Collected
from incident_timeline.collect.record import EVIDENCE
from incident_timeline.errors import SourceError
from incident_timeline.model.events import event, events_frame
from incident_timeline.model.findings import Coverage
from incident_timeline.model.instants import parse_instant, rfc3339


class Pings:
    """Pings of an imaginary service."""

    name = "deploys"

    def __init__(self, options):
        self.path = options.need("path")

    def collect(self, transport, window, incident):
        client = open_client(transport)
        try:
            answer = client.get(self.path, params={"since": rfc3339(window.start)})
            check_refusal("pings", self.path, answer.status_code, answer.content)
        except SourceError as error:
            return Collected((Coverage("pings", False, reason=str(error)),))
        where = answer.headers.get(EVIDENCE, "pings")
        rows = [
            event(parse_instant(row["at"]), "deploys", "change.made", row["id"], row["text"],
                  evidence=f"{where}#/{index}", actor=row["by"], actor_kind="machine")
            for index, row in enumerate(answer.json())
        ]
        return Collected((Coverage("pings", True),), events_frame(rows))
'''


@pytest.fixture
def pings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """An installed package that adds the kinds `pings` and `broken`."""
    (tmp_path / "pings_for_timeline.py").write_text(PINGS)
    info = tmp_path / "pings_for_timeline-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: pings-for-timeline\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(
        "[incident_timeline.deploys]\npings = pings_for_timeline:Pings\nbroken = pings_for_timeline:Absent\n"
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    yield
    sys.modules.pop("pings_for_timeline", None)


@pytest.mark.usefixtures("pings")
def test_an_installed_package_adds_a_kind() -> None:
    """By an entry point; its collector is given its table's values and works over the same chain."""
    collector = make_collector("deploys", SourceOptions("pings", {"path": "/pings"}))
    answer = [{"id": "1", "at": "2026-11-17T14:00:00Z", "text": "ping", "by": "pinger"}]

    found = collector.collect(httpx.MockTransport(lambda _: httpx.Response(200, json=answer)), WINDOW, INCIDENT)

    assert ([], ["ping"]) == (check_events(found.events), found.events["summary"].to_list())
    assert "pings" in known_kinds("deploys")


@pytest.mark.usefixtures("pings")
def test_an_added_kind_that_cannot_be_loaded_is_named() -> None:
    """With the package's own place, so that one knows what to update."""
    with pytest.raises(ConfigError, match="'broken' comes from pings_for_timeline:Absent, which cannot be used"):
        make_collector("deploys", SourceOptions("broken"))


def test_an_unknown_kind_names_the_known_ones() -> None:
    """A typo is found in one look."""
    with pytest.raises(ConfigError, match=r"kind 'gitub' is not known; known are .*github"):
        make_collector("deploys", SourceOptions("gitub"))


@pytest.mark.parametrize(("section", "kind", "key"), [("deploys", "github", "repo"), ("chat", "slack", "channel")])
def test_a_kind_without_what_it_needs_names_the_key(section: str, kind: str, key: str) -> None:
    """Before anything is asked."""
    with pytest.raises(ConfigError, match=f"kind '{kind}' needs {key}: add {key}"):
        make_collector(section, SourceOptions(kind))


@pytest.mark.parametrize("section", ["deploys", "chat"])
def test_every_shipped_kind_can_be_made(section: str) -> None:
    """From its table's values alone, without a request."""
    made = [make_collector(section, SourceOptions(kind, NEEDED.get(kind, {}))) for kind in known_kinds(section)]

    assert [section] * len(known_kinds(section)) == [one.name for one in made]


def test_a_key_that_a_kind_does_not_know_is_refused() -> None:
    """A typo would otherwise ask for something else in silence."""
    with pytest.raises(ConfigError, match="kind 'gitlab' knows no key projekt; known beside its connection: project"):
        make_collector("deploys", SourceOptions("gitlab", {"projekt": "acme/shop"}))
