"""Facts about what the archive knows beside one incident: which of its kind it is, proposals, and tests of its actions."""

from datetime import UTC, date, datetime, timedelta

import pytest

from incident_timeline.compare.kin import LIKE_ENOUGH, kin_names, know_kin, propose_category
from incident_timeline.compare.similar import find_similar
from incident_timeline.model.actions import Standing
from incident_timeline.model.compared import Alike
from incident_timeline.model.kin import Kin, Proposal, Shared
from tests.compare.archived import T0, gaps, incidents, segments

NONE: frozenset[str] = frozenset()


def item(incident: str, label: str, state: str = "open", since: datetime | None = None) -> Standing:
    """An action item."""
    return Standing(incident, 1, label, label, f"do {label}", state, date(2026, 2, 1), (), since)


def known(incident: str, *standings: Standing, **columns: object) -> Kin:
    """What an archive of four locks, one a week, and a disk knows; `columns` change the last lock."""
    rows = [{"category": "lock", "alerts": ["A"]} for _ in range(4)]
    rows[3] |= columns
    table = incidents(*rows, {"category": "disk", "service": "ingest"})
    alike = find_similar(table, incident, NONE)
    return know_kin(table, gaps("response_gap", []), segments(), incident, alike, standings, 0, NONE, most=5)


def near(name: str, score: float, category: str | None) -> Alike:
    """A like incident."""
    return Alike(name, "", score, ("service",), ("service: x",), (), category, "", "", T0)


def test_an_incident_is_the_how_manyth_of_its_category_by_its_beginning() -> None:
    """Not by when it was archived; later ones of its kind are kin too."""
    found = known("INC-3")

    assert ("lock", 3, ("INC-4", "INC-2", "INC-1"), 4) == (found.category, found.number, found.kind, found.others)
    assert (4, (Shared("alerts", "A", 4), Shared("service", "checkout", 4))) == (found.group, found.shared)
    assert T0 + timedelta(weeks=4) == found.as_of
    assert None is found.proposal


def test_items_of_its_kind_and_of_the_like_ones_count_and_only_those_of_its_kind_are_tested() -> None:
    """A-1 was verified after the second lock: one incident of the kind since then, besides the one asked about."""
    since = T0 + timedelta(days=10)
    given = [item("INC-1", "A-1", "verified", since), item("INC-2", "A-2"), item("INC-5", "A-5", "verified", since)]
    found = known("INC-4", *given)

    assert ["A-1", "A-2"] == [one.name for one in found.actions]
    assert [("A-1", 2, "cannot tell")] == [
        (one.action.name, one.outcome.recurrence.after[0], one.outcome.recurrence.verdict) for one in found.tests
    ]


def test_an_item_verified_after_the_archive_s_newest_row_is_not_tested_yet() -> None:
    """Nothing can have happened since."""
    assert () == known("INC-4", item("INC-1", "A-1", "verified", datetime(2027, 1, 1, tzinfo=UTC))).tests


def test_a_category_is_proposed_where_nobody_gave_one() -> None:
    """By the nearest that people categorized; the incident's own row has none."""
    found = known("INC-4", category=None)

    assert Proposal("lock", 3, 3, "INC-3") == found.proposal
    assert (0, (), ()) == (found.number, found.kind, found.tests)
    assert "INC-3" == found.alike[0].incident


@pytest.mark.parametrize(
    ("nearest", "proposed"),
    [
        ([("a", 0.9, "lock"), ("b", 0.8, "disk"), ("c", 0.7, "disk"), ("d", 0.6, "lock")], Proposal("disk", 2, 3, "b")),
        ([("a", 0.9, None), ("b", 0.8, "lock")], Proposal("lock", 1, 1, "b")),
        ([("a", 0.9, "lock"), ("b", 0.8, "disk")], Proposal("lock", 1, 2, "a")),
        ([("a", LIKE_ENOUGH - 0.01, "lock")], None),
        ([("a", 0.9, None)], None),
        ([], None),
    ],
)
def test_a_proposal_is_what_most_of_the_nearest_three_are(
    nearest: list[tuple[str, float, str | None]], proposed: Proposal | None
) -> None:
    """Those that nobody categorized have no vote; at a tie the nearest decides; nothing is proposed from afar."""
    assert proposed == propose_category([near(*one) for one in nearest])


def test_whose_action_items_matter() -> None:
    """Those of its category, the latest first, then those of the like ones, each once."""
    table = incidents(
        {"category": "lock"}, {"category": "lock", "service": "cart"}, {"category": "lock"}, {"category": None}
    )
    alike = find_similar(table, "INC-3", NONE)

    assert ["INC-4", "INC-1"] == [one.incident for one in alike]
    assert ("INC-2", "INC-1", "INC-4") == kin_names(table, "INC-3", alike)
