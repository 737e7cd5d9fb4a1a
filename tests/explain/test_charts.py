"""Chart descriptions: one measured fact in each title, every value from the scores, nothing hidden."""

import re
from dataclasses import replace
from datetime import timedelta

import polars as pl
import pytest

from incident_timeline.assemble.changes import changes_of
from incident_timeline.explain.charts import CHARTS, describe_lanes, describe_ledgers, describe_signal
from incident_timeline.model.events import event, events_frame, sort_events
from incident_timeline.model.instants import duration
from incident_timeline.model.pictures import Lane, NoPicture, Picture, Plot, StairBody, TimeBody
from incident_timeline.model.scored import Scored
from tests.explain.example_incident import ROLES, at, make_scored, numbers
from tests.explain.odd_incidents import (
    ODD,
    knew_abstained,
    knew_missing,
    moved,
    no_alerts,
    no_event,
    no_signal,
    out_of_order,
    paged_before_hurt,
    several_days,
    still_open,
)


def lanes(scored: Scored) -> Picture:
    """The lanes of an incident with the example's roles and numbers."""
    found = describe_lanes(scored, ROLES, numbers())
    assert isinstance(found, Picture)
    return found


def ledgers(scored: Scored) -> Picture:
    """Its ledgers."""
    found = describe_ledgers(scored, ROLES, numbers())
    assert isinstance(found, Picture)
    return found


def signal(scored: Scored) -> Picture:
    """Its deciding signal."""
    found = describe_signal(scored, ROLES, numbers())
    assert isinstance(found, Picture)
    return found


def lane(picture: Picture, key: str) -> Lane:
    """One lane of a picture."""
    assert isinstance(picture.body, TimeBody)
    found = next(one for one in picture.body.lanes if one.key == key)
    assert isinstance(found, Lane)
    return found


def plot(picture: Picture, key: str) -> Plot:
    """One panel of a picture."""
    assert isinstance(picture.body, TimeBody)
    found = next(one for one in picture.body.lanes if one.key == key)
    assert isinstance(found, Plot)
    return found


def test_titles_state_one_measured_fact() -> None:
    """The example's three titles."""
    scored = make_scored()
    assert lanes(scored).title == "INC-123, checkout: users were hurt for 55:35; 10:17 of the response left no record"
    assert signal(scored).title == "P99 latency left its band 8:16 before the page; no rule reads it"
    assert ledgers(scored).title == "From first hurt to resolved, 1:11:47: no record explains 10:17 of it"


@pytest.mark.parametrize(
    ("scored", "titles"),
    [
        (still_open, ("still open 1:30:45 after first hurt", "before the page", "Still open 1:30:45 after first hurt")),
        (no_signal, ("1:03:31 from the page to resolved", None, "From first page to resolved, 1:03:31")),
        (
            paged_before_hurt,
            ("users were hurt for 55:35", "1:15 after the page", "From first page to resolved, 1:13:02"),
        ),
        (no_event, ("0 entries on record", None, None)),
    ],
)
def test_titles_of_odd_incidents_state_what_is_known(scored: object, titles: tuple[str | None, ...]) -> None:
    """What is missing is not in the title; what is known is; without either there is no picture but a reason."""
    assert callable(scored)
    for describe, words in zip((describe_lanes, describe_signal, describe_ledgers), titles, strict=True):
        found = describe(scored(), ROLES, numbers())
        if words is None:
            assert isinstance(found, NoPicture)
            assert found.reason
        else:
            assert isinstance(found, Picture)
            assert words in found.title


@pytest.mark.parametrize("odd", ODD)
def test_alternative_texts_keep_their_form(odd: str) -> None:
    """From, to, finding, table; 300 characters at most; no colours, no blame, never one chain of causes."""
    for describe in CHARTS:
        found = describe(ODD[odd](), ROLES, numbers())
        if isinstance(found, NoPicture):
            continue
        assert len(found.alt) <= 300
        places = ("the record", "the RESPONSE section", "the SYSTEMIC section", "the page")
        assert found.alt.endswith(tuple(f"Table: {place}." for place in places))
        said = " ".join((*found.titles, *found.subtitles, found.alt, found.desc)).casefold()
        assert not re.search(r"root cause|blame|fault of|caused by|mistake|image of|\bred\b|\bblue\b", said)
        assert found.desc


def test_phases_give_an_unconfirmed_moment_as_a_band() -> None:
    """Detect and respond with their lengths, know without one, between them the band over three candidates."""
    (row,) = lane(lanes(make_scored()), "phases").rows
    assert [(bar.fill, bar.texts[0]) for bar in row.bars] == [
        ("phase", "detect 8:16"), ("phase", "know"), ("proposed", "knew enough: not confirmed"),
        ("phase", "respond 36:47 to 58:32"),
    ]  # fmt: skip
    assert (row.bars[2].start, row.bars[2].end) == (at("14:12:30"), at("14:34:15"))
    assert [mark.texts[0] for mark in row.marks] == ["1 cause named E14", "2 decision E15", "3 a question E7"]


