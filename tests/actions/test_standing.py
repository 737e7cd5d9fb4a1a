"""Facts about how an action item stands, and by which name people find it."""

import json
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from incident_timeline.actions.parse import parse_actions
from incident_timeline.actions.standing import standings_of
from incident_timeline.pipeline.action_proofs import verified_since

DAY = date(2026, 11, 20)


@pytest.mark.parametrize(
    ("written", "label", "what"),
    [
        ("1. WHAT: A-17: limit the pool", "A-17", "limit the pool"),
        ("1. [A-31] watch the pool", "A-31", "watch the pool"),
        ("1. **AI-4** - page on the queue", "AI-4", "page on the queue"),
        ("### A-9: alert on lag\nDUE: 2026-12-01", "A-9", "alert on lag"),
        ("| ID | Action | Owner |\n|---|---|---|\n| A-5 | canary first | me |", "A-5", "canary first"),
        ("1. WHAT: P99 is alerted on", "", "P99 is alerted on"),
        ("1. limit the pool", "", "limit the pool"),
    ],
)
def test_an_item_has_the_label_that_its_document_gives_it(written: str, label: str, what: str) -> None:
    """In front of its words, in a heading, or in a column of its own; a word with a number in it is no label."""
    (found,) = standings_of("INC-1", parse_actions(f"## Action items\n{written}\n", "x").items, DAY, {})

    assert (label, what, label or "item 1 of INC-1") == (found.label, found.what, found.name)


def test_verified_goes_before_closed_and_a_late_item_is_a_project() -> None:
    """What was proven counts from its proof, what people closed from the day that STATUS names, where it names one."""
    document = parse_actions(
        "WHAT: a\nSTATUS: done 2026-11-25\n\nWHAT: b\nSTATUS: done\n\nWHAT: c\nDUE: 2027-03-01\n\n"
        "WHAT: d\nDUE: 2026-11-30\nVERIFY: replay on 2026-12-02\n\nWHAT: e\nSTATUS: closed 2026-11-21\n",
        "x",
    )
    found = standings_of("INC-1", document.items, DAY, {document.items[4].key: "2026-11-24T09:00:00Z"})

    at = [None if one.since is None else one.since.isoformat() for one in found]
    assert ["closed", "closed", "project", "open", "verified"] == [one.state for one in found]
    assert ["2026-11-25T00:00:00+00:00", None, None, None, "2026-11-24T09:00:00+00:00"] == at
    assert (date(2026, 11, 30), (date(2026, 12, 2),)) == (found[3].due, found[3].verify)
    assert [False, False, True, True, False] == [one.unfinished for one in found]
    assert datetime(2026, 11, 24, 9, tzinfo=UTC) == found[4].since


def test_an_item_counts_as_verified_from_the_first_of_the_proofs_that_held_until_now(tmp_path: Path) -> None:
    """It held, broke, and holds again since the third; another one broke last."""
    for day, first, other in (("01", "holds", "holds"), ("02", "does not hold", "holds"), ("03", "holds", "holds"),
                              ("04", "holds", "could not test")):  # fmt: skip
        place = tmp_path / "proofs" / f"2026-12-{day}T00-00-00Z"
        place.mkdir(parents=True)
        items = [{"key": "k1", "verdict": first}, {"key": "k2", "verdict": other}]
        (place / "proof.json").write_text(
            json.dumps({"at": f"2026-12-{day}T00:00:00Z", "items": items}), encoding="utf-8"
        )

    assert {"k1": "2026-12-03T00:00:00Z"} == verified_since(tmp_path)
