"""Facts about counterfactual detection: which rule would have fired, when, and how often it would have before."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from incident_timeline.model.counterfactual import Candidate, Counterfactual
from incident_timeline.model.events import INSTANT
from incident_timeline.model.milestones import NAMES, Milestone, missing
from incident_timeline.model.objectives import Objective
from incident_timeline.model.onset import Band, Moved
from incident_timeline.model.rules import AlertEpisode, AlertRule
from incident_timeline.model.series import LABELS_SCHEMA, SAMPLES_SCHEMA, SeriesSet
from incident_timeline.score.counterfactual import find_candidates
from incident_timeline.score.evaluate import on_grid
from incident_timeline.score.promise import Span, promise

T0 = datetime(2026, 11, 17, 14, tzinfo=UTC)
STEP, DAY = 15, 86_400
Values = list[tuple[float, float]]
NORMAL, HURT = 0.1, 1.6


def at(seconds: float) -> datetime:
    """T0 and so many seconds."""
    return T0 + timedelta(seconds=seconds)


def latency(*hurt: tuple[int, int], begin: int = -3600, end: int = 3600, step: int = STEP) -> Values:
    """p99, normal but for stretches [from, to)."""
    return [(s, HURT if any(a <= s < b for a, b in hurt) else NORMAL) for s in range(begin, end, step)]


def series_of(**signals: tuple[str, str, str, Values, float]) -> SeriesSet:
    """Series by id: (role, name, query, values, range)."""
    labels: list[dict[str, Any]] = [
        dict.fromkeys(LABELS_SCHEMA) | {
            "series_id": key, "role": role, "name": name, "query": query, "service": "checkout", "labels": "{}",
            "step_s": 60.0 if role.endswith("history") else float(STEP), "range_s": range_s,
        }
        for key, (role, name, query, _, range_s) in signals.items()
    ]  # fmt: skip
    samples = [{"series_id": k, "at": at(s), "value": v} for k, one in signals.items() for s, v in one[3]]
    return SeriesSet(pl.DataFrame(labels, schema=LABELS_SCHEMA), pl.DataFrame(samples, schema=SAMPLES_SCHEMA))


P99 = "p99(http_seconds_bucket)"
WINDOW = ("sli", "latency_p99", P99, latency((0, 3000)), 60.0)


def history(*hurt: tuple[int, int]) -> tuple[str, str, str, Values, float]:
    """Two days before the window at 60 s, with stretches in which it was as bad."""
    return "history", "latency_p99", P99, latency(*hurt, begin=-3600 - 2 * DAY, end=-3600, step=60), 60.0


def ends(started: float = 0, fired: float | None = 600, detected: float = 640) -> dict[str, Milestone]:
    """The milestones that matter."""
    known = {"started": started, "fired": fired, "detected": detected}
    found = {name: missing(name, "") for name in NAMES}
    return found | {
        name: Milestone(name, at(s), at(s), at(s), "measured", "found") for name, s in known.items() if s is not None
    }


MOVED = Moved("p99", "latency_p99", at(0), at(-7), at(7), "up", 9.0, Band(0.1, 0.08, 0.12, 99), 1.6, 20.0)
RULE = AlertRule(
    "Errors", "shop", "errors > 0.02", 120, 0, 15, (("severity", "page"),), (), "errors", ">", 0.02, ("http_total",), "r", "0.02"
)  # fmt: skip
EPISODE = AlertEpisode("Errors", (("severity", "page"),), at(480), at(480), at(600), at(3000), 15, "p")


def find(series: SeriesSet, **more: Any) -> Counterfactual:
    """The candidates, Errors having fired at +600 s and paged at +640 s."""
    given: dict[str, Any] = {
        "moved": [MOVED], "rules": [RULE], "episodes": [EPISODE], "milestones": ends(), "objectives": (),
    } | more  # fmt: skip
    return find_candidates(series, **given)


def short(one: Candidate) -> tuple[str, str, float, float, int]:
    """Rule, form, `for`, seconds saved, and how often it would have fired before."""
    return one.rule, one.form, one.for_s, one.saved_s, len(one.before)


def test_a_rule_on_the_signal_that_moved_first_fires_after_its_for() -> None:
    """Half-way between normal and what was reached, with the paging rule's own `for`; no days before are held, and that is said."""
    (one,) = find(series_of(p99=WINDOW)).candidates

    assert ("CheckoutLatencyP99High", "signal", 120.0, 480.0, 0) == short(one)
    assert ("(p99(http_seconds_bucket)) > 0.44", at(120), None) == (one.expr, one.fires_at, one.history_days)
    assert (("severity", "page"),) == one.labels


