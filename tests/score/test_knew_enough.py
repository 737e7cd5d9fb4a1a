"""The moment they knew enough: proposed with rivals, or not at all, and the same whatever order and clock."""

from dataclasses import replace
from datetime import timedelta

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from incident_timeline.model.events import empty_events
from tests.score.knew_enough_story import STORY, TALK, Line, at, changes, frame, propose


def test_the_statement_about_what_the_rollback_took_back_comes_first_and_the_decision_second() -> None:
    """A finding without any word for finding is known by the release that it names."""
    events = frame(STORY)
    said = propose(events, changes(events), at(46))
    assert [at(22), at(26.5)] == [rival.at for rival in said.alternatives[:2]]
    assert ("found", "proposed", at(22)) == (said.status, said.basis, said.at)
    assert "names what the rollback took back" in said.alternatives[0].why


def test_the_range_spans_the_near_rivals_and_holds_the_proposal() -> None:
    """Until a person confirms it, it is a range."""
    events = frame(STORY)
    said = propose(events, changes(events), at(46))
    assert (at(22), at(26.5)) == (said.earliest, said.latest)


def test_without_deploys_and_series_the_words_alone_find_the_same_line() -> None:
    """A feed of chat and pages is enough when the finding is worded as one."""
    lines = [(m, k, a, t.replace("r91 sorts", "found it: r91 sorts")) for m, k, a, t in TALK]
    assert at(22) == propose(frame(lines)).at


def test_a_question_is_only_a_rival_and_says_so() -> None:
    """A question alone is "first said", not knew_enough."""
    lines: list[Line] = [
        TALK[0],
        (4, "chat.said", "ana", "could this be the release of r91?"),
        TALK[-3],
        TALK[-2],
        TALK[-1],
    ]
    said = propose(frame(lines))
    question = next(rival for rival in said.alternatives if rival.at == at(4))
    assert said.at != at(4)
    assert "a question" in question.against


def test_a_decision_without_a_cause_counts() -> None:
    """To say that one rolls back is knowing enough, whatever the cause."""
    lines = [line for line in TALK if line[0] != 22.0]
    assert at(26.5) == propose(frame(lines)).at


def test_a_cause_found_after_recovery_does_not_count() -> None:
    """The series were back at 46; what is found at 55 acted on nothing."""
    late: Line = (55, "note.added", "bo", "root cause identified: r91 sorts on an unindexed column")
    lines = [line for line in STORY if line[0] != 22.0]
    events = frame([*lines, late])
    assert at(26.5) == propose(events, changes(events), at(46)).at


def test_an_incident_that_ended_by_itself_is_not_given_a_moment() -> None:
    """Nothing was done before the series recovered."""
    lines: list[Line] = [
        (0, "page.sent", "pagerduty", "SearchSlow firing for search"),
        (1.4, "incident.acknowledged", "ana", "acknowledged"),
        (5, "chat.said", "ana", "one shard only?"),
        (14, "incident.resolved", "pagerduty", "resolved"),
    ]
    said = propose(frame(lines), well=at(7))
    assert ("missing", None) == (said.status, said.at)
    assert said.reason.startswith("it seems to have ended by itself")
    assert [at(5)] == [rival.at for rival in said.alternatives]


def test_a_restart_by_a_machine_is_nobodys_knowledge() -> None:
    """The platform replaced the pod; a person had only asked."""
    lines: list[Line] = [
        (0, "page.sent", "pagerduty", "SearchSlow firing for search"),
        (5, "chat.said", "ana", "one shard only?"),
        (6.5, "service.restarted", "monitoring", "search-7 restarted, liveness probe failed"),
        (14, "incident.resolved", "pagerduty", "resolved"),
    ]
    said = propose(frame(lines), well=at(7))
    assert "missing" == said.status
    assert "unexplained restart" in said.reason


def test_a_row_that_nobody_is_named_for_is_no_candidate() -> None:
    """A source's own remark that a new version runs was said by no one."""
    events = frame([*TALK, (27, "other", "", "search r90: a new version runs, because of the roll-back")])
    nobody = events.with_columns(
        actor_kind=pl.when(pl.col("kind") == "other").then(pl.lit("unknown")).otherwise("actor_kind")
    )
    assert at(27) not in [rival.at for rival in propose(nobody).alternatives]