def test_without_a_moment_of_knowing_the_response_is_not_divided() -> None:
    """One bar from page to resolved that says so, in lanes and in ledgers."""
    (row,) = lane(lanes(knew_missing()), "phases").rows
    assert [bar.texts[0] for bar in row.bars] == ["detect 8:16", "the page to resolved 1:03:31; knew enough: missing"]
    body = ledgers(knew_missing()).body
    assert isinstance(body, StairBody)
    assert [stair.head for stair in body.stairs] == [
        "Detection 8:16 [7:51 to 8:41]",
        "First page to resolved 1:03:31, not divided",
    ]
    assert ledgers(knew_missing()).title == "From first hurt to resolved, 1:11:47: 1:03:31 of it could not be divided"
    assert lane(lanes(knew_missing()), "norecord").empty == "not known: the response could not be divided"


def test_candidates_of_a_moment_that_nothing_proposes_are_not_drawn_as_unconfirmed() -> None:
    """An abstention is drawn as a missing moment is: no band, no phase of responding, no dashed line on the signal."""
    picture = lanes(knew_abstained())
    (row,) = lane(picture, "phases").rows

    assert [bar.texts[0] for bar in row.bars] == ["detect 8:16", "the page to resolved 1:03:31; knew enough: missing"]
    assert () == row.marks
    assert "missing: knew enough" in picture.alt
    assert "knew enough: no candidate stands out" in picture.desc
    assert isinstance(body := signal(knew_abstained()).body, TimeBody)
    assert [] == [span.texts for span in body.spans if any("knew enough" in text for text in span.texts)]


def test_the_title_counts_from_when_the_signal_itself_moved() -> None:
    """First hurt is a moment of all signals together; the deciding one may have left its band before."""
    scored = make_scored()
    own = next(one for one in scored.moved if one.series_id == scored.decisive)
    sooner = tuple(replace(one, at=one.at - timedelta(minutes=1)) if one is own else one for one in scored.moved)
    detected = scored.milestones["detected"].at
    assert detected is not None
    gap = duration((detected - own.at).total_seconds() + 60)

    assert f"P99 latency left its band {gap} before the page" in signal(replace(scored, moved=sooner)).title


def test_what_nobody_recorded_the_end_of_is_not_called_open() -> None:
    """A file of events holds no state: the picture ends after what is known, however much later evidence was collected."""
    late = replace(still_open(), collected_at=at("15:30:00") + timedelta(days=8))
    unknown = lanes(replace(late, incident=replace(late.incident, status="unknown", resolved_at=None)))
    open_one = lanes(replace(late, incident=replace(late.incident, status="triggered", resolved_at=None)))

    assert isinstance(unknown.body, TimeBody)
    assert isinstance(open_one.body, TimeBody)
    assert ("respond, no end on record", at("15:19:00")) == (
        lane(unknown, "phases").rows[0].bars[-1].texts[0],
        unknown.body.end,
    )
    assert ("respond, still open", late.collected_at) == (
        lane(open_one, "phases").rows[0].bars[-1].texts[0],
        open_one.body.end,
    )
    assert ("open" in unknown.title, "still open" in open_one.title) == (False, True)


def test_people_stand_by_role_in_the_order_of_appearance() -> None:
    """Four roles; the person asked waits on their own line; words are quoted, acts named."""
    rows = lane(lanes(make_scored()), "people").rows
    assert [row.name for row in rows] == ["A, on call", "B, on call 2", "C, orders team", "D, approver"]
    assert [mark.name for mark in rows[0].marks] == ["E6", "E7", "E8", "E9", "E15", "E20", "E21", "E22"]
    assert [(wait.start, wait.end) for wait in rows[2].bars] == [(at("14:24:30"), at("14:27:10"))]
    assert rows[0].marks[1].texts[0] == "E7 “anything deployed around two?”"


def test_a_rollback_stands_in_its_parts() -> None:
    """Approval is waiting for a person, the queue waiting for a machine, then the roll-out; one attempt had no effect."""
    bars = [bar for row in lane(lanes(make_scored()), "changes").rows for bar in row.bars]
    assert [(bar.fill, bar.texts[0]) for bar in bars] == [
        ("change_strong", "deploy v418 4:08"), ("change_strong", "pods restarted, no effect"),
        ("people_pale", "rollback to v417, 17:50 from asked to live"), ("people_pale", "approval 8:15"),
        ("change_pale", "queue 3:12"), ("change_strong", "roll-out 6:23"),
    ]  # fmt: skip


