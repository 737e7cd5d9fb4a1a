"""Facts about the detection ledger: why the page came when it came, from what the rules read and what they logged."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from incident_timeline.model.events import event, events_frame
from incident_timeline.model.gaps import CATEGORIES, Segment
from incident_timeline.model.milestones import Milestone
from incident_timeline.model.onset import Band, Moved
from incident_timeline.model.rules import AlertEpisode, AlertRule
from incident_timeline.model.series import LABELS_SCHEMA, SAMPLES_SCHEMA, SeriesSet
from incident_timeline.score.detection import cut_detection
from incident_timeline.score.milestones import find_fired
from incident_timeline.score.reconstructed import reconstruct_episodes
from incident_timeline.score.rule_sides import rule_of

T0 = datetime(2026, 11, 17, 14, tzinfo=UTC)
Points = list[tuple[float, float]]
RISING: Points = [(s, 0.0 if s < 200 else (s - 200) / 7000) for s in range(-300, 3000, 15)]


def at(seconds: float) -> datetime:
    """T0 and so many seconds."""
    return T0 + timedelta(seconds=seconds)


def found(name: str, seconds: float, basis: str = "measured") -> Milestone:
    """A milestone of which only the time and the basis matter."""
    return Milestone(name, at(seconds), at(seconds), at(seconds), basis, "found", "", (f"id-{name}",))


def rule(**more: Any) -> AlertRule:
    """A rule over the error ratio, 2 % for 2 minutes, evaluated every 15 s."""
    plain = AlertRule(
        "CheckoutErrors", "shop", "errors / total > 0.02", 120, 0, 15, (), (), "errors / total", ">", 0.02,
        ("http_requests_total",), "r", "0.02",
    )  # fmt: skip
    return replace(plain, **more)


def episode(**more: Any) -> AlertEpisode:
    """True from +345 s, firing from +465 s."""
    return replace(AlertEpisode("CheckoutErrors", (), at(345), at(345), at(465), at(3000), 15, "p"), **more)


def series_of(*sides: tuple[str, str, Points], range_s: float = 0.0) -> SeriesSet:
    """Sides of the rule as (role, query, points), and p99 and errors over other queries, of which only the metrics matter."""
    rows = [("s-p99", "latency_p99", "sli", "rate(http_request_duration_seconds_bucket[1m])", [])]
    rows += [("s-err", "error_ratio", "sli", "rate(http_requests_total[1m])", [])]
    rows += [(f"s-{role}", "CheckoutErrors", role, query, points) for role, query, points in sides]
    labels = [
        dict.fromkeys(LABELS_SCHEMA)
        | {"series_id": key, "name": name, "role": role, "query": query, "step_s": 15.0, "range_s": range_s}
        for key, name, role, query, _ in rows
    ]
    samples = [{"series_id": key, "at": at(s), "value": v} for key, *_, points in rows for s, v in points]
    return SeriesSet(pl.DataFrame(labels, schema=LABELS_SCHEMA), pl.DataFrame(samples, schema=SAMPLES_SCHEMA))


LEFT = ("rule", "errors / total", RISING)


def moved(series_id: str, seconds: float) -> Moved:
    """A signal that left its band then."""
    return Moved(series_id, series_id, at(seconds), at(seconds), at(seconds), "up", 9.0, Band(0, 0, 0, 9), 1.0, 20.0)


def cut(**more: Any) -> tuple[Segment, ...]:
    """The ledger from T0 to a page at +496 s, p99 having moved at +2 s."""
    usual: dict[str, Any] = {
        "episode": episode(), "rules": (rule(),), "series": series_of(LEFT), "moved": [moved("s-p99", 2)],
        "events": events_frame([]), "paged": {"CheckoutErrors"},
    }  # fmt: skip
    given = usual | more
    return cut_detection(
        given.pop("started", found("started", 0)), given.pop("detected", found("detected", 496)), **given
    )


def shown(segments: tuple[Segment, ...]) -> list[tuple[str, float]]:
    """Category and seconds of each segment."""
    return [(segment.category, segment.seconds) for segment in segments]


def test_a_late_error_rule_over_early_latency_is_told_in_parts() -> None:
    """No rule read latency; from the first error beyond normal the rule's signal was below its threshold; then `for`, grouping."""
    assert [("no_rule", 202.5), ("below_threshold", 142.5), ("pending", 120), ("grouping", 31)] == shown(cut())


