"""Facts about PagerDuty's change events as deploys' companions."""

from pathlib import Path

from incident_timeline.collect.base import Collected
from incident_timeline.collect.deploys.pagerduty_changes import PagerDutyChanges
from incident_timeline.collect.pagerduty_events import change_rows
from incident_timeline.model.incident import Incident
from tests.collect.ci_simulators import Changes, chain_to
from tests.collect.official import faults
from tests.collect.sources import T0, WINDOW

INCIDENT = Incident("INC-123", "", "checkout", None, None, None, "resolved")


def collected(folder: Path, one: Changes) -> Collected:
    """What the collector makes of an account."""
    return PagerDutyChanges().collect(chain_to(folder, "pagerduty", one.respond)[0], WINDOW, INCIDENT)


def test_changes_of_all_pages_come_with_times_that_end_in_z(tmp_path: Path) -> None:
    """Any other zone is answered with 400; what CI announced up to a day before the window counts."""
    one = Changes()
    for number in range(130):
        one.add(f"checkout build {number}", T0 - 100 * number)

    found = collected(tmp_path, one)

    assert (130, True) == (found.events.height, found.coverage[0].ok)
    assert {("change.made", "checkout", "deploybot", "machine")} == set(
        found.events.select("kind", "service", "actor", "actor_kind").rows()
    )


def test_the_request_is_one_that_pagerduty_describes(tmp_path: Path) -> None:
    """Checked against the official file."""
    asked: list[str] = []

    def noting(request):  # type: ignore[no-untyped-def]
        asked.append(request.url.raw_path.decode())
        return Changes().respond(request)

    PagerDutyChanges().collect(chain_to(tmp_path, "pagerduty", noting)[0], WINDOW, INCIDENT)

    assert [] == [fault for url in asked for fault in faults("pagerduty", "GET", url)]
    assert asked


def test_a_change_that_the_incident_names_too_has_the_same_id(tmp_path: Path) -> None:
    """So it stands once in the timeline."""
    one = Changes()
    one.add("checkout build 7", T0)

    (row,) = change_rows([(one.rows[0] | {"correlation_reason": {"reason": "most_recent"}}, "p#/0")], [])

    assert [row["event_id"]] == collected(tmp_path, one).events["event_id"].to_list()


def test_no_change_says_how_long_pagerduty_keeps_them(tmp_path: Path) -> None:
    """An empty answer for an old incident is no proof that nothing changed."""
    assert "PagerDuty keeps 90 days of them" in collected(tmp_path, Changes()).coverage[0].reason
