"""Facts about reading changes out of the event frame."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import polars as pl
import pytest

from incident_timeline.assemble.changes import changes_of
from incident_timeline.model.events import event, events_frame

T0 = datetime(2026, 11, 17, 14, tzinfo=UTC)


def row(minutes: float, kind: str, ref: str, summary: str = "checkout", **fields: Any) -> dict[str, Any]:
    """A row of a deploy, so many minutes after T0."""
    detail = fields.pop("detail", None)
    written = json.dumps(detail) if detail is not None else None
    at = T0 + timedelta(minutes=minutes)
    return event(at, "deploys", kind, ref, summary, evidence="d#/0", service="checkout", detail=written, **fields)


def deployment(number: int, begin: float, sha: str, kind: str = "service.deployed") -> list[dict[str, Any]]:
    """Asked for, started, ended, at `begin` and one and two minutes later."""
    detail = {"sha": sha, "environment": "production"}
    return [
        row(begin, "deploy.requested", f"{number}/requested", actor="asha", actor_kind="human", detail=detail),
        row(begin + 1, "deploy.started", f"{number}/1", actor="ci", actor_kind="machine", detail=detail),
        row(begin + 2, kind, f"{number}/2", actor="ci", actor_kind="machine", detail=detail),
    ]


def changes(*rows: dict[str, Any]) -> Any:
    """The changes of a frame of these rows."""
    return changes_of(events_frame(rows))


def test_an_entry_with_a_verdict_is_a_change_of_its_own() -> None:
    """Whatever its source's reference looks like, and without changing what the others are."""
    told = row(5, "chat.said", "room/7", "deploybot: search v9 is live", actor="deploybot", actor_kind="machine")
    rows = [*deployment(1, 0, "aaa"), told, row(6, "chat.said", "room/8", "thanks")]
    usual = changes(*rows)
    (first, judged) = changes_of(events_frame(rows), [told["event_id"]])

    assert (first,) == usual
    assert (told["event_id"], T0 + timedelta(minutes=5), "succeeded", False) == (
        judged.event_id,
        judged.at,
        judged.status,
        judged.is_rollback,
    )


def test_the_rows_of_one_deployment_are_one_change() -> None:
    """Asked for by a person at 0, started at 1, finished at 2 minutes."""
    (change,) = changes(*deployment(7, 0, "a" * 40))

    minutes = [(t - T0) / timedelta(minutes=1) for t in (change.requested_at, change.started_at, change.finished_at)]
    assert [0, 1, 2] == minutes
    assert ("succeeded", "asha", "checkout", "a" * 40) == (change.status, change.actor, change.service, change.sha)


def test_a_sha_that_was_live_before_is_a_rollback_with_its_reason() -> None:
    """a, b, then a again: the third goes back, and says why."""
    found = changes(*deployment(1, 0, "a"), *deployment(2, 10, "b"), *deployment(3, 20, "a"))

    assert [False, False, True] == [one.is_rollback for one in found]
    assert ("a", "a sha that was live before, with another in between") == (found[2].to_sha, found[2].why)


def test_the_same_sha_again_is_a_redeploy() -> None:
    """Nothing else was live in between, so nothing was taken back."""
    found = changes(*deployment(1, 0, "a"), *deployment(2, 10, "a"))

    assert (False, "the sha that was live, deployed again") == (found[1].is_rollback, found[1].why)


def test_what_failed_was_never_live() -> None:
    """a, b fails, a again: a was live all the time."""
    found = changes(*deployment(1, 0, "a"), *deployment(2, 10, "b", "service.deploy_failed"), *deployment(3, 20, "a"))

    assert ["succeeded", "failed", "succeeded"] == [one.status for one in found]
    assert not found[2].is_rollback


def test_words_come_before_shas() -> None:
    """What calls itself a roll-back is one, whatever its sha."""
    (change,) = changes(row(0, "service.deployed", "1", "checkout rolled back to v417"))

    assert (True, "it says 'rolled back'") == (change.is_rollback, change.why)


def test_what_the_collector_found_wins() -> None:
    """It has seen deployments of before the window, which the frame has not."""
    detail = {"sha": "a", "is_rollback": True, "to_sha": "a", "why": "compare says behind"}
    (change,) = changes(row(0, "service.deployed", "1", detail=detail))

    assert (True, "a", "compare says behind") == (change.is_rollback, change.to_sha, change.why)


@pytest.mark.parametrize(
    ("kinds", "status"),
    [
        (["deploy.requested"], "queued"),
        (["deploy.requested", "deploy.waiting"], "queued"),
        (["deploy.requested", "deploy.started"], "running"),
        (["deploy.requested", "deploy.started", "service.deploy_failed"], "failed"),
    ],
)
def test_the_status_is_that_of_the_last_step_reached(kinds: list[str], status: str) -> None:
    """What is not finished is not called so."""
    rows = [row(n, kind, f"9/{n}") for n, kind in enumerate(kinds)]

    assert status == changes(*rows)[0].status


def test_a_change_event_stands_for_itself() -> None:
    """A change that is one row has no stages."""
    (change,) = changes(row(0, "change.made", "c1", "flag turned on"))

    assert ("succeeded", False, "a change, no deployment") == (change.status, change.is_rollback, change.why)


def test_one_row_with_an_end_is_its_whole_roll_out() -> None:
    """`at` and `until` of a file are start and finish."""
    (change,) = changes(row(0, "service.deployed", "1", until=T0 + timedelta(minutes=3)))

    assert (T0, T0 + timedelta(minutes=3)) == (change.started_at, change.finished_at)


def test_other_rows_are_no_changes() -> None:
    """Chat about a deploy is no deploy."""
    assert () == changes(row(0, "chat.said", "1", "deploying v418"))


def test_the_order_of_rows_does_not_matter() -> None:
    """A frame is a set of rows: changes are the same however it was put together."""
    rows = [*deployment(1, 0, "a"), *deployment(2, 10, "b"), *deployment(3, 20, "a")]
    frame = events_frame(rows)

    assert changes_of(frame) == changes_of(events_frame(reversed(rows)))
    assert changes_of(frame) == changes_of(frame.sort("event_id").sort("at", maintain_order=True))
    assert () == changes_of(pl.DataFrame(schema=frame.schema))
