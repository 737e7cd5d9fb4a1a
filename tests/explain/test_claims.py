"""Facts about the sentences: what is said of INC-123, what is said when things are missing, and what is never said."""

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from incident_timeline.model.findings import Claim
from incident_timeline.model.milestones import NAMES, Milestone, missing
from incident_timeline.model.scored import Amount, Budget, Scored, Touched
from incident_timeline.score.gaps import measure_gaps
from tests.explain.example_incident import at
from tests.explain.odd_incidents import still_open
from tests.report.example_scored import NAMES_OF, bare, example, told, without

ODD: dict[str, Callable[[], Scored]] = {
    "whole": example,
    "nothing": bare,
    "no series": lambda: without(example(), "started", "visible", "mitigated", "contained"),
    "no page": lambda: without(example(), "detected", "acknowledged", "fired"),
    "open": lambda: without(example(), "resolved", "mitigated"),
    "abstained": lambda: without(example(), "knew_enough"),
    "nobody acknowledged": lambda: without(example(), "acknowledged", "engaged"),
    "no fix": lambda: without(example(), "fix_started", "fix_landed"),
}
_LAYOUT = ("heading", "headline", "ledger", "record", "evidence", "open")


def texts(claims: tuple[Claim, ...], section: str, *forms: str) -> list[str]:
    """Plain texts of a section."""
    return [c.text for c in claims if c.section == section and (not forms or c.form in forms)]


def cited(claim: Claim, numbers: dict[str, str]) -> list[str]:
    """Numbers that a claim cites."""
    return [numbers[one] for one in claim.evidence if one in numbers]


@pytest.mark.parametrize("case", ODD)
def test_every_sentence_has_evidence(case: str) -> None:
    """Whatever is missing, no sentence stands without a number, and each number is one that was given."""
    claims, numbers, _ = told(ODD[case]())

    assert [] == [c for c in claims if c.section.split(".")[0] not in _LAYOUT and not cited(c, numbers)]
    assert [] == [
        one for c in claims for one in c.evidence if one not in numbers and c.section.split(".")[0] not in _LAYOUT
    ]


@pytest.mark.parametrize("case", ODD)
def test_no_sentence_blames_or_names_a_root_cause(case: str) -> None:
    """Never those words, and never a person's name."""
    claims, _, _ = told(ODD[case]())
    said = " ".join(c.text for c in claims)

    assert None is re.search(r"root cause|fault of|should have|failed to|human error|\bblame", said, re.IGNORECASE)
    assert [] == [name for full in NAMES_OF.values() for name in full.split() if name.casefold() in said.casefold()]


def test_how_long_users_were_hurt_has_range_basis_and_amount() -> None:
    """The first sentences are the measured ones."""
    claims, _, _ = told(example())

    assert [
        "Users were hurt for 55:35 [54:30 to 56:35], measured.",
        "41,900 of 355,000 requests (11.8 %) were hurt: failed or took over 2 s.",
        "Worst minute 19 % at 14:18, no growth after 14:21:00.",
    ] == texts(claims, "impact")


def test_silences_come_with_what_stands_around_them_and_a_question() -> None:
    """Two stretches, each between two entries."""
    claims, numbers, _ = told(example())
    rows = [c for c in claims if c.section == "silence" and c.form == "row"]

    assert ["10:17 that no record explains, in 2 stretches"] == texts(claims, "silence", "title")
    assert [["E8", "E10"], ["E15", "E16"]] == [cited(one, numbers) for one in rows]
    assert (
        "14:13:20 to 14:19:02; 5:42; “p99 is 4 s, errors 3 %”, then “restarting pods, looks like leaked connections”; "
        in rows[0].text
    )


def test_detection_tells_what_moved_first_and_what_read_it() -> None:
    """Latency moved, no rule read it, the error rule came later, and `for` was part of that."""
    claims, numbers, _ = told(example())
    story = [c for c in claims if c.section == "detection"][-1]

    assert (
        "P99 latency moved first: it left its band (0.22 to 0.42 s) at 13:59:15, and no loaded rule reads it; CheckoutErrors "
        "fired 7:45 later, 2:00 of it the rule's for."
    ) == story.text
    assert ["S1", "R1", "E4", "R2"] == cited(story, numbers)


