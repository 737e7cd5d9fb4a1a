"""Facts about alerting rules and their episodes: from raw samples, with the range that an evaluation leaves."""

from datetime import UTC, datetime, timedelta
from typing import Any

import polars as pl

from incident_timeline.collect.alerts import episode_rows, read_episodes, read_rules
from incident_timeline.collect.prometheus_api import Matrix
from incident_timeline.collect.queries import Query
from incident_timeline.collect.rule_jobs import rule_jobs, rules_of_interest
from incident_timeline.model.events import INSTANT
from incident_timeline.model.incident import Window

START = datetime(2026, 3, 14, tzinfo=UTC)


def samples(seconds: list[float]) -> pl.DataFrame:
    """Samples of value 1 at START and so many seconds."""
    at = [START + timedelta(seconds=s) for s in seconds]
    return pl.DataFrame({"at": at, "value": [1.0] * len(at)}, schema={"at": INSTANT, "value": pl.Float64})


def group(name: str, interval: int, **more: Any) -> dict[str, Any]:
    """A group of /api/v1/rules with one alerting rule."""
    return {
        "name": "g",
        "interval": interval,
        "rules": [{"type": "alerting", "name": name, "query": "x > 1", "labels": {}, **more}],
    }


def test_episodes_come_from_raw_samples_and_a_hole_parts_them() -> None:
    """Pending at 13.6 s, firing at 19.6 s, a second episode after a hole of ten intervals."""
    labels = {"alertname": "A", "severity": "page"}
    alerts = [
        Matrix(labels | {"alertstate": "pending"}, samples([13.6, 15.6, 17.6]), "p#1"),
        Matrix(labels | {"alertstate": "firing"}, samples([19.6, 21.6, 45.6]), "p#2"),
    ]

    first, second = read_episodes(alerts, [], read_rules([group("A", 2)], "p"))

    at = [first.pending_at, first.firing_at, first.last_firing_at, second.firing_at]
    assert [13.6, 19.6, 21.6, 45.6] == [(t - START).total_seconds() for t in at if t is not None]
    assert (None, 2.0) == (second.pending_at, second.interval_s)


def test_recording_rules_are_no_alerts() -> None:
    """Only alerting rules are read."""
    groups = [
        {
            "name": "g",
            "interval": 15,
            "rules": [{"type": "recording", "name": "r"}, {"type": "alerting", "name": "A", "query": "up < 1"}],
        }
    ]

    assert ["A"] == [rule.name for rule in read_rules(groups, "x")]


def window(begin: float, end: float) -> Window:
    """A window so many seconds after START."""
    return Window(START + timedelta(seconds=begin), START + timedelta(seconds=end))


def rows(begin: float, end: float) -> list[tuple[str, float, float, float]]:
    """(kind, at, earliest, latest) in seconds after START of one episode: pending at 10, firing 20 to 40, every 2 s."""
    alerts = [
        Matrix({"alertname": "A", "alertstate": state}, samples([float(s) for s in at]), "p#1")
        for state, at in (("pending", range(10, 20, 2)), ("firing", range(20, 42, 2)))
    ]
    since = [Matrix({"alertname": "A"}, samples([10.0]).with_columns(value=pl.lit(START.timestamp() + 3)), "p#2")]
    found = episode_rows(read_episodes(alerts, since, read_rules([group("A", 2)], "p")), window(begin, end))
    return [
        (row["kind"], *((row[key] - START).total_seconds() for key in ("at", "earliest", "latest"))) for row in found
    ]


def test_an_episode_gives_its_instants_with_the_range_of_one_evaluation() -> None:
    """The true change lies within one interval before the first sample, and after the last."""
    expected = [("alert.pending", 10, 8, 10), ("alert.fired", 20, 18, 20), ("alert.ended", 40, 40, 42)]

    assert expected == rows(0, 100)


def test_an_alert_that_still_fires_when_the_window_ends_has_no_end() -> None:
    """Its last sample is the window's, not the alert's."""
    assert ["alert.pending", "alert.fired"] == [row[0] for row in rows(0, 41)]


def test_an_episode_under_way_when_the_window_begins_may_have_begun_earlier() -> None:
    """ALERTS_FOR_STATE says since when."""
    assert ("alert.pending", 10, 3, 10) == rows(9, 100)[0]