def test_what_a_rule_s_range_delays_is_not_held_against_the_signal() -> None:
    """A rate over 75 s at steps of 15 s shows a change a quarter of 60 s late in the middle of strong and weak changes."""
    assert [("no_rule", 187.5), ("below_threshold", 157.5)] == shown(cut(series=series_of(LEFT, range_s=75.0)))[:2]


def test_between_the_crossing_and_the_evaluation_that_saw_it_lies_an_evaluation() -> None:
    """The condition held from 345 s on; the rule looked 11 s later."""
    late = episode(active_at=at(356), pending_at=at(356.8))

    assert [("below_threshold", 142.5), ("evaluation", 11), ("pending", 109)] == shown(cut(episode=late))[1:4]


def test_a_sample_counts_where_a_restart_moved_the_active_time() -> None:
    """ALERTS_FOR_STATE is set anew by a restart; the pending sample before it is not."""
    assert ("pending", 120) == shown(cut(episode=episode(active_at=at(400))))[2]


def test_a_limit_that_is_no_number_is_read_as_a_series() -> None:
    """`errors / total > 2 * usual`, where twice the usual moves from 1 % to 2 % at +300 s."""
    moving = rule(expr="errors / total > 2 * usual", right="2 * usual", threshold=None)
    limit = ("limit", "2 * usual", [(s, 0.01 if s < 300 else 0.02) for s in range(-300, 3000, 15)])

    both = cut(rules=(moving,), series=series_of(LEFT, limit), episode=episode(active_at=at(350), pending_at=at(350)))
    only_left = cut(rules=(moving,), episode=episode(active_at=at(350), pending_at=at(350)))

    assert ("evaluation", 5) == shown(both)[2]
    assert ("evaluation", 15) == shown(only_left)[2]  # without the limit one evaluation is all that is known


def test_nothing_collected_had_moved_when_somebody_says_that_users_were_hurt() -> None:
    """A mark is earlier than any signal: until the first one moved it was not measured."""
    assert ("unmeasured", 60) == shown(cut(started=found("started", -58, "stated")))[0]


def test_an_alert_that_had_been_firing_before_users_were_hurt_is_grouping_and_says_so() -> None:
    """`keep_firing_for` holds it; Alertmanager adds to the group that is there."""
    (one,) = cut(
        episode=episode(active_at=at(-500), pending_at=at(-500), firing_at=at(-380)), rules=(rule(keep_firing_s=900),)
    )

    assert "grouping" == one.category
    assert (
        "`CheckoutErrors` had been firing since 13:53:40 (it keeps firing for 900 s); the page came with its group"
        == one.rule
    )


def test_of_two_rules_with_one_name_the_one_whose_labels_the_alert_carries_counts() -> None:
    """A warning and a page over the same expression; computed labels say nothing."""
    warning, page = (
        rule(labels=(("severity", s), ("v", "{{ $value }}")), threshold=t) for s, t in (("warn", 0.01), ("page", 0.02))
    )

    assert page == rule_of(episode(labels=(("severity", "page"), ("v", "3"))), (warning, page))


def test_without_alert_samples_and_series_detection_is_unexplained() -> None:
    """No ALERTS sample means that nobody knows when a rule began to be true: that is said, not guessed."""
    (one,) = cut(episode=None, series=SeriesSet(), rules=(), moved=[], paged=set())

    assert ("unexplained", "no raw ALERTS sample says when a rule began to be true") == (one.category, one.rule)


