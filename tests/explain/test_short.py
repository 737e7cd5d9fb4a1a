"""Facts about the short form: chosen by printed limits, and RESPONSE as one table that holds what the ledgers hold."""

from dataclasses import replace

import pytest

from incident_timeline.explain.case import open_case
from incident_timeline.explain.short import is_small
from incident_timeline.model.scored import Amount, Scored
from incident_timeline.score.gaps import measure_gaps
from tests.explain.example_incident import at
from tests.report.example_scored import bare, example, told, without


def small() -> Scored:
    """INC-123 with users well after ten minutes and one request in ten hurt."""
    scored = example()
    well = replace(scored.milestones["mitigated"], at=at("14:09:00"), earliest=at("14:08:45"), latest=at("14:09:15"))
    milestones = scored.milestones | {"mitigated": well}
    return replace(
        scored, milestones=milestones, gaps=measure_gaps(milestones),
        impact=replace(scored.impact, share=Amount(0.101, 0.09, 0.11)),
    )  # fmt: skip


def judged(scored: Scored) -> bool:
    """Whether it is small."""
    _, numbers, roles = told(scored)
    return is_small(open_case(scored, numbers, roles))


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({}, True), ({"share": Amount(0.14, 0.1, 0.16)}, False), ({"share": Amount(None, reason="no series")}, False),
        ({"services": ("checkout", "orders")}, False),
    ],
)  # fmt: skip
def test_an_incident_is_small_within_every_limit(change: dict[str, object], expected: bool) -> None:
    """At the upper end of each range; what is not known is not small."""
    scored = small()

    assert expected == judged(replace(scored, impact=replace(scored.impact, **change)))  # type: ignore[arg-type]


def test_long_open_and_unknown_incidents_are_not_small() -> None:
    """INC-123 as it was, one that still hurts, and one of which nothing is known."""
    assert (False, False, False) == (judged(example()), judged(without(small(), "mitigated")), judged(bare()))


def test_the_limits_are_printed_with_what_was_found() -> None:
    """Small or not, a reader sees why."""
    one, other = (next(c.text for c in told(s)[0] if c.section == "short") for s in (small(), example()))

    assert one.startswith(
        "Short because: users hurt for 10:25 at most, 11 % of requests counted as hurt, 1 service, 1 page"
    )
    assert "(limits: at most 15:00, 15 % of requests counted as hurt, 1 service, 1 page)" in one
    assert other.startswith("Small enough for the short form it is not: users hurt for 56:35 at most")


def test_response_is_a_table_of_four_questions_that_add_up() -> None:
    """Each with its length; an unconfirmed moment stays a range."""
    rows = [c.text for c in told(example())[0] if c.section == "short.response"]

    assert [
        "What slowed detection?",
        "What slowed diagnosis?",
        "When did we know enough?",
        "What slowed resolution?",
    ] == [row.split(";")[0] for row in rows]
    assert "8:16 [7:51 to 8:41] recorded; no rule 4:15" in rows[0]
    assert "parts sum to 8:16; nothing unexplained" in rows[0]
    assert "4:59 to 26:44, not confirmed; if the likeliest moment is right: no record 5:42" in rows[1]
    assert (
        "14:12:30 to 14:34:15; not confirmed; if somebody knew: timeline mark INC-123 knew_enough --at TIME" in rows[2]
    )


def test_what_ended_by_itself_says_what_is_not_on_record() -> None:
    """No moment of knowing: no gap is made up, the time after users were well is given."""
    rows = [c.text for c in told(without(small(), "knew_enough"))[0] if c.section == "short.response"]

    assert "not known; page to acknowledgement 3:34" in rows[1]
    assert "not on record; made missing: knew_enough" in rows[2]
    assert "1:02:02 after users were well" in rows[3]