def test_rows_of_each_ledger_add_up_to_the_length_that_is_printed() -> None:
    """What is printed row by row sums to what the sum says, to the second each."""
    claims, _, _ = told(example())

    for section, column, total in (("detection", 0, "8:16"), ("resolution", 0, "41:22")):
        lengths = [c.cells[column][0].text for c in claims if c.section == section and c.form == "row"]
        seconds = sum(int(m) * 60 + int(s) for m, s in (one.split(":") for one in lengths))
        assert total == f"{seconds // 60}:{seconds % 60:02}"
        assert any(text.startswith(f"Parts sum to {total}") for text in texts(claims, section))


def test_an_unconfirmed_moment_is_a_range_over_its_candidates() -> None:
    """At most three candidates, each with what speaks for and against it, and the commands to choose."""
    claims, _, _ = told(example())

    assert (
        "Not confirmed: between 14:12:30 and 14:34:15. So the gap is 20:35 to 42:20 until users were well and 36:47 to 58:32 "
        "until resolved."
    ) == texts(claims, "knew", "title")[0]
    assert 3 == len(texts(claims, "knew", "row"))
    assert "timeline mark INC-123 knew_enough --pick 1" in texts(claims, "knew", "command")[0]
    assert "36:47 to 58:32" == next(
        c.cells[0][0].text for c in claims if c.section == "headline" and c.form == "unsure"
    )


def test_a_marked_moment_is_one_number() -> None:
    """Once a person says when, ranges and candidates go."""
    scored = example()
    marked = replace(
        scored.milestones["knew_enough"],
        basis="stated",
        status="marked",
        earliest=at("14:29:40"),
        latest=at("14:29:40"),
        reason="said on the call (by asha); found before: names v418",
    )
    milestones = scored.milestones | {"knew_enough": marked}
    claims, _, _ = told(replace(scored, milestones=milestones, gaps=measure_gaps(milestones)))

    assert [
        "At 14:29:40, marked by a person: said on the call; 25:10 [24:30 to 25:45] until users were well and 41:22 until resolved.",
        "The tool had proposed 14:29:40 “v418 filters on customer_ref, there is no index on it”.",
    ] == texts(claims, "knew")
    assert [] == [c for c in claims if c.section == "open" and c.form == "knew"]
    assert ["22:09 from first page, 14:07:31, to the point where we knew enough, 14:29:40 stated."] == texts(
        claims, "diagnosis", "title"
    )


def test_a_denied_moment_is_no_longer_open() -> None:
    """A person said that nobody knew: no candidates, nothing to confirm, and what was proposed stands beside it."""
    scored = example()
    denied = replace(
        missing("knew_enough", "it ended by itself (by asha)", scored.milestones["knew_enough"].alternatives),
        basis="stated",
    )
    milestones = scored.milestones | {"knew_enough": denied}
    ledgers = scored.ledgers | {"knowing": (), "response": ()}
    claims, _, _ = told(replace(scored, milestones=milestones, gaps=measure_gaps(milestones), ledgers=ledgers))

    assert [
        "Nobody, as a person marked it: it ended by itself.",
        "The tool had proposed 14:29:40 “v418 filters on customer_ref, there is no index on it”.",
    ] == texts(claims, "knew")
    assert [] == [c for c in claims if c.section == "open" and c.form == "knew"]


def test_when_nothing_is_proposed_the_reason_and_the_nearest_are_given() -> None:
    """An abstention says why, lists rivals, and gives no gap as if it were known."""
    scored = example()
    rivals = scored.milestones["knew_enough"].alternatives
    milestones = scored.milestones | {"knew_enough": missing("knew_enough", "it seems to have ended by itself", rivals)}
    gaps = measure_gaps(milestones)
    claims, _, _ = told(
        replace(scored, milestones=milestones, gaps=gaps, ledgers=scored.ledgers | {"knowing": (), "response": ()})
    )

    title = texts(claims, "knew", "title")[0]
    assert title.startswith(
        "Not known: it seems to have ended by itself. The nearest candidates would give a gap of 20:35 to 42:20"
    )
    assert "none" == [c for c in claims if c.section == "headline"][2].form
    assert texts(claims, "resolution", "title")[0].startswith(
        "How long from that point is not known: the point of knowing enough is not on record: it seems"
    )