def test_a_page_that_no_rule_of_this_server_is_remains_unexplained() -> None:
    """Another rule fired meanwhile; the page names an alert of some other system."""
    (one,) = cut(paged={"SyntheticCheckFailed"})

    assert ("unexplained", "the page names `SyntheticCheckFailed`, which no rule of this server is") == (
        one.category,
        one.rule,
    )


def test_where_people_told_first_the_rules_that_stayed_silent_are_named() -> None:
    """Latency moved and no rule reads it; then errors moved and the rule that reads them did not fire."""
    told = cut(episode=None, paged=set(), moved=[moved("s-p99", 2), moved("s-err", 300)])

    assert [("unexplained", 2), ("no_rule", 298), ("below_threshold", 196)] == shown(told)
    assert "s-p99 had moved and the one loaded rule does not read it" == told[1].rule
    assert "s-err had moved and `CheckoutErrors`, which reads it, did not fire" == told[2].rule


def test_a_rule_without_samples_of_its_own_is_reconstructed_and_says_so() -> None:
    """No ALERTS of the alert that the page names: its sides, threshold and `for` give the episode."""
    (again,) = reconstruct_episodes((rule(),), (), series_of(LEFT), {"CheckoutErrors"})
    fired = find_fired([again], events_frame([]), {"detected": found("detected", 496)}, frozenset({"CheckoutErrors"}))

    assert (at(345), at(465), True) == (again.active_at, again.firing_at, again.reconstructed)
    assert ("measured", at(465), at(450), at(480)) == (fired.basis, fired.at, fired.earliest, fired.latest)
    assert "reconstructed" in fired.reason
    parts = cut(episode=again)
    assert [("no_rule", 202.5), ("below_threshold", 142.5), ("pending", 120), ("grouping", 31)] == shown(parts)
    assert all("(reconstructed" in one.rule for one in parts[1:])


def test_nothing_is_reconstructed_where_samples_are_on_record() -> None:
    """What was recorded is better than what is computed."""
    assert () == reconstruct_episodes((rule(),), (episode(),), series_of(LEFT), {"CheckoutErrors"})
    assert () == reconstruct_episodes((rule(),), (), series_of(LEFT), {"Other"})


def test_a_page_before_the_onset_has_no_detection_ledger() -> None:
    """There is no stretch to cut."""
    assert () == cut(started=found("started", 500))


SECONDS = st.integers(-600, 1200)


@settings(max_examples=80, deadline=None)
@given(SECONDS, SECONDS, SECONDS, st.lists(SECONDS, max_size=4), st.sampled_from(["measured", "stated"]), st.booleans())
def test_the_ledger_sums_to_its_gap_whatever_was_recorded(
    begin: int, active: int, wait: int, when: list[int], basis: str, paged: bool
) -> None:
    """Segments follow one another and add up to the microsecond."""
    one = episode(active_at=at(active), pending_at=at(active), firing_at=at(active + abs(wait)))
    signals = [moved(("s-p99", "s-err")[n % 2], s) for n, s in enumerate(when)]

    parts = cut(
        started=found("started", begin, basis), episode=one, moved=signals, paged={"CheckoutErrors"} if paged else set()
    )

    assert max(timedelta(), at(496) - at(begin)) == sum((p.end - p.start for p in parts), timedelta())
    assert [p.end for p in parts[:-1]] == [p.start for p in parts[1:]]
    assert {p.category for p in parts} <= set(CATEGORIES["detection"])


@pytest.mark.parametrize("kind", ["alert.pending", "alert.fired"])
def test_segments_of_the_rule_cite_its_own_samples(kind: str) -> None:
    """The events of the episode are the evidence."""
    when = {"alert.pending": 345, "alert.fired": 465}[kind]
    rows = [event(at(when), "prometheus", kind, "x", kind, evidence="e", actor_kind="machine")]

    (pending,) = [one for one in cut(events=events_frame(rows)) if one.category == "pending"]

    assert (rows[0]["event_id"],) == pending.evidence
