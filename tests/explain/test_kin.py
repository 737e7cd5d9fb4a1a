"""Facts about the sentences from the archive: what is said when little is known, and that nothing is dropped silently."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from incident_timeline.explain.case import open_case
from incident_timeline.explain.evidence import ARCHIVE, number_evidence
from incident_timeline.explain.kin import claim_kin, kin_sentence
from incident_timeline.model.actions import Standing
from incident_timeline.model.compared import Alike
from incident_timeline.model.kin import Kin, Proposal, Shared
from incident_timeline.report.kin import similar_text
from tests.explain.example_incident import ROLES, make_scored

AS_OF = datetime(2026, 11, 18, 9, tzinfo=UTC)
BARE = Kin("INC-123", AS_OF, 7, None, 0, (), None, (), 1, (), (), 0, (), (), None)


def alike(name: str, *kinds: str, **more: str) -> Alike:
    """A like incident that shares these kinds."""
    shared = tuple(f"{kind}: X (2 of 8 have it)" for kind in kinds)
    began = datetime(2026, 8, 10, tzinfo=UTC)
    return Alike(name, "", 0.6, kinds, shared, (), None, more.get("fix", ""), more.get("said", ""), began)


def item(label: str, due: date | None = None, state: str = "open") -> Standing:
    """An action item of INC-101."""
    return Standing("INC-101", int(label[2:]), label, label, f"do {label}", state, due, (), None)


def told(kin: Kin) -> dict[str, list[str]]:
    """The texts of each section; every one rests on the archive, under its own number."""
    scored = make_scored()
    numbers = number_evidence(scored, archive=True)
    claims = claim_kin(open_case(scored, numbers, ROLES, kin))
    assert all((ARCHIVE,) == one.evidence for one in claims)
    assert numbers[ARCHIVE] == f"C{sum(number[0] == 'C' for number in numbers.values())}"
    return {
        section: [c.text for c in claims if c.section == section]
        for section in dict.fromkeys(c.section for c in claims)
    }


def test_an_archive_in_which_nothing_is_like_it_says_that() -> None:
    """And nothing else."""
    assert {"systemic.similar": ["None of the 7 other archived incidents is like it by what they share."]} == told(BARE)
    assert "nothing like it among 7 archived incidents (archive as of 2026-11-18)" == kin_sentence(BARE)


def test_incidents_of_the_same_service_alone_share_one_line() -> None:
    """In the document and in the terminal; a nearer one has its own, with what ended it."""
    near = alike("INC-101", "alerts", "service", said="drained the node")
    kin = replace(BARE, alike=(near, alike("INC-102", "service"), alike("INC-103", "service")), group=4)

    assert [
        (
            "INC-101 of 2026-08-10. Both have alerts: X (2 of 8 have it); service: X (2 of 8 have it). What is taken to have ended "
            "it: “drained the node”; no action item of it is on record."
        ),
        "Only the service, X (2 of 8 have it), is the same in INC-102 of 2026-08-10, INC-103 of 2026-08-10.",
    ] == told(kin)["systemic.similar"]
    assert similar_text(kin).endswith(
        "\nonly the service: X (2 of 8 have it) is the same: INC-102 (2026-08-10), INC-103 (2026-08-10)\n"
    )
    assert "no category yet; the nearest is INC-101 (archive as of 2026-11-18)" == kin_sentence(kin)


def test_a_proposal_is_a_command_and_never_a_category() -> None:
    """How many of the nearest have it, and what to type."""
    kin = replace(BARE, alike=(alike("INC-101", "alerts"),), proposal=Proposal("bad deploy", 2, 3, "INC-101"))

    assert (
        "Nobody put this one into a category; 2 of the 3 nearest that people put into a category are 'bad deploy': "
        "timeline categorize INC-123 'bad deploy'."
    ) == told(kin)["systemic.similar"][-1]
    assert "systemic.end" not in told(kin)
    assert kin_sentence(kin).endswith("; to say so: timeline categorize INC-123 'bad deploy'")


def test_a_command_can_be_pasted_whatever_a_category_is_called() -> None:
    """People name categories; a shell must not read them."""
    assert "timeline categorize INC-1 'a\"; rm -rf $HOME'" == Proposal('a"; rm -rf $HOME', 1, 1, "INC-2").command(
        "INC-1"
    )


def test_what_is_left_out_is_counted() -> None:
    """Five unfinished items: three are named, two are counted, and the command that lists them is said."""
    items = [item(f"A-{n}", date(2026, 11, 10 + n)) for n in range(1, 5)] + [item("A-5", None, "project")]
    kin = replace(BARE, category="lock", number=3, kind=("INC-101", "INC-102"), group=3, actions=tuple(items))

    assert [
        "Third of its kind, 'lock', among 8 archived incidents as of 2026-11-18.",
        "A-1 of INC-101 is open (due 2026-11-11 and overdue): “do A-1”.",
        "A-2 of INC-101 is open (due 2026-11-12 and overdue): “do A-2”.",
        "A-3 of INC-101 is open (due 2026-11-13 and overdue): “do A-3”.",
        "2 more unfinished action items of its kind: timeline outcome --due.",
    ] == told(kin)["systemic.end"]
    assert "third of its kind, 'lock'; A-1, A-2, A-3 and 2 more open (archive as of 2026-11-18)" == kin_sentence(kin)


@pytest.mark.parametrize(("number", "words"), [(1, "first"), (9, "ninth"), (11, "11th"), (12, "12th"), (21, "21st"), (23, "23rd"),
                                               (112, "112th"), (102, "102nd")])  # fmt: skip
def test_the_how_manyth_is_spelled(number: int, words: str) -> None:
    """In English."""
    assert kin_sentence(replace(BARE, category="lock", number=number)).startswith(f"{words} of its kind, 'lock'")


def test_what_a_group_shares_is_said_by_kind() -> None:
    """With how many of how many."""
    shared = (Shared("alerts", "A", 3), Shared("alerts", "B", 2), Shared("fix", "rollback", 2))
    kin = replace(BARE, category="lock", number=2, kind=("INC-101", "INC-102"), group=3, shared=shared)

    assert [
        "Alerts: A in 3 and B in 2 of the 3 incidents of its kind.", "How it ended: rollback in 2 of the 3 incidents of its kind.",
    ] == told(kin)["systemic.shared"]  # fmt: skip