def test_an_open_incident_says_so_far() -> None:
    """What has not ended is counted up to when evidence was collected."""
    claims, _, _ = told(without(example(), "resolved", "mitigated"))

    assert "Not resolved when evidence was collected, 16:00:00: 2:00:45 so far since 13:59:15." in texts(
        claims, "resolution"
    )


def test_explanations_carry_their_fate_and_its_evidence() -> None:
    """In the order said, with who set them aside."""
    claims, numbers, _ = told(example())
    items = [c for c in claims if c.section == "diagnosis" and c.form == "item"]

    assert [["E7"], ["E10"], ["E11", "E13"], ["E15", "E17", "E20"]] == [cited(one, numbers) for one in items]
    assert "14:22:15 “could be the payment provider”, as a guess: set aside" == items[2].text


def test_a_part_out_of_order_keeps_its_sign() -> None:
    """A rollback that reports success after users were well makes `recover` negative, and the text says so."""
    scored = example()
    late = Milestone("fix_landed", at("14:56:50"), at("14:56:50"), at("14:56:50"), "recorded", "found", "", ())
    milestones = scored.milestones | {"fix_landed": late}
    claims, _, _ = told(replace(scored, milestones=milestones, gaps=measure_gaps(milestones)))

    assert (
        "Users well stands 2:00 before the end of the fix on record, so the part between them counts as \u22122:00; the sign is "
        "kept, so that the sums hold."
    ) in texts(claims, "resolution")


def test_a_page_before_the_onset_is_no_error() -> None:
    """Paged before users were hurt: said as that."""
    scored = example()
    started = Milestone("started", at("14:10:31"), at("14:10:06"), at("14:10:56"), "measured", "found", "", ())
    milestones = scored.milestones | {"started": started}
    claims, _, _ = told(
        replace(
            scored, milestones=milestones, gaps=measure_gaps(milestones), ledgers=scored.ledgers | {"detection": ()}
        )
    )

    assert (
        "Paged 3:00 [2:35 to 3:25] before users were hurt: first page 14:07:31, recorded, first hurt 14:10:31, measured."
    ) == texts(claims, "detection", "title")[0]


def test_days_are_named_where_an_incident_goes_past_midnight() -> None:
    """A time of another day than the heading's carries its day."""
    scored = example()
    late = Milestone(
        "resolved",
        *[at("15:11:02").replace(day=18)] * 3,
        "recorded",
        "found",
        "",
        scored.milestones["resolved"].evidence,
    )
    milestones = scored.milestones | {"resolved": late}
    claims, _, _ = told(replace(scored, milestones=milestones, gaps=measure_gaps(milestones)))

    assert "Nov 18 15:11:02 recorded" in texts(claims, "resolution", "title")[0]


@pytest.mark.parametrize("name", NAMES)
def test_any_one_milestone_may_be_missing(name: str) -> None:
    """Each section still says something, and the reason for what is missing is printed somewhere or not needed."""
    claims, _, _ = told(without(example(), name))

    assert {"impact", "silence", "detection", "diagnosis", "knew", "resolution"} <= {c.section for c in claims}


def test_a_single_candidate_is_never_a_finding() -> None:
    """Its length stands under its condition, in no bold words."""
    scored = example()
    one = scored.milestones["knew_enough"]
    alone = replace(one, alternatives=one.alternatives[:1], earliest=one.at, latest=one.at)
    milestones = scored.milestones | {"knew_enough": alone}
    claims, _, _ = told(replace(scored, milestones=milestones, gaps=measure_gaps(milestones)))
    titles = [c for c in claims if c.form == "title" and c.section in ("diagnosis", "resolution")]

    assert all("if the only candidate is right" in c.text for c in titles)
    assert [] == [word for c in titles for cell in c.cells for word in cell if word.style == "strong"]