def test_nothing_written_down_is_said_so() -> None:
    """An empty frame, and one that only machines wrote."""
    machines = frame([TALK[0], (3, "alert.fired", "monitoring", "SearchErrors")])
    assert "nothing was written down: there are no entries" == propose(empty_events()).reason
    assert "nothing was written down by a person" == propose(machines).reason


def test_removing_the_winner_promotes_a_rival() -> None:
    """The next one takes its place, and nothing else moves up past it."""
    events = frame(STORY)
    known = changes(events)
    said = propose(events, known, at(46))
    without = propose(events.filter(pl.col("event_id") != said.evidence[0]), known, at(46))
    assert said.alternatives[1].event_id == without.evidence[0]


@given(st.integers(min_value=-(10**13), max_value=10**13))
@settings(max_examples=25, deadline=None)
def test_shifting_all_times_shifts_the_answer(microseconds: int) -> None:
    """Nothing depends on the date, the hour or the zone."""
    shift = timedelta(microseconds=microseconds)
    said, moved = propose(frame(TALK)), propose(frame(TALK, shift))
    assert said.at is not None
    assert said.earliest is not None
    assert said.latest is not None
    assert (said.at + shift, said.earliest + shift, said.latest + shift) == (moved.at, moved.earliest, moved.latest)
    assert [rival.text for rival in said.alternatives] == [rival.text for rival in moved.alternatives]


@given(st.permutations(list(STORY)), st.sampled_from([1.0, 10.0, 60.0]))
@settings(max_examples=25, deadline=None)
def test_the_order_of_equal_times_does_not_matter(lines: list[Line], coarse: float) -> None:
    """Times are rounded until many are equal, and the rows are written in any order."""
    coarser = [(minutes // coarse * coarse, kind, actor, text) for minutes, kind, actor, text in lines]
    events, usual = frame(coarser), frame(sorted(coarser))
    assert propose(usual, changes(usual)) == propose(events.sample(fraction=1, shuffle=True, seed=1), changes(events))


@given(st.lists(st.text(max_size=60), max_size=8))
@settings(max_examples=50, deadline=None)
def test_any_text_is_read(texts: list[str]) -> None:
    """Other scripts, emoji, control characters and empty texts neither fail nor become an answer without a text."""
    lines: list[Line] = [(10 + number, "chat.said", "ana", text) for number, text in enumerate(texts)]
    said = propose(frame([*TALK, *lines]))
    assert all(rival.text.strip() for rival in said.alternatives)
    assert all(0 <= rival.score <= 1 for rival in said.alternatives)


def test_long_messages_are_read_at_their_beginning_and_quoted_short() -> None:
    """100 kB of log pasted into the channel behind a finding; and 100 kB of what costs most to match."""
    finding = "found it: r91 sorts on an unindexed column " + "at Worker.run(pool.go:41) " * 4000
    lines = [(m, k, a, finding if m == 22.0 else t) for m, k, a, t in TALK]
    hard: list[Line] = [(55, "chat.said", "ana", "a-" * 50_000), (56, "chat.said", "ana", "start " * 17_000)]
    said = propose(frame([*lines, *hard]))
    assert at(22) == said.at
    assert 500 == len(said.alternatives[0].text)


def test_the_quotation_is_what_was_said() -> None:
    """Text cut in the summary is taken whole from detail."""
    long_text = "found it: r91 sorts on an unindexed column. " + "The shard workers queue. " * 15
    events = frame([(m, k, a, long_text if m == 22.0 else t) for m, k, a, t in TALK])
    assert long_text == propose(events).alternatives[0].text


def test_talk_about_other_things_does_not_win() -> None:
    """A channel's finding about another system shares nothing with this incident."""
    other: Line = (24, "chat.said", "kim", "found the cause: printer driver outdated, root cause is the toner tray")
    events = frame([*STORY, other])
    assert at(22) == propose(events, changes(events), at(46)).at


def test_a_marked_fix_time_is_not_needed() -> None:
    """A rollback that is still running is the fix all the same."""
    events = frame(STORY)
    known = [replace(change, finished_at=None, status="running") for change in changes(events)]
    assert at(22) == propose(events, known, at(46)).at
