"""Facts about the ledgers of knowing and response: they add up, and each segment goes to what the record says."""

from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from incident_timeline.model.events import KINDS, event, events_frame
from incident_timeline.model.gaps import CATEGORIES, Segment
from incident_timeline.model.milestones import NAMES, Milestone, missing
from incident_timeline.score.ledgers import cut_knowing, cut_response
from incident_timeline.score.segments import Stretch

T0 = datetime(2026, 11, 17, 14, tzinfo=UTC)


def at(seconds: float) -> datetime:
    """T0 and so many seconds."""
    return T0 + timedelta(seconds=seconds)


def found(name: str, seconds: float) -> Milestone:
    """A milestone of which only the time matters."""
    return Milestone(name, at(seconds), at(seconds), at(seconds), "recorded", "found", "", (f"id-{name}",))


def row(seconds: float, kind: str, ref: str = "", actor_kind: str = "human") -> dict[str, Any]:
    """One event; rows of one deployment share the first part of `ref`."""
    return event(at(seconds), "x", kind, ref or f"{kind}{seconds}", kind, evidence="e", actor_kind=actor_kind)


def shown(segments: tuple[Segment, ...]) -> list[tuple[str, float]]:
    """Category and seconds of each segment."""
    return [(segment.category, segment.seconds) for segment in segments]


def test_knowing_is_page_to_ack_then_looking_silence_attempt_and_asking() -> None:
    """Each stretch follows its record; silence over three minutes is no record."""
    events = events_frame(
        [row(5, "page.notified", actor_kind="machine"), row(100, "incident.acknowledged"), row(160, "note.added"),
         row(500, "chat.said"), row(640, "responder.requested"), row(700, "responder.joined"), row(760, "note.added")]
    )  # fmt: skip
    attempt = Stretch(at(500), at(640), "attempt_without_effect", "restart", 1, ("a",))

    cut = cut_knowing(found("detected", 0), found("knew_enough", 760), found("acknowledged", 100), [attempt], events)

    expected = [
        ("notifying", 5), ("page_to_ack", 95), ("investigating", 60), ("no_record", 340), ("attempt_without_effect", 140),
        ("mobilising", 60), ("investigating", 60),
    ]  # fmt: skip
    assert expected == shown(cut)


def test_response_follows_the_deploy_s_own_statuses() -> None:
    """Decision, waiting for approval, queue, roll-out, recovery, watching and closing."""
    from incident_timeline.assemble.changes import changes_of

    events = events_frame(
        [row(60, "chat.said"), row(100, "deploy.requested", "7/requested"), row(101, "deploy.waiting", "7/1"),
         row(400, "deploy.queued", "7/2"), row(460, "deploy.started", "7/3"), row(600, "service.rolledback", "7/4"),
         row(900, "status.updated"), row(1200, "incident.resolved")]
    )  # fmt: skip
    ends = {name: missing(name, "") for name in NAMES}
    ends |= {
        "fix_started": found("fix_started", 100),
        "fix_landed": found("fix_landed", 600),
        "mitigated": found("mitigated", 640),
    }

    cut = cut_response(found("knew_enough", 0), found("resolved", 1200), ends, [], changes_of(events), events)

    expected = [
        ("implement", 100), ("execute", 1), ("approval", 299), ("tooling", 60), ("deploy", 140), ("recovery", 40),
        ("verify", 260), ("closing", 300),
    ]  # fmt: skip
    assert [(category, seconds) for category, seconds in expected] == _joined(shown(cut))


def _joined(segments: list[tuple[str, float]]) -> list[tuple[str, float]]:
    """Neighbours of one category as one."""
    joined: list[tuple[str, float]] = []
    for category, seconds in segments:
        if joined and joined[-1][0] == category:
            joined[-1] = (category, joined[-1][1] + seconds)
        else:
            joined.append((category, seconds))
    return joined


FRAMES = st.lists(
    st.tuples(st.integers(-600, 4000), st.sampled_from(sorted(KINDS)), st.integers(0, 30), st.sampled_from(["human", "machine"])),
    max_size=25,
)  # fmt: skip
TIMES = st.lists(st.integers(-300, 3600), min_size=len(NAMES), max_size=len(NAMES))


@settings(max_examples=60, deadline=None)
@given(FRAMES, TIMES)
def test_ledgers_sum_to_their_gap_for_any_record(rows: list[tuple[int, str, int, str]], times: list[int]) -> None:
    """Whatever stands in the record and wherever milestones lie, segments follow one another and add up exactly."""
    from incident_timeline.assemble.changes import changes_of

    made = {r["event_id"]: r for s, kind, n, who in rows for r in [row(s, kind, f"{n % 4}/{n}", who)]}
    events = events_frame(made.values())
    ends = {name: found(name, seconds) for name, seconds in zip(NAMES, times, strict=True)}
    knowing = cut_knowing(ends["detected"], ends["knew_enough"], ends["acknowledged"], [], events)
    response = cut_response(ends["knew_enough"], ends["resolved"], ends, [], changes_of(events), events)

    for segments, first, last, ledger in (
        (knowing, "detected", "knew_enough", "knowing"), (response, "knew_enough", "resolved", "response"),
    ):  # fmt: skip
        length = max(ends[last].at - ends[first].at, timedelta())  # type: ignore[operator]
        assert length == sum((s.end - s.start for s in segments), timedelta())
        assert [s.end for s in segments[:-1]] == [s.start for s in segments[1:]]
        assert {s.category for s in segments} <= set(CATEGORIES[ledger])