def test_a_ledger_that_could_not_be_drawn_up_is_not_called_explained() -> None:
    """Nothing unexplained in detection says nothing about the ledgers that are missing."""
    claims, _, _ = told(without(example(), "knew_enough"))

    assert [
        "Every stretch of detection has a record that explains it; no ledger of diagnosis and resolution could be drawn up."
    ] == texts(claims, "silence")
    (headline,) = [c for c in claims if c.section == "headline" and "no record explains" in c.text]
    assert ("not known; no record explains; no ledger of diagnosis and resolution", "none") == (
        headline.text,
        headline.form,
    )


def test_users_who_were_never_seen_well_were_hurt_as_long_as_samples_show_it() -> None:
    """Not until evidence was collected, which may be days later: to the last sample of the deciding signal outside its band."""
    scored = still_open()
    late = replace(
        scored,
        collected_at=scored.collected_at + timedelta(days=8),
        incident=replace(scored.incident, resolved_at=None),
    )

    assert texts(told(late)[0], "impact")[0].startswith(
        "Users were hurt for at least 55:30, from 13:59:15 [13:58:50 to 13:59:40], measured, to the last sample outside its "
        "band, 14:54:45: "
    )
    assert texts(told(replace(late, moved=()))[0], "impact")[0].startswith("Users began to hurt at 13:59:15")


def test_an_error_budget_is_said_with_its_range_or_why_it_is_not_known() -> None:
    """What was spent and how fast; without the period's traffic only how fast."""
    nothing = Amount(None, reason="none")
    known = Budget("orders", "checkout", 0.99, 2_419_200.0, Amount(0.12, 0.1, 0.15), Amount(20.0, 19.0, 21.0), "so far")
    unknown = Budget("speed", "checkout", 0.9, 86_400.0, nothing, Amount(4.0, 3.0, 5.0))
    scored = example()
    claims, _, _ = told(replace(scored, impact=replace(scored.impact, budgets=(known, unknown))))

    spent, lost = texts(claims, "impact")[3:]

    assert "Of the error budget of orders (99 % over 28 days) 12 % [10 % to 15 %] was spent here, so far, " in spent
    assert spent.endswith("so far, 20 times as fast as it lasts.")
    assert lost.startswith("How much of the error budget of speed (90 % over 1 day) was spent is not known: none;")
    assert lost.endswith("; it was spent 4 times as fast as it lasts.")


def test_several_hurt_services_are_named_each_with_its_share() -> None:
    """One alone is the incident's own and needs no sentence."""
    one = Touched("checkout", Amount(1000.0, 990.0, 1010.0), Amount(100.0, 90.0, 110.0), Amount(0.1, 0.09, 0.11))
    other = Touched("stock", *[Amount(None, reason="nobody counts")] * 3)
    scored = example()
    claims, _, _ = told(replace(scored, impact=replace(scored.impact, touched=(one, other))))

    assert ["Services hurt: checkout (10 % of 1,000), stock (how many requests is not known)."] == texts(
        claims, "impact"
    )[3:]


def test_slow_requests_stand_beside_the_failed_ones_and_are_never_added_up() -> None:
    """Some requests are both, so the share of all is a range."""
    scored = example()
    told_of = replace(scored.impact, slow=Amount(100_000.0, 98_000.0, 101_000.0), slow_over_s=0.5)
    few = replace(scored.impact, slow=Amount(500.0, 490.0, 510.0), slow_over_s=0.5)

    assert (
        "100,000 [98,000 to 101,000] took longer than 0.5 s, as at most one in a thousand did before; with the failed ones that "
        "is 28 % to 40 % of all requests."
    ) in texts(told(replace(scored, impact=told_of))[0], "impact")
    assert [] == [one for one in texts(told(replace(scored, impact=few))[0], "impact") if "took longer" in one]