def test_what_it_would_have_cost_is_counted_over_the_days_before_and_listed() -> None:
    """Two stretches of ten minutes and one of two: a `for` of one minute sees all three, and still saves most for each page."""
    past = history((-2 * DAY, -2 * DAY + 600), (-DAY, -DAY + 600), (-50_000, -50_000 + 120))

    (one,) = find(series_of(p99=WINDOW, before=past)).candidates

    assert ("CheckoutLatencyP99High", 60.0, 540.0, 2.0) == (one.rule, one.for_s, one.saved_s, one.history_days)
    begun = [-2 * DAY, -DAY, -49_980]  # the last one was looked at 20 s after it began
    assert [at(s + 60) for s in begun] == list(one.before)
    assert 540 / 60 / 4 == one.worth


@pytest.mark.parametrize(
    ("interval_s", "for_s", "before", "perhaps"),
    [
        (15, 60, [-1140], [-1800]),  # seen once, it held for up to two minutes
        (15, 119, [], [-1800, -1200]),
        (15, 120, [], [-1200]),
        (15, 179, [], [-1200]),
        (15, 240, [], []),
        (60, 120, [], []),  # a rule that looks every minute sees what the history sees
    ],
)
def test_what_was_seen_too_seldom_to_tell_is_listed_apart(
    interval_s: float, for_s: float, before: list[float], perhaps: list[float]
) -> None:
    """The days before are looked at every 60 s: what was seen at one look held for up to a minute before and after it."""
    window = pl.DataFrame({"at": [at(s) for s in range(0, 600, 15)], "holds": [True] * 40})
    looks = [at(s) for s in range(-3600, -600, 60)]
    past = pl.DataFrame({"at": looks, "holds": [one in (at(-1800), at(-1200), at(-1140)) for one in looks]})

    found = promise(window, interval_s, past, Span(at(0), at(600)), for_s)

    assert found is not None
    assert ([at(s) for s in before], [at(s) for s in perhaps]) == (list(found.before), list(found.perhaps))


def test_candidates_are_ranked_by_minutes_for_each_page() -> None:
    """A rule that saves less and never fired before goes before one that saves more and fired ten times."""
    noisy = history(*[(-DAY - 7200 * n, -DAY - 7200 * n + 1200) for n in range(10)])
    errors = [(s, 0.0 if s < 300 else 0.05) for s in range(-3600, 3600, STEP)]
    calm = [(s, 0.0) for s in range(-3600 - 2 * DAY, -3600, 60)]
    series = series_of(
        p99=WINDOW, before=noisy, left=("rule", "Errors", "errors", errors, 60.0),
        left_before=("rule_history", "Errors", "errors", calm, 60.0),
        ratio=("sli", "error_ratio", "sum(http_total)", errors, 60.0),
    )  # fmt: skip
    moved = [MOVED, replace(MOVED, series_id="ratio", name="error_ratio", at=at(300), band=Band(0, 0, 0.001, 99))]
    found = [short(one) for one in find(series, moved=moved).candidates if one.history_days is not None]

    assert ("Errors", "for", 0.0, 300.0, 0) == found[0]
    assert [("CheckoutLatencyP99High", 10)] == [(name, n) for name, *_, n in found if n]


def test_a_loaded_rule_is_tried_with_another_threshold_and_a_shorter_for() -> None:
    """Errors grow slowly: half of the `for`, or the middle between normal and reached, would each have been sooner."""
    errors = [(s, 0.001 if s < 0 else 0.001 + s / 24_000) for s in range(-3600, 3600, STEP)]
    series = series_of(left=("rule", "Errors", "errors", errors, 60.0), e=("sli", "e", "sum(http_total)", errors, 60.0))
    moved = [replace(MOVED, series_id="e", name="e", band=Band(0.001, 0, 0.0011, 99))]
    found = {one.form: one for one in find(series, moved=moved).candidates if one.replaces}

    assert {"threshold", "for"} == set(found)
    assert "for 1 min instead of 2 min" == found["for"].change
    assert "0.0048 instead of 0.02 for 2 min" == found["threshold"].change
    assert (60.0, 120.0) == (found["for"].for_s, found["threshold"].for_s)