def test_a_restart_by_hand_is_not_called_a_deploy() -> None:
    """What Prometheus saw, or a person noted, is named as what it was."""
    scored = make_scored()
    seen = event(
        at("14:19:20"),
        "deploys-0",
        "service.restarted",
        "checkout/1",
        "1 process began anew",
        evidence="x",
        service="checkout",
    )
    events = sort_events(pl.concat([scored.events, events_frame([seen])]))
    restarted = replace(scored, events=events, changes=changes_of(events))
    texts = [bar.texts for row in lane(lanes(restarted), "changes").rows for bar in row.bars]

    assert ("restart",) in texts


def test_the_rule_that_paged_has_its_own_panel() -> None:
    """Threshold in the rule's words, the line's hue while the comparison held; pending and firing with their lengths."""
    found = plot(signal(make_scored()), "rule")
    assert found.threshold is not None
    assert (found.threshold.value, found.threshold.texts[0]) == (0.02, "CheckoutErrors: over 2 % for 2 m [R2]")
    assert len(found.outside) == 1
    bars = lane(signal(make_scored()), "alerts").rows[0].bars
    assert [bar.texts[0] for bar in bars] == ["pending 2:00", "CheckoutErrors firing 49:30"]


def test_all_milestones_stand_on_the_signal() -> None:
    """Twelve confirmed ones as hairlines, two of one second together, the unconfirmed one as a span with three ticks."""
    body = signal(make_scored()).body
    assert isinstance(body, TimeBody)
    assert sum(len(moment.names) for moment in body.moments) == 12
    assert body.moments[0].texts[0] == "first hurt, first signal 13:59:15 ±25 s"
    (proposed,) = [span for span in body.spans if span.kind == "proposed"]
    assert (proposed.start, proposed.end, len(proposed.ticks)) == (at("14:12:30"), at("14:34:15"), 3)
    assert [(span.start, span.end) for span in body.spans if span.kind == "hurt"] == [
        (at("13:58:50"), at("13:59:40")), (at("14:54:10"), at("14:55:25")),
    ]  # fmt: skip


def test_the_staircase_holds_the_ledgers_exactly() -> None:
    """Every microsecond of every segment, rows end to end, the key's sums of the same whole."""
    scored = make_scored()
    body = ledgers(scored).body
    assert isinstance(body, StairBody)
    steps = [step for stair in body.stairs for step in stair.steps]
    whole = sum((s.end - s.start for parts in scored.ledgers.values() for s in parts), timedelta())
    assert sum(step.micros for step in steps) == whole // timedelta(microseconds=1) == 4_307_000_000
    assert [row.text for row in body.sums] == [
        "10:17 no record: ask the room", "29:32 strong: under way, on record", "31:58 pale: waiting",
    ]  # fmt: skip


def test_gaps_out_of_order_say_so() -> None:
    """Nothing is divided where resolved lies before knowing; the picture says that, with the reason."""
    body = ledgers(out_of_order()).body
    assert isinstance(body, StairBody)
    heads = [stair.head for stair in body.stairs]
    assert heads[2] == "Response: out of order"
    assert body.stairs[2].asides[0] == "resolved lies before knew enough, which is not confirmed: candidate 1 was taken"
    assert ledgers(out_of_order()).title == "From first hurt to resolved, 20:45; the moments between are out of order"


def test_a_page_before_the_hurt_is_not_an_error() -> None:
    """It is said as that."""
    body = ledgers(paged_before_hurt()).body
    assert isinstance(body, StairBody)
    assert body.stairs[0].head == "Detection: paged 1:15 before users were hurt"


def test_lanes_without_anything_say_so() -> None:
    """No alert, no signal: a sentence in the lane, not an empty picture."""
    assert plot(lanes(no_signal()), "sli").empty == "no service-level signal: no series was collected"
    assert lane(lanes(no_alerts()), "alerts").empty == "no alert and no page on record"


def test_a_deploy_long_before_does_not_squeeze_the_incident() -> None:
    """An hour and a half of nothing between a deploy and first hurt is left out; a silence in the incident never is so soon."""
    early = replace(make_scored().changes[0], event_id="early", requested_at=at("12:10:00"), started_at=at("12:10:00"),
                    finished_at=at("12:12:00"))  # fmt: skip
    scored = replace(make_scored(), changes=(early, *make_scored().changes))
    body = lanes(scored).body
    assert isinstance(body, TimeBody)
    assert body.breaks == ((at("12:22:00"), at("13:44:02")),)
    shifted = moved(make_scored(), lambda one: one + timedelta(hours=2) if one >= at("14:43:00") else one)
    silent = lanes(shifted).body
    assert isinstance(silent, TimeBody)
    assert silent.breaks == ()


def test_long_silences_are_left_out() -> None:
    """Over four hours without an entry: ten minutes stay on each side."""
    body = lanes(several_days()).body
    assert isinstance(body, TimeBody)
    ((left, right),) = body.breaks
    assert (left, right) == (at("15:04:50"), at("14:48:00") + timedelta(days=3))
