"""Explanations on the table with their fate, the naming of the cause, the first person at work."""

from incident_timeline.assemble.changes import changes_of
from incident_timeline.score.explanations import find_diagnosed, list_explanations
from tests.score.knew_enough_story import CUES, STORY, TALK, Line, at, changes, fix_of, frame, measured, read

MORE: tuple[Line, ...] = (
    (8, "chat.said", "kim", "could this be the storage provider? they had a blip"),
    (19, "chat.said", "kim", "provider status page is green, so it is not the provider"),
)


def test_each_explanation_has_its_stance_and_its_fate() -> None:
    """Asked and not followed up, asked and set aside, tried, acted on."""
    events = frame([*STORY, *MORE, (21, "chat.said", "bo", "found it: r91 sorts on an unindexed column")])
    known = changes(events)
    fix = fix_of(events, known, at(46))
    found = list_explanations(read(events, known), fix, measured(at(46)), CUES)
    assert [
        (at(5), "asked", "not followed up"),
        (at(8), "asked", "set aside"),
        (at(11.5), "hedged", "tried, no effect"),
        (at(21), "stated", "acted on, worked"),
        (at(22), "stated", "acted on, worked"),
    ] == [(one.at, one.stance, one.fate) for one in found]


def test_a_suspicion_shares_the_fate_of_the_attempt_on_what_it_named() -> None:
    """Somebody asked about db-7, somebody else restarted it in vain."""
    lines: list[Line] = [
        (9, "chat.said", "kim", "db-7 had a lock thing last month, maybe it is back? search reads from it"),
        (11, "chat.said", "bo", "db-7 restarted"),
        (13, "chat.said", "ana", "no change from that"),
    ]
    events = frame([*[line for line in STORY if line[0] not in {11.5, 16.0}], *lines])
    known = changes(events)
    fix = fix_of(events, known, at(46))
    fates = {one.at: one.fate for one in list_explanations(read(events, known), fix, measured(at(46)), CUES)}
    assert "tried, no effect" == fates[at(9)]


def test_the_fate_names_its_evidence() -> None:
    """What set it aside, what tried it, what acted on it."""
    events = frame([*STORY, *MORE])
    known = changes(events)
    fix = fix_of(events, known, at(46))
    fates = {one.fate: one.fate_evidence for one in list_explanations(read(events, known), fix, measured(at(46)), CUES)}
    ids = dict(zip(events["at"], events["event_id"], strict=True))
    assert (ids[at(19)],) == fates["set aside"]
    assert (ids[at(11.5)], ids[at(16)]) == fates["tried, no effect"]


def test_what_a_rollback_took_back_is_known_by_the_versions_that_were_named() -> None:
    """Its deploy is not on record; the ranking of knew_enough and the fates go by one rule."""
    lines: list[Line] = [
        (0, "page.sent", "pagerduty", "SearchErrors firing"), (5, "chat.said", "bo", "found it: v418 opens a file for each hit"),
        (9, "service.rolledback", "deploys", "search v417 is live, a rollback"), (12, "chat.said", "ana", "errors are gone"),
    ]  # fmt: skip
    events = frame(lines)
    known = changes_of(events)
    (one,) = list_explanations(read(events, known), fix_of(events, known), None, CUES)

    assert (at(5), "acted on, worked") == (one.at, one.fate)


def test_while_nothing_ended_it_an_explanation_is_open() -> None:
    """An incident without a fix so far."""
    events = frame([TALK[0], (8, "note.added", "bo", "found the cause: the certificate expired")])
    (one,) = list_explanations(read(events), fix_of(events), None, CUES)
    assert ("stated", "open") == (one.stance, one.fate)


def test_diagnosed_is_the_statement_and_not_the_wrong_guess_before() -> None:
    """The leaked sockets were a hedge and a restart did nothing."""
    events = frame([*STORY, (21, "chat.said", "bo", "found it: r91 sorts on an unindexed column")])
    known = changes(events)
    assert at(21) == find_diagnosed(read(events, known), fix_of(events, known, at(46)), CUES).at


def test_diagnosed_is_missing_where_nobody_names_a_cause() -> None:
    """A decision is not a diagnosis."""
    events = frame([TALK[0], TALK[1], TALK[8], TALK[9], TALK[10]])
    said = find_diagnosed(read(events), fix_of(events), CUES)
    assert ("missing", "no entry names a cause") == (said.status, said.reason)
