"""Facts about changes that Prometheus saw, from answers of a small server that evaluates nothing but knows its samples."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import httpx

from incident_timeline.assemble.changes import changes_of
from incident_timeline.collect.base import Collected
from incident_timeline.collect.deploys.observed import ObservedChanges
from incident_timeline.model.events import check_events
from incident_timeline.model.incident import Incident
from tests.collect.ci_simulators import chain_to
from tests.collect.sources import T0, WINDOW

INCIDENT = Incident("INC-123", "", "checkout", None, None, None, "resolved")
Samples = list[tuple[float, float]]  # (seconds after T0, value)


def every(step: float, start: float, end: float, value: float = 1.0) -> Samples:
    """Samples on a grid."""
    return [(start + step * n, value) for n in range(int((end - start) // step) + 1)]


def serving(**metrics: list[tuple[Mapping[str, str], Samples]]) -> Callable[[httpx.Request], httpx.Response]:
    """A Prometheus with these series by metric: a range gives the newest sample of the last minute, a selector its samples."""

    def respond(request: httpx.Request) -> httpx.Response:
        asked = {key: values[0] for key, values in parse_qs(request.content.decode()).items()}
        name = next((one for one in metrics if one in asked["query"]), None)
        name = "build_info" if name is None and "_build_info" in asked["query"] else name
        ranged = request.url.path.endswith("query_range")
        result = []
        for labels, samples in metrics.get(name or "", []):
            values = _range(samples, asked) if ranged else [[T0 + at, str(value)] for at, value in samples]
            if ">" in asked["query"] and name == "process_start_time_seconds":
                values = [pair for pair in values if float(pair[1]) > float(asked["query"].rsplit(" ", 1)[-1])]
            if values:
                result.append({"metric": labels, "values": values})
        if asked["query"].startswith("count by"):
            result = _counted(result)
        return httpx.Response(200, json={"status": "success", "data": {"resultType": "matrix", "result": result}})

    return respond


def _counted(series: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """How many series of each job there are at each step."""
    counts: dict[str, dict[float, int]] = {}
    for one in series:
        job = counts.setdefault(one["metric"]["job"], {})
        for at, _ in one["values"]:
            job[at] = job.get(at, 0) + 1
    return [
        {"metric": {"job": job}, "values": [[at, str(n)] for at, n in sorted(steps.items())]}
        for job, steps in counts.items()
    ]


def _range(samples: Samples, asked: Mapping[str, str]) -> list[list[Any]]:
    start, end, step = (float(asked[key]) for key in ("start", "end", "step"))
    found = []
    for n in range(int((end - start) // step) + 1):
        at = start + n * step
        near = [value for when, value in samples if at - 60 < T0 + when <= at]
        found += [[at, str(near[-1])]] if near else []
    return found


def collected(folder: Path, respond: Callable[[httpx.Request], httpx.Response], *services: str) -> Collected:
    """What the collector makes of it."""
    found = ObservedChanges(services).collect(chain_to(folder, "prometheus", respond)[0], WINDOW, INCIDENT)
    assert [] == check_events(found.events)
    return found


def version(name: str, sha: str, samples: Samples, instance: str = "a") -> tuple[Mapping[str, str], Samples]:
    """A series of app_build_info."""
    labels = {"__name__": "app_build_info", "job": "checkout", "version": name, "revision": sha}
    return (labels | {"instance": instance} if instance else labels), samples


def test_a_new_version_is_a_deploy_from_its_first_to_the_others_last_sample(tmp_path: Path) -> None:
    """Started between two scrapes; the old one was last seen by a later one; who did it is not on record."""
    old, new = every(15, -4000, 130), every(15, 50, 4000)

    found = collected(tmp_path, serving(build_info=[version("v417", "aaa", old), version("v418", "bbb", new)]))

    (change,) = changes_of(found.events)
    started = found.events.filter(found.events["kind"] == "deploy.started").row(0, named=True)
    assert [35, 50] == [started[key].timestamp() - T0 for key in ("earliest", "at")]
    assert 125 == (change.finished_at or datetime.now(UTC)).timestamp() - T0
    assert ("checkout", "v418", "bbb", None, False) == (
        change.service,
        change.ref,
        change.sha,
        change.actor,
        change.is_rollback,
    )


def test_a_version_that_was_live_before_is_a_rollback(tmp_path: Path) -> None:
    """Past every pipeline: nothing but the metrics knows of it."""
    old, new = every(15, -4000, 0) + every(15, 1000, 4000), every(15, 15, 985)
    respond = serving(build_info=[version("v417", "aaa", old), version("v418", "bbb", new)])

    changes = changes_of(collected(tmp_path, respond).events)

    assert [("v418", False), ("v417", True)] == [(change.ref, change.is_rollback) for change in changes]
    assert "Prometheus saw it: a version live before, with another in between" == changes[1].why


def test_a_target_that_was_away_and_came_back_is_no_deploy(tmp_path: Path) -> None:
    """The same version after a hole."""
    found = collected(
        tmp_path, serving(build_info=[version("v417", "aaa", every(15, -4000, 0) + every(15, 900, 4000))])
    )

    assert 0 == found.events.height
    assert found.coverage[0].ok


def test_a_processs_own_start_is_exact(tmp_path: Path) -> None:
    """process_start_time_seconds says it itself; several within ten minutes are one restart."""
    pods = [({"job": "checkout", "instance": one}, every(15, -4000, 100, T0 - 9000) + every(15, 120, 4000, T0 + 105.25 + n))
            for n, one in enumerate("ab")]  # fmt: skip

    found = collected(tmp_path, serving(process_start_time_seconds=pods))

    row = found.events.row(0, named=True)
    assert (105.25, 106.25) == (row["at"].timestamp() - T0, row["until"].timestamp() - T0)
    assert ("service.restarted", "checkout: 2 processes began anew, as Prometheus saw") == (row["kind"], row["summary"])


def test_processes_that_a_new_version_brought_are_no_restart(tmp_path: Path) -> None:
    """A roll-out restarts them; it stands once."""
    process = every(15, -4000, 100, T0 - 9000) + every(15, 120, 4000, T0 + 110)
    respond = serving(
        build_info=[version("v417", "aaa", every(15, -4000, 100)), version("v418", "bbb", every(15, 120, 4000))],
        process_start_time_seconds=[({"job": "checkout", "instance": "a"}, process)],
    )

    assert ["service.deployed"] == collected(tmp_path, respond).events["kind"].to_list()


def test_more_processes_than_before_are_a_change(tmp_path: Path) -> None:
    """Scaled by hand: the others went on. The first process that is scraped at all says nothing."""
    before, later = every(15, -4000, 4000, T0 - 9000), every(15, 120, 4000, T0 + 110)
    named = (("checkout", "a", before), ("checkout", "b", later), ("orders", "c", later))
    pods = [({"job": job, "instance": instance}, samples) for job, instance, samples in named]

    found = collected(tmp_path, serving(process_start_time_seconds=pods))

    assert [("change.made", "checkout: 1 process more, as Prometheus saw")] == found.events.select(
        "kind", "summary"
    ).rows()


def test_images_and_restarts_of_pods_are_seen(tmp_path: Path) -> None:
    """From kube-state-metrics, by container."""
    pod = {"namespace": "shop", "container": "checkout"}
    images = [({"__name__": "kube_pod_container_info", **pod, "image": f"ghcr.io/acme/checkout:{tag}"}, samples)
              for tag, samples in (("v417", every(30, -4000, 0)), ("v418", every(30, 30, 4000)))]  # fmt: skip

    found = collected(
        tmp_path, serving(kube_pod_container_info=images, restarts_total=[(pod, every(60, 600, 720, 2.0))])
    )

    rows = found.events.filter(found.events["kind"] != "deploy.started").select("kind", "summary").rows()
    assert [
        ("service.deployed", "checkout v418: a new version runs"),
        ("service.restarted", "checkout: its containers were restarted, as Prometheus saw"),
    ] == rows


def test_a_server_that_refuses_is_coverage(tmp_path: Path) -> None:
    """With what to check."""
    found = collected(tmp_path, lambda _: httpx.Response(403, text="no"))

    assert (False, True) == (found.coverage[0].ok, "check the token" in found.coverage[0].reason)


def test_a_platform_with_many_changes_is_read_for_its_own_services(tmp_path: Path) -> None:
    """A cause may lie in another service, until there are too many to tell; what is left out is counted."""
    apps = [{"__name__": "app_build_info", "job": f"app-{n}"} for n in range(60)]
    series = [
        ({**app, "version": name}, samples)
        for app in apps
        for name, samples in (("v1", every(30, -4000, 0)), ("v2", every(30, 30, 900)))
    ]

    found = collected(tmp_path, serving(build_info=series), "app-7")

    assert {"app-7"} == set(found.events["service"])
    assert "59 changes of other services are left out" in found.coverage[0].reason
