"""What slowed diagnosis: from page to knowing by the ledger, and every explanation that was on the table with its fate."""

from datetime import timedelta

import polars as pl

from incident_timeline.explain.case import Case
from incident_timeline.explain.detection import sum_claim
from incident_timeline.explain.knowing import range_from, span
from incident_timeline.explain.ledger_words import Part, by_category, wording
from incident_timeline.explain.wording import Cell, bracket, cell, claim, figure, said, strong
from incident_timeline.model.findings import Claim
from incident_timeline.model.instants import duration
from incident_timeline.model.milestones import candidates
from incident_timeline.model.scored import Explanation

SECTION = "diagnosis"
_CITED = 5  # entries cited for one part; the timeline holds all
_EXPLANATIONS = 8
_LOOK = timedelta(minutes=2)  # of the deciding series, up to the begin and up to the end of an attempt
TALKED = ("investigating", "investigate", "implement", "verify", "closing")  # parts that are made of people's entries
_FATE = {"not followed up": "no follow-up found on record"}
_STANCE = {"asked": "asked", "hedged": "as a guess", "stated": "stated", "decided": "as a decision"}


def claim_diagnosis(case: Case) -> list[Claim]:
    """Claims of section `diagnosis`: title with its range, the parts, their sum, then the explanations in the order said."""
    found = [claim(SECTION, _title(case), form="title")]
    parts = by_category(case.scored.ledgers.get("knowing", ()))
    ordered = sorted(parts, key=lambda p: (p.category not in ("no_record", "unexplained"), -p.seconds))
    if parts and span(case) is not None:
        found.append(claim(SECTION, cell("If candidate 1 of the next question is right: ", *_listed(case, ordered))))
    elif parts:
        found.append(claim(SECTION, cell(*_listed(case, ordered))))
    elif (early := _without_ledger(case)) is not None:
        found.append(claim(SECTION, early))
    found += sum_claim(case, SECTION, parts)
    return found + _explanations(case)


def _title(case: Case) -> Cell:
    detected, knew = case.milestone("detected"), case.milestone("knew_enough")
    gap = case.gap("time_to_know")
    rivals = candidates(knew)
    in_time = [one.event_id for one in sorted(rivals, key=lambda one: one.at)]
    reach = range_from(case, "detected")
    if rivals and reach and detected.at is not None and knew.at is not None:
        return cell(
            reach_words(reach, len(rivals)), f" from first page, {case.time(detected.at)} {detected.basis} ",
            case.cite_milestone(detected),
            ", to the point where we knew enough, not confirmed ", case.cite(in_time), ".",
        )  # fmt: skip
    if gap is not None and gap.seconds is not None and detected.at is not None and knew.at is not None and not rivals:
        return cell(
            strong(duration(gap.seconds)), f"{bracket(gap.earliest, gap.latest)} from first page, {case.time(detected.at)} ",
            case.cite_milestone(detected), f", to the point where we knew enough, {case.time(knew.at)} {knew.basis} ",
            case.cite_milestone(knew), ".",
        )  # fmt: skip
    return cell(f"How long it took is not known: {case.why_not('time_to_know')} ", case.cite(()), ".")


def reach_words(reach: str, number: int) -> Cell:
    """A range over candidates; of a single one the number stands under its condition, never as a finding."""
    return cell(strong(reach)) if number > 1 else cell(f"{reach}, if the only candidate is right,")


def _listed(case: Case, parts: list[Part]) -> list[Cell]:
    cells: list[Cell] = []
    for i, part in enumerate(parts):
        cells.append(cell("; " if i else "", strong(duration(part.seconds)), " ", part_words(case, part)))
    return [*cells, cell(".")]


def part_words(case: Case, part: Part) -> Cell:
    """What one part of a people's ledger was, with its evidence."""
    words = wording(part.category)
    if part.category == "no_record":
        return cell(f"{words} (above) ", case.cite(part.evidence[:2]))
    if part.category == "attempt_without_effect":
        ids = [one for one in part.evidence if one in case.rows and one not in case.series_of][:1]
        text = case.hidden(case.rows[ids[0]]["summary"], 60) if ids else ""
        quoted = cell(": ", said(text, 60)) if text else cell()
        return cell(words, quoted, " ", case.cite(part.evidence[:_CITED]), _before_and_after(case, part))
    return cell(f"{words} ", cited(case, part))


def _before_and_after(case: Case, part: Part) -> Cell:
    """`, p99 latency 4.1 s before and 4.2 s after`: the deciding series' medians over the two minutes up to each end."""
    about, decisive = case.decisive(), case.scored.decisive
    if about is None or decisive is None:
        return cell()
    samples = case.scored.series.samples_of(decisive).filter(pl.col("value").is_finite())
    values = []
    for edge in (part.segments[0].start, part.segments[-1].end):
        median = samples.filter(pl.col("at").is_between(edge - _LOOK, edge))["value"].median()
        if not isinstance(median, float):
            return cell()
        values.append(figure(median, about["unit"]))
    return cell(
        f", {case.signal_name(decisive)} {values[0]} before and {values[1]} after ", case.cite([f"series:{decisive}"])
    )


def cited(case: Case, part: Part) -> Cell:
    """The first entries that a part rests on, and how many more there are."""
    known = part.evidence
    if len(known) <= _CITED:
        return case.cite(known)
    return cell(case.cite(known[:_CITED]), f" and {len(known) - _CITED} more")


def _without_ledger(case: Case) -> Cell | None:
    gap = case.gap("time_to_acknowledge")
    if gap is None or gap.seconds is None:
        acknowledged = case.milestone("acknowledged")
        return cell(f"From page to acknowledgement: {case.hidden(acknowledged.reason, 160)} ", case.cite(()), ".")
    return cell(strong(duration(gap.seconds)), " from page to first acknowledgement ", case.cite(gap.evidence), ".")


def _explanations(case: Case) -> list[Claim]:
    given = case.scored.explanations
    if not given:
        return [claim(SECTION, cell("No entry names, guesses or asks about a cause ", case.cite(()), "."))]
    rows = [
        claim(SECTION, cell("Explanations on the table, in the order they were said:"), form="lead",
              evidence=[word.text for word in case.cite([one.event_id for one in given[:_EXPLANATIONS]])])
    ]  # fmt: skip
    rows += [claim(SECTION, _explanation(case, one), form="item") for one in given[:_EXPLANATIONS]]
    if len(given) > _EXPLANATIONS:
        rest = given[_EXPLANATIONS:]
        more = case.cite([one.event_id for one in rest[:_CITED]])
        rows.append(claim(SECTION, cell(f"{len(rest)} more, from {case.time(rest[0].at)} on ", more), form="item"))
    return rows


def _explanation(case: Case, one: Explanation) -> Cell:
    stance = _STANCE.get(one.stance, one.stance)
    others = [other for other in one.fate_evidence if other != one.event_id]
    beyond = cell(" ", case.cite(others)) if others else cell()
    return cell(
        f"{case.time(one.at)} ", said(case.hidden(one.text, 110), 110), f", {stance} ", case.cite([one.event_id]),
        f": {_FATE.get(one.fate, one.fate)}", beyond,
    )  # fmt: skip
