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


def test_a_restart_in_between_is_not_what_the_rollback_took_back() -> None:
    """Prometheus saw the process begin anew; it brought no other commit."""
    events = frame(STORY)
    known = changes(events)
    restart = replace(
        known[1], event_id="restart", requested_at=at(12), started_at=None, finished_at=None, sha=None, ref=None
    )
    assert known[1] == fix_of(events, [*known, restart], at(46)).undone


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
    """The series were well at 20, so the rollback came too late to be it, and the restart was said to have changed nothing."""
    events = frame(STORY)
    fix = fix_of(events, changes(events), at(20))
    assert (None, None, "by itself") == (fix.started.at, fix.change, fix.ended)
    assert [at(11.5)] == [attempt.start for attempt in fix.attempts]


def test_a_restart_that_nobody_denied_before_recovery_is_the_fix() -> None:
    """The same without the word that it changed nothing."""
    events = frame([line for line in STORY if line[0] != 16.0])
    fix = fix_of(events, changes(events), at(20))
    assert (at(11.5), None, "fixed") == (fix.started.at, fix.change, fix.ended)


CAPACITY: tuple[Line, ...] = (
    (0, "page.sent", "pagerduty", "SearchSlow firing for search"),
    (2, "incident.acknowledged", "ana", "acknowledged"),
    (4, "chat.said", "bo", "last spring the index nodes slowed search just like this, I can bounce them"),
    (5, "chat.said", "bo", "index nodes restarted"),
    (7, "chat.said", "ana", "nothing changed, same as before"),
    (12, "chat.said", "kim", "search has 20 slots and every one is taken since the crawler came"),
    (14, "chat.said", "kim", "taking it to 40"),
    (15, "chat.said", "monitoring", "search: slots.max changed 20 -> 40 by kim"),
    (16, "chat.said", "ana", "better, the wait stopped growing"),
    (22, "incident.resolved", "ana", "resolved"),
)


def test_a_bot_s_line_about_a_change_is_the_fix_without_any_deploy() -> None:
    """Nothing was deployed: the configuration bot's line is the only record of what was done."""
    fix = fix_of(frame(CAPACITY), well=at(17))
    assert (at(15), at(15), "recorded") == (fix.started.at, fix.landed.at, fix.landed.basis)


def test_an_attempt_runs_from_its_offer_to_the_next_act_though_the_denial_names_nothing() -> None:
    """The word that nothing changed speaks of the restart just before; the offer to restart belongs to it."""
    (attempt,) = fix_of(frame(CAPACITY), well=at(17)).attempts
    assert (at(4), "it was said to have had no effect", 3) == (attempt.start, attempt.why, len(attempt.event_ids))


def test_what_was_done_about_another_matter_is_no_fix_where_series_say_when_it_ended() -> None:
    """Somebody cleared their cookies for the wiki's sake; search came back five minutes later, by itself."""
    other: list[Line] = [
        (-5, "chat.said", "kim", "anybody else thrown out of the wiki all the time?"),
        *CAPACITY[:2],
        (6, "chat.said", "kim", "re wiki, it was the cookies, clearing them helped"),
        CAPACITY[-1],
    ]
    fix = fix_of(frame(other), well=at(11))
    assert ("by itself", ()) == (fix.ended, fix.attempts)


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
