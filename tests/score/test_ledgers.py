"""Facts about the ledgers of knowing and response: they add up, and each segment goes to what the record says."""

from datetime import UTC, datetime, timedelta
from typing import Any

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from incident_timeline.assemble.changes import changes_of
from incident_timeline.config.packaged import load_cues
from incident_timeline.model.events import KINDS, event, events_frame, sort_events
from incident_timeline.model.gaps import CATEGORIES, Segment
from incident_timeline.model.milestones import NAMES, Milestone, missing
from incident_timeline.score.attempts import Attempt
from incident_timeline.score.entries import read_entries
from incident_timeline.score.ledgers import attempt_stretches, cut_knowing, cut_response
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


def response(
    events: pl.DataFrame, ends: dict[str, Milestone], attempts: tuple[Stretch, ...] = ()
) -> tuple[Segment, ...]:
    """The response ledger of a frame, its rows read with the shipped cues and weights."""
    cues, changes = load_cues(), changes_of(events)
    entries = read_entries(events, changes, cues)
    return cut_response(
        ends["knew_enough"], ends["resolved"], ends, attempts, changes, events, entries, cues.reading
    )  # fmt: skip


def told(seconds: float, text: str, kind: str = "chat.said", actor_kind: str = "human") -> dict[str, Any]:
    """One row with what was said."""
    return event(at(seconds), "x", kind, f"{kind}{seconds}{text}", text, evidence="e", actor_kind=actor_kind)


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

    ends |= {"knew_enough": found("knew_enough", 0), "resolved": found("resolved", 1200)}

    cut = response(events, ends)

    expected = [
        ("implement", 100), ("deploy", 1), ("approval", 299), ("tooling", 60), ("deploy", 140), ("recovery", 40),
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


def unknown(**known: float) -> dict[str, Milestone]:
    """All milestones missing but these."""
    return {name: missing(name, "") for name in NAMES} | {name: found(name, when) for name, when in known.items()}


def test_words_at_both_ends_say_what_a_stretch_was() -> None:
    """Nothing but chat: a pull request, its review, a pipeline, a check; each with its rule and a confidence under 1."""
    events = events_frame(
        [told(0, "the retry limit is missing"), told(1200, "opened a PR with the limit"), told(2100, "PR approved and merged"),
         told(2700, "pipeline finished, deployed to production"), told(3300, "tested, users report back that it works")]
    )  # fmt: skip

    cut = response(events, unknown(knew_enough=0, resolved=3300, fix_started=1200, fix_landed=2700))

    assert [("implement", 1200), ("approval", 900), ("deploy", 600), ("verify", 600)] == shown(cut)
    assert all(0 < segment.confidence < 1 and segment.rule.startswith("read from") for segment in cut)


def test_what_a_system_saw_is_no_word_that_cuts_the_time() -> None:
    """That a new version runs, as Prometheus saw, ends nobody's silence and speaks for no kind of work."""
    talk = [told(0, "found it: the retry limit is missing"), told(900, "ok, the limit is next")]
    cut = response(events_frame(talk), unknown(knew_enough=0, resolved=900))

    assert [("no_record", 900.0)] == shown(cut)
    for kind in ("machine", "unknown"):  # nobody is named for either
        seen = told(400, "checkout v418: a new version runs", "other", kind)
        assert shown(cut) == shown(response(events_frame([*talk, seen]), unknown(knew_enough=0, resolved=900)))
    noted = told(400, "hm", "other", "human") | {"actor": "asha"}
    assert shown(cut) != shown(response(events_frame([*talk, noted]), unknown(knew_enough=0, resolved=900)))


def test_where_words_say_nothing_for_long_there_is_no_record_of_what_was_done() -> None:
    """A finding does not say what its finder did next; four minutes without a line are a question."""
    events = events_frame([told(0, "found it: the retry limit is missing"), told(240, "ok, the limit is next")])

    cut = response(events, unknown(knew_enough=0, resolved=240))

    assert [("no_record", 240.0, 1.0)] == [(s.category, s.seconds, s.confidence) for s in cut]
    assert "found it" in cut[0].note


def test_a_deploy_that_failed_is_the_tooling_s_time() -> None:
    """Its statuses say that it ran and failed; the next one that it ran and worked."""
    events = events_frame(
        [row(0, "deploy.started", "7/1", "machine"), row(300, "service.deploy_failed", "7/2", "machine"),
         row(330, "deploy.started", "8/1", "machine"), row(600, "service.deployed", "8/2", "machine")]
    )  # fmt: skip

    cut = response(events, unknown(knew_enough=0, resolved=600))

    assert [("tooling", 300), ("deploy", 270)] == [one for one in shown(cut) if one[1] > 60]


def test_a_change_with_begin_and_end_but_no_statuses_ran_in_between() -> None:
    """A file of deploys gives one row with two times."""
    deployed = row(60, "service.deployed") | {"until": at(400)}
    cut = response(events_frame([deployed]), unknown(knew_enough=0, resolved=400))

    assert ("deploy", 340) == shown(cut)[-1]


def test_only_an_attempt_begun_after_they_knew_is_one_of_the_response() -> None:
    """One that was under way when they knew stands in the knowing ledger up to then."""
    tried = [
        Attempt("a", at(-100), at(200), "in vain", ("a",)), Attempt("b", at(300), at(400), "in vain", ("b",)),
        Attempt("c", at(420), at(450), "talk", ("c",)),
    ]  # fmt: skip
    cut = response(
        events_frame([told(0, "x"), told(450, "y")]), unknown(knew_enough=0, resolved=450),
        tuple(attempt_stretches(tried, {"c"})),
    )  # fmt: skip

    assert [("attempt_without_effect", 100)] == [one for one in shown(cut) if one[0] == "attempt_without_effect"]


WORDS = st.sampled_from(
    ["", "opened a PR", "pipeline failed again", "restarted it", "waiting for approval", "all good again", "lunch?",
     "\u2615", "backlog is draining"]
)  # fmt: skip
FRAMES = st.lists(
    st.tuples(
        st.integers(-600, 4000), st.sampled_from(sorted(KINDS)), st.integers(0, 30), st.sampled_from(["human", "machine"]), WORDS
    ),
    max_size=25,
)  # fmt: skip
TIMES = st.lists(st.integers(-300, 3600), min_size=len(NAMES), max_size=len(NAMES))
Made = list[tuple[int, str, int, str, str]]


def made(rows: Made) -> pl.DataFrame:
    """A frame of made-up rows, each id once."""
    found = {
        r["event_id"]: r
        for s, kind, n, who, said in rows
        for r in [row(s, kind, f"{n % 4}/{n}", who) | {"summary": said}]
    }
    return events_frame(found.values())


def ledgers(events: pl.DataFrame, ends: dict[str, Milestone]) -> list[tuple[tuple[Segment, ...], timedelta, str]]:
    """The knowing and the response ledger, each with the length of its gap."""
    cut = {
        "knowing": cut_knowing(ends["detected"], ends["knew_enough"], ends["acknowledged"], [], events),
        "response": response(events, ends),
    }
    gaps = {"knowing": ("detected", "knew_enough"), "response": ("knew_enough", "resolved")}
    return [
        (cut[name], max(ends[last].at - ends[first].at, timedelta()), name)  # type: ignore[operator]
        for name, (first, last) in gaps.items()
    ]


@settings(max_examples=60, deadline=None)
@given(FRAMES, TIMES)
def test_ledgers_sum_to_their_gap_for_any_record(rows: Made, times: list[int]) -> None:
    """Whatever stands in the record and wherever milestones lie, segments follow one another and add up exactly."""
    ends = {name: found(name, seconds) for name, seconds in zip(NAMES, times, strict=True)}

    for segments, length, ledger in ledgers(made(rows), ends):
        assert length == sum((s.end - s.start for s in segments), timedelta())
        assert [s.end for s in segments[:-1]] == [s.start for s in segments[1:]]
        assert all(s.start < s.end and 0 < s.confidence <= 1 for s in segments)
        assert {s.category for s in segments} <= set(CATEGORIES[ledger])


@settings(max_examples=40, deadline=None)
@given(FRAMES, TIMES, st.integers(-600, 4000), st.sampled_from(sorted(KINDS)))
def test_an_unrelated_entry_never_changes_a_sum(rows: Made, times: list[int], when: int, kind: str) -> None:
    """One more row, of any kind and at any time, cuts a ledger elsewhere at most; its length stays."""
    ends = {name: found(name, seconds) for name, seconds in zip(NAMES, times, strict=True)}
    events = made(rows)
    more = sort_events(events.vstack(events_frame([told(when, "the canteen has soup today", kind)])))

    sums = [
        [sum((s.end - s.start for s in segments), timedelta()) for segments, _, _ in ledgers(frame, ends)]
        for frame in (events, more)
    ]
    assert sums[0] == sums[1]
