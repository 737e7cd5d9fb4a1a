"""The end of an incident that no paging system kept."""

import pytest

from incident_timeline.model.milestones import Milestone, missing
from incident_timeline.score.closing import propose_resolved
from incident_timeline.score.entries import read_entries
from tests.score.knew_enough_story import CUES, TALK, Line, at, frame

OPEN = missing("resolved", "the incident was still open when evidence was collected")
WITHOUT = TALK[:-1]


def proposed(lines: tuple[Line, ...], source: str = "events") -> Milestone:
    """What is proposed for a record without a resolve."""
    return propose_resolved(OPEN, read_entries(frame(lines), (), CUES), frozenset({source, "score"}))


def test_the_last_word_that_users_were_well_is_proposed() -> None:
    """A file of events without a resolve: somebody wrote that it is back to normal."""
    found = proposed(WITHOUT)
    assert (at(50), "proposed", "found") == (found.at, found.basis, found.status)
    assert "no resolve is on record" in found.reason


def test_what_pagerduty_holds_open_is_open() -> None:
    """Whatever people said."""
    assert OPEN == proposed(WITHOUT, "pagerduty")


@pytest.mark.parametrize(
    ("lines", "why"),
    [
        (WITHOUT[:-1], "no resolve is on record, and no word that users were well or that it was closed"),
        (
            (*WITHOUT, (58.0, "chat.said", "bo", "search is still failing for the shard workers")),
            "no resolve is on record, and after the last word of a recovery came one that it was none",
        ),
    ],
)
def test_without_a_paging_system_it_stays_missing_and_is_not_called_open(lines: tuple[Line, ...], why: str) -> None:
    """Nobody said a word of an end; somebody said later that it goes on. Whether it is open no record says."""
    assert missing("resolved", why) == proposed(lines, "events")


def test_a_resolve_on_record_is_left_alone() -> None:
    """Whatever was said after it."""
    kept = Milestone("resolved", at(64), at(64), at(64), "recorded", "found", "last resolve", ("x",))
    assert kept == propose_resolved(kept, read_entries(frame(TALK), (), CUES), frozenset({"events"}))
