"""Facts about what became of action items: closed and verified kept apart, ages, projects, kinds that come back."""

import json
from datetime import date
from pathlib import Path

import pytest

from incident_timeline.actions.parse import key_of, parse_actions
from incident_timeline.actions.status import Past, category_of, matching, status_of
from incident_timeline.errors import StorageError, UsageError
from incident_timeline.pipeline.action_status import report_status

TODAY = date(2026, 12, 20)
FORM = "WHAT: {what}\nDONE WHEN: rule A exists\nOWNER: Ada Li\nDUE: {due}\nVERIFY: demo\nSTATUS: {status}\n"


def past(incident: str, day: date, *rows: tuple[str, str, str], service: str = "checkout", **proofs: str) -> Past:
    """An incident with items of (what, due, status); proofs give a verdict by the first word of the item."""
    text = "\n".join(FORM.format(what=what, due=due, status=status) for what, due, status in rows)
    document = parse_actions(text, incident)
    held = {
        key_of(what): ("2026-12-19T00:00:00Z", proofs[what.split()[0]])
        for what, *_ in rows
        if what.split()[0] in proofs
    }
    return Past(incident, service, day, document.items, held)


ONE = past(
    "INC-1", date(2026, 12, 1), ("alert on lag", "2026-12-10", "open"), ("limit the pool", "2026-12-12", "done"),
    ("rebuild billing", "2027-05-01", "open"), pool="holds", limit="holds",
)  # fmt: skip
TWO = past(
    "INC-2", date(2026, 12, 11), ("alert on errors", "2026-12-24", "open"), ("runbook for lag", "2026-12-15", "closed"),
    service="stock", alert="does not hold",
)  # fmt: skip


def test_closed_is_what_people_say_and_verified_what_was_proven() -> None:
    """Of two closed items one was proven; an item that is too late is a project and not overdue."""
    status = status_of([ONE, TWO], TODAY)

    assert (5, 2, 1, 1, 1) == (status.items, status.closed, status.closed_verified, status.verified, status.projects)
    assert [("INC-1", 19, True, False), ("INC-2", 9, False, True)] == [
        (one.incident, one.age_days, one.overdue, one.whole) for one in status.open
    ]
    assert 14 == status.median_age


def test_a_kind_comes_back_when_two_incidents_have_unfinished_items_of_it() -> None:
    """Alerting is open in both."""
    assert (("detection", ("INC-1", "INC-2")),) == status_of([ONE, TWO], TODAY).recurring


@pytest.mark.parametrize(
    ("service", "words", "met"),
    [
        ("checkout", "", ["INC-1"]),
        ("stock", "", ["INC-2"]),
        ("mail", "lag is back", []),
        (None, "errors on mail", ["INC-2"]),
    ],
)
def test_an_unfinished_item_meets_a_new_incident_by_service_or_name(
    service: str | None, words: str, met: list[str]
) -> None:
    """Short words such as `lag` are met by chance and do not count."""
    status = status_of([ONE, TWO], TODAY)

    assert met == [one.incident for one in matching(status, [ONE, TWO], service, words)]


@pytest.mark.parametrize(
    ("what", "category"),
    [("alert on lag", "detection"), ("roll back faster", "resolution"), ("circuit breaker before stock", "containment"),
     ("larger pool", "capacity"), ("a talk", "knowledge"), ("rename things", "other")],
)  # fmt: skip
def test_the_words_of_an_item_say_what_it_is_for(what: str, category: str) -> None:
    """One category each."""
    assert category == category_of(parse_actions(f"WHAT: {what}", "x").items[0])


def folder(place: Path, name: str, service: str, resolved: str, what: str) -> None:
    """An incident's folder with one open item."""
    (place / name).mkdir()
    (place / name / "postmortem.md").write_text(
        FORM.format(what=what, due="2027-01-01", status="open"), encoding="utf-8"
    )
    scores = {
        "incident": {"service": service, "title": f"{service} down"},
        "milestones": {"resolved": {"at": resolved}},
    }
    (place / name / "scores.json").write_text(json.dumps(scores), encoding="utf-8")


def test_the_last_incidents_are_the_latest_by_day(tmp_path: Path) -> None:
    """INC-9 is older than INC-10, whatever their names sort like; the new one is compared and not counted."""
    folder(tmp_path, "INC-10", "checkout", "2026-12-18T10:00:00Z", "alert on lag")
    folder(tmp_path, "INC-9", "checkout", "2026-12-01T10:00:00Z", "limit the pool")
    folder(tmp_path, "INC-11", "checkout", "2026-12-19T10:00:00Z", "nothing yet")

    found = report_status(tmp_path, TODAY, last=1, new="INC-11")

    assert (1, ["INC-10"]) == (found.incidents, [one.incident for one in found.status.open])
    assert ["INC-10"] == [one.incident for one in found.matches]


def test_what_cannot_be_read_is_said(tmp_path: Path) -> None:
    """No incidents, an unknown new one, a broken proof."""
    with pytest.raises(UsageError, match="holds no incident"):
        report_status(tmp_path, TODAY)
    folder(tmp_path, "INC-1", "checkout", "2026-12-01T10:00:00Z", "alert on lag")
    with pytest.raises(UsageError, match="build INC-2 first"):
        report_status(tmp_path, TODAY, new="INC-2")
    broken = tmp_path / "INC-1" / "proofs" / "2026-12-01T00-00-00Z" / "proof.json"
    broken.parent.mkdir(parents=True)
    broken.write_text("{", encoding="utf-8")
    with pytest.raises(StorageError, match="is no proof"):
        report_status(tmp_path, TODAY)
