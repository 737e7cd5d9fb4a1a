"""At what point did we know enough: the moment a person marked, or the range over its candidates and how to choose."""

import re
import shlex
from datetime import datetime

from incident_timeline.explain.case import Case
from incident_timeline.explain.wording import Cell, between, bracket, cell, claim, clean, said, strong
from incident_timeline.model.findings import Claim, Words
from incident_timeline.model.instants import duration
from incident_timeline.model.milestones import Alternative, Milestone, candidates

SECTION = "knew"
_MARKED_BY = re.compile(r" \(by [^()]*\)")


def claim_knowing(case: Case) -> list[Claim]:
    """Claims of section `knew`: title with the range, a row for each candidate, and the commands that confirm one."""
    knew = case.milestone("knew_enough")
    rivals = candidates(knew)
    if knew.at is not None and knew.basis != "proposed":
        return [claim(SECTION, _confirmed(case, knew), form="title"), *_proposed_before(case, knew)]
    if knew.at is None and knew.basis == "stated":
        denied = cell(strong("Nobody, as a person marked it"), f": {_because(case, knew)} ", case.cite(()), ".")
        return [claim(SECTION, denied, form="title"), *_proposed_before(case, knew)]
    if not rivals:
        known = knew.evidence if knew.at is not None else ()
        reason = case.hidden(knew.reason, 240) or "no candidate"
        return [
            claim(SECTION, cell(strong("Not known"), f": {reason} ", case.cite(known), "."), form="title"),
            claim(SECTION, _commands(case, ()), evidence=[w.text for w in case.cite(known)], form="command"),
        ]
    ids = [one.event_id for one in rivals]
    found = [claim(SECTION, _open(case, knew, rivals), form="title")]
    found += [claim(SECTION, *_row(case, number, one), form="row") for number, one in enumerate(rivals, 1)]
    found.append(claim(SECTION, _commands(case, rivals), evidence=ids, form="command"))
    return found


def span(case: Case) -> tuple[datetime, datetime] | None:
    """First and last shown candidate of an unconfirmed moment; None once it is confirmed or when there is none."""
    times = [one.at for one in candidates(case.milestone("knew_enough"))]
    return (min(times), max(times)) if times else None


def range_to(case: Case, end: str) -> str | None:
    """`20:35 to 42:20`: from the candidates to the milestone `end`; None where either is missing."""
    ends, at = span(case), case.milestone(end).at
    if ends is None or at is None:
        return None
    return between((at - ends[1]).total_seconds(), (at - ends[0]).total_seconds())


def range_from(case: Case, start: str) -> str | None:
    """The same from the milestone `start` to the candidates."""
    ends, at = span(case), case.milestone(start).at
    if ends is None or at is None:
        return None
    return between((ends[0] - at).total_seconds(), (ends[1] - at).total_seconds())


def _confirmed(case: Case, knew: Milestone) -> Cell:
    assert knew.at is not None
    parts: list[Cell] = []
    for name, words in (("knew_to_mitigated", "until users were well"), ("response_gap", "until resolved")):
        gap = case.gap(name)
        if gap is not None and gap.seconds is not None:
            parts.append(cell(strong(duration(gap.seconds)), f"{bracket(gap.earliest, gap.latest)} {words}"))
    gaps = cell("; ", parts[0], *(cell(" and ", one) for one in parts[1:])) if parts else cell()
    because = _because(case, knew)
    said_why = f": {because}" if because else ""
    who = f"marked by a person{said_why}" if knew.status == "marked" else knew.basis or ""
    return cell(
        strong(f"At {case.time(knew.at)}"), f", {who} ", case.cite(knew.evidence, *_all_rivals(knew)), gaps, "."
    )


def _all_rivals(knew: Milestone) -> list[str]:
    return [one.event_id for one in knew.alternatives[:1]]


def _because(case: Case, knew: Milestone) -> str:
    """What a person gave as the reason of a mark, without the name of who marked it."""
    return case.hidden(_MARKED_BY.sub("", knew.reason.split("; found before")[0]), 200)


def _proposed_before(case: Case, knew: Milestone) -> list[Claim]:
    """What the tool had proposed, beside a person's mark."""
    if knew.status == "found" or not knew.alternatives:
        return []
    first = knew.alternatives[0]
    words = cell(f"The tool had proposed {case.time(first.at)} ", said(case.hidden(first.text, 90), 90), " ")
    return [claim(SECTION, cell(words, case.cite([first.event_id]), "."))]


def _open(case: Case, knew: Milestone, rivals: tuple[Alternative, ...]) -> Cell:
    ends = span(case)
    assert ends is not None
    evidence = case.cite([one.event_id for one in sorted(rivals, key=lambda one: one.at)])
    if knew.at is None:
        lead = cell(
            strong("Not known"),
            f": {case.hidden(knew.reason, 200)} ",
            evidence,
            f". The nearest {'candidate' if len(rivals) == 1 else 'candidates'}",
        )
    elif len(rivals) == 1:
        lead = cell(strong(f"Not confirmed: {case.time(ends[0])}, the only candidate "), evidence)
    else:
        lead = cell(strong(f"Not confirmed: between {case.time(ends[0])} and {case.time(ends[1])} "), evidence)
    lengths: list[Cell] = []
    for name, words in (("mitigated", "until users were well"), ("resolved", "until resolved")):
        if (length := range_to(case, name)) is not None:
            joint = " and " if lengths else ""
            lengths.append(cell(f"{joint}{length} {words} ", case.cite_milestone(case.milestone(name))))
    if not lengths:
        reason = case.hidden(case.milestone("resolved").reason, 160)
        return cell(lead, f"; how long from there cannot be said: {reason} ", case.cite(()), ".")
    return cell(lead, " would give a gap of " if knew.at is None else ". So the gap is ", *lengths, ".")


def _row(case: Case, number: int, one: Alternative) -> tuple[Cell, ...]:
    lengths = []
    for name in ("mitigated", "resolved"):
        at = case.milestone(name).at
        lengths.append(cell(duration((at - one.at).total_seconds()) if at is not None else "not known"))
    against = case.hidden(one.against, 140)
    return (
        cell(str(number)),
        cell(case.time(one.at)),
        cell(said(case.hidden(one.text, 160), 160), " ", case.cite([one.event_id])),
        cell(case.hidden(one.why, 140) or "\u2013"),
        cell(against or "\u2013"),
        *lengths,
    )


def _commands(case: Case, rivals: tuple[Alternative, ...]) -> Cell:
    ref = shlex.quote(case.scored.incident.id)
    mark = f"timeline mark {ref} knew_enough"
    first = min((row["at"] for row in case.rows.values()), default=case.scored.window.start)
    at = rivals[0].at if rivals else case.milestone("detected").at or first
    example = code_line(f'{mark} --at "{at:%H:%M} UTC" --because "said on the call"')
    if not rivals:
        return cell("If somebody knew, and when: ", example, ".")
    return cell("Choose: ", code_line(f"{mark} --pick 1"), ", or ", example, ", or ", code_line(f"{mark} --none"), ".")


def code_line(text: str) -> Cell:
    """A command, whole: it is to be copied."""
    return (Words(clean(text, 400), "code"),)
