"""Facts about syncs of an Argo CD application, against a simulator that forgets as Argo CD does."""

import json
from pathlib import Path

from incident_timeline.assemble.changes import changes_of
from incident_timeline.collect.base import Collected
from incident_timeline.collect.deploys.argocd import ArgoCDSyncs
from incident_timeline.model.incident import Incident
from tests.collect.ci_simulators import ArgoCD, chain_to
from tests.collect.sources import T0, WINDOW

INCIDENT = Incident("INC-123", "", "checkout", None, None, None, "resolved")


def collected(folder: Path, one: ArgoCD) -> Collected:
    """What the collector makes of an application."""
    return ArgoCDSyncs("checkout").collect(chain_to(folder, "argocd", one.respond)[0], WINDOW, INCIDENT)


def test_a_sync_has_start_finish_and_who_began_it(tmp_path: Path) -> None:
    """The revision is one of the manifests' repository, and its rows say so; automated ones were begun by the machine."""
    one = ArgoCD()
    one.sync("a" * 40, T0, T0 + 40)
    one.sync("b" * 40, T0 + 100, T0 + 130, user=None)

    found = collected(tmp_path, one)

    first, second = changes_of(found.events)
    assert [0, 40] == [at.timestamp() - T0 for at in (first.started_at, first.finished_at) if at]
    assert [("asha", "human"), ("argocd", "machine")] == found.events.select("actor", "actor_kind").unique(
        maintain_order=True
    ).rows()
    assert {"the manifests in https://git.example/acme/manifests"} == {
        json.loads(d)["sha_of"] for d in found.events["detail"]
    }
    assert second.service == "checkout"


def test_an_older_revision_again_is_a_rollback(tmp_path: Path) -> None:
    """Argo CD's rollback syncs a revision that stands in the history."""
    one = ArgoCD()
    for number, revision in enumerate("aba"):
        one.sync(revision * 40, T0 + 100 * number, T0 + 100 * number + 30)

    assert [False, False, True] == [change.is_rollback for change in changes_of(collected(tmp_path, one).events)]


def test_a_history_that_forgot_a_part_of_the_window_is_a_partial_source(tmp_path: Path) -> None:
    """Only the last ten are kept: what was before the eleventh is not on record, and that is said."""
    one = ArgoCD()
    for number in range(11):
        one.sync(f"{number:040x}", T0 + 100 * number, T0 + 100 * number + 30)

    (coverage,) = collected(tmp_path, one).coverage

    assert not coverage.ok
    assert "Argo CD keeps the last 10 syncs; what was before 2026-11-17T14:02:10Z is not on record" in coverage.reason


def test_a_failed_sync_is_known_only_while_it_is_the_latest(tmp_path: Path) -> None:
    """The history holds only whole, successful ones."""
    one = ArgoCD()
    one.sync("a" * 40, T0, T0 + 30, phase="Failed")
    latest = collected(tmp_path, one)
    one.sync("b" * 40, T0 + 100, T0 + 130)
    forgotten = collected(tmp_path / "later", one)

    assert (["failed"], ["succeeded"]) == tuple([c.status for c in changes_of(f.events)] for f in (latest, forgotten))
    assert "failed and partial syncs are on record only while they are the latest" in forgotten.coverage[0].reason