def rule(name: str, query: str, **labels: str) -> dict[str, Any]:
    """A rule of /api/v1/rules."""
    return {"type": "alerting", "name": name, "query": query, "labels": labels}


def test_a_rule_reads_what_its_recording_rules_read() -> None:
    """However deep they lie."""
    recorded = [
        {"type": "recording", "name": "a:b", "query": "sum(rate(c:d[1m]))"},
        {"type": "recording", "name": "c:d", "query": "x"},
    ]

    (found,) = read_rules([{"name": "g", "interval": 15, "rules": [*recorded, rule("A", "a:b > 1")]}], "p")

    assert ("a:b", "c:d", "x") == found.metrics
    assert ("a:b", ">", 1.0) == (found.left, found.op, found.threshold)
    assert (15.0, "p#/data/groups/0/rules/2") == (found.interval_s, found.evidence)


def test_left_sides_are_asked_of_rules_that_fired_or_watch_the_service() -> None:
    """One that fired, one over the same metric, none of another service, none without a comparison."""
    query = Query(
        "traffic",
        "traffic",
        "?",
        'sum(rate(req{service="$service"}[$range]))',
        None,
        None,
        "1/s",
        "both",
        "-",
        "x.yaml",
    )
    group = [rule("Fired", "other > 1"), rule("Watches", "sum(rate(req[5m])) < 3"), rule("Labelled", "req > 1", service="search"),
             rule("Elsewhere", 'req{service="search"} > 1'), rule("Fixed", "absent(req)"), rule("Unrelated", "z > 1")]  # fmt: skip
    fired = read_episodes([Matrix({"alertname": "Fired", "alertstate": "firing"}, samples([1.0]), "p")], [])

    watched, _ = rules_of_interest(
        read_rules([{"name": "g", "interval": 7, "rules": group}], "p"), fired, {"checkout": (query,)}
    )

    assert [("Fired", "rule", "other", 7.0, "up", 0.0), ("Fired", "rule_history", "other", 60.0, "up", 0.0),
            ("Watches", "rule", "sum(rate(req[5m]))", 7.0, "down", 300.0),
            ("Watches", "rule_history", "sum(rate(req[5m]))", 60.0, "down", 300.0)] == [
        (job.name, job.role, job.promql, job.step_s, job.worse, job.range_s) for job in rule_jobs(watched)
    ]  # fmt: skip


def test_both_sides_are_asked_where_the_right_one_is_no_number() -> None:
    """A limit that moves is a series too, over the window and the days before."""
    (one,) = read_rules([{"name": "g", "interval": 15, "rules": [rule("A", "sum(x) > on () 2 * max(y)")]}], "p")

    assert ("sum(x)", ">", "2 * max(y)", None) == (one.left, one.op, one.right, one.threshold)
    assert [
        ("rule", "sum(x)"),
        ("rule_history", "sum(x)"),
        ("limit", "2 * max(y)"),
        ("limit_history", "2 * max(y)"),
    ] == [(job.role, job.promql) for job in rule_jobs([one])]


def test_a_computed_label_and_a_replica_make_no_new_episode() -> None:
    """The value stands in a label and changes with every evaluation; the two of a pair evaluate a second apart."""
    rules = read_rules([group("A", 2, labels={"level": "{{ $value }}", "severity": "page"})], "p")
    fixed = {"alertname": "A", "severity": "page", "alertstate": "firing"}
    alerts = [
        Matrix(fixed | {"level": "3", "prometheus_replica": "a"}, samples([20, 22]), "p#1"),
        Matrix(fixed | {"level": "4", "prometheus_replica": "a"}, samples([24, 26]), "p#2"),
        Matrix(fixed | {"level": "3", "prometheus_replica": "b"}, samples([21, 23, 25, 27]), "p#3"),
    ]

    (one,) = read_episodes(alerts, [], rules)

    assert (20, 27) == tuple((t - START).total_seconds() for t in (one.firing_at, one.last_firing_at) if t is not None)
    assert (("severity", "page"),) == one.labels


def test_what_keeps_an_alert_firing_is_read_from_its_rule() -> None:
    """`keep_firing_for` prolongs ALERTS beyond the condition, so the rule carries it (since 2.42)."""
    (one,) = read_rules([group("A", 15, duration=120, keepFiringFor=300)], "p")

    assert (120.0, 300.0) == (one.for_s, one.keep_firing_s)
