"""The change that ended the incident, and what was tried before."""

from dataclasses import replace

import polars as pl

from incident_timeline.model.events import empty_events, sort_events
from tests.score.knew_enough_story import STORY, TALK, Line, at, changes, fix_of, frame


def test_a_recorded_rollback_is_the_fix_from_its_request_to_its_end() -> None:
    """Its own life cycle says when it began and landed."""
    events = frame(STORY)
    known = changes(events)
    fix = fix_of(events, known, at(46))
    assert (at(27), at(44), "recorded") == (fix.started.at, fix.landed.at, fix.started.basis)
    assert (known[2], known[1], "fixed") == (fix.change, fix.undone, fix.ended)


def test_without_deploy_records_the_words_give_the_fix() -> None:
    """Rolling back is the last thing done before users are said to be well."""
    fix = fix_of(frame(TALK))
    assert (at(26.5), "proposed") == (fix.started.at, fix.started.basis)


def test_the_attempt_runs_from_the_act_until_something_else_begins() -> None:
    """The word that it changed nothing belongs to it; asking the index team ends it."""
    events = frame(STORY)
    (attempt,) = fix_of(events, changes(events), at(46)).attempts
    assert (at(11.5), at(17)) == (attempt.start, attempt.end)
    assert ("it was said to have had no effect", 2) == (attempt.why, len(attempt.event_ids))


def test_the_deploy_that_broke_it_is_neither_fix_nor_attempt() -> None:
    """What was deployed before the first signal cannot have been a cure."""
    events = frame([line for line in STORY if line[0] not in {36.0, 26.5, 11.5, 16.0}])
    fix = fix_of(events, changes(events), at(46))
    assert ("by itself", ()) == (fix.ended, fix.attempts)


def test_what_is_done_after_recovery_is_no_fix() -> None:
    """The series were well at 20, so the rollback came too late to be it."""
    events = frame(STORY)
    fix = fix_of(events, changes(events), at(20))
    assert (at(11.5), None) == (fix.started.at, fix.change)


def test_a_failed_deploy_is_no_fix() -> None:
    """The rollback failed, so what people said they did remains."""
    events = frame(STORY)
    known = [replace(change, status="failed") if change.is_rollback else change for change in changes(events)]
    assert fix_of(events, known, at(46)).change is None


def test_a_deploy_of_a_service_without_alarm_is_no_fix_where_another_act_is() -> None:
    """Payments went out in between; the page was about search."""
    events = frame(STORY)
    known = changes(events)
    payments = frame([(40, "service.deployed", "deploys", "payments r7")]).with_columns(service=pl.lit("payments"))
    both = sort_events(events.vstack(payments))
    times = {"requested_at": at(40), "started_at": at(40), "finished_at": at(41)}
    other = replace(known[1], event_id=payments["event_id"][0], service="payments", **times)
    assert known[2] == fix_of(both, [*known, other], at(46)).change


def test_nothing_on_record_says_why() -> None:
    """Missing with its reason, never a guess."""
    assert "there are no entries to read" == fix_of(empty_events()).started.reason
    assert "no change or action is on record" == fix_of(frame(TALK[:2])).started.reason


def test_a_vendor_may_have_ended_it() -> None:
    """The provider says that they fixed it."""
    lines: list[Line] = [TALK[0], (10, "chat.said", "ana", "it is fixed on their side"), (14, *TALK[10][1:])]
    assert "by a vendor" == fix_of(frame(lines), well=at(5)).ended