def test_a_rule_over_what_falls_is_tried_downwards_and_at_or_over_upwards() -> None:
    """`<=` looks for a threshold below normal, `>=` for one above."""
    falling = [(s, 100.0 if s < 0 else 100.0 - s / 10) for s in range(-3600, 900, STEP)]
    rising = [(s, 200.0 - v) for s, v in falling]
    found = []
    for op, limit, values in (("<=", 55.0, falling), (">=", 145.0, rising)):
        rule = replace(RULE, op=op, threshold=limit, expr=f"errors {op} {limit}")
        series = series_of(
            left=("rule", "Errors", "errors", values, 60.0), e=("sli", "e", "sum(http_total)", values, 60.0)
        )
        moved = [
            replace(
                MOVED, series_id="e", name="e", direction="down" if op == "<=" else "up", band=Band(100, 99, 101, 9)
            )
        ]
        found += [c for c in find(series, rules=[rule], moved=moved).candidates if c.form == "threshold"]

    assert ["errors <= 68", "errors >= 120"] == [one.expr for one in found]


def test_a_rule_that_was_firing_already_promises_nothing() -> None:
    """It would have sent no new page."""
    assert "would have fired earlier" in find(series_of(p99=(*WINDOW[:3], latency((-600, 3000)), 60.0))).reason


def test_burn_rate_rules_take_the_configured_objective_or_say_that_they_assume_one() -> None:
    """Both windows must be over; with 99 % the limit of the first row is 0.144."""

    def burning(begin: int, level: float) -> Values:
        return [(s, level if s >= begin else 0.0) for s in range(-3600, 3600, STEP)]

    series = series_of(
        p99=("sli", "ratio", "ratio", burning(0, 0.5), 60.0), long=("burn", "ratio", "long", burning(240, 0.2), 3600.0),
        short=("burn", "ratio", "short", burning(60, 0.3), 300.0),
    )  # fmt: skip
    goal = Objective("checkout", "ratio", 0.99, 30 * DAY)
    own, assumed = (
        next(one for one in find(series, objectives=goals).candidates if one.form == "burn_rate")
        for goals in ((goal,), ())
    )

    assert ("(long) > 0.144 and (short) > 0.144", at(240), 0.0) == (own.expr, own.fires_at, own.for_s)
    assert "assumed: no objective is configured" in assumed.change
    assert "assumed" not in own.change
    assert "https://sre.google/workbook/alerting-on-slos/" in own.source


def test_rules_without_a_comparison_are_said_to_be_fixed() -> None:
    """`a > 1 and b < 2` can be moved in no one way."""
    both = replace(RULE, name="Both", left=None, op=None, threshold=None, metrics=("http_seconds_bucket",))

    assert ("Both",) == find(series_of(p99=WINDOW), rules=[RULE, both]).not_variable


def test_why_there_is_no_candidate_is_said() -> None:
    """No page, nothing moved, or the page came first."""
    series = series_of(p99=WINDOW)

    assert "not known" in find(series, milestones=ends() | {"started": missing("started", "")}).reason
    assert "no collected signal" in find(series, moved=[]).reason
    assert "before users were hurt" in find(series, milestones=ends(started=700, fired=600)).reason


def test_evaluations_see_the_newest_sample_and_nothing_of_a_gap() -> None:
    """Samples every 15 s on evaluations every 60 s; a missing sample is a missing evaluation."""
    rows = [(at(s), float(s)) for s in range(0, 300, 15) if s != 120]
    frame = pl.DataFrame(rows, schema={"at": INSTANT, "value": pl.Float64}, orient="row")

    assert [0, 60, 180, 240] == on_grid(frame, 60, 15)["value"].to_list()


@settings(max_examples=50, deadline=None)
@given(st.lists(st.tuples(st.integers(-240, 230), st.integers(1, 40), st.floats(0.01, 5.0)), max_size=8))
def test_whatever_was_measured_a_candidate_is_sooner_and_on_the_grid(bursts: list[tuple[int, int, float]]) -> None:
    """Every promise lies between first hurt and the page, on the evaluation grid, and saves what it says."""
    points = [(STEP * n, max((v for a, k, v in bursts if a <= n < a + k), default=NORMAL)) for n in range(-240, 240)]
    for one in find(series_of(p99=(*WINDOW[:3], points, 60.0))).candidates:
        assert at(0) <= one.fires_at < at(600)
        assert 0 == (one.fires_at - T0).total_seconds() % 15
        assert one.saved_s == (at(600) - one.fires_at).total_seconds()
        assert all(moment < at(0) for moment in one.before)
