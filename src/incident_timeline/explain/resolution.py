"""What slowed resolution: what happened between knowing enough and resolved, part by part, with well and resolved marked."""

from datetime import datetime, timedelta

from incident_timeline.explain.case import MOMENTS, Case, coded
from incident_timeline.explain.detection import sum_claim
from incident_timeline.explain.diagnosis import TALKED, cited, reach_words
from incident_timeline.explain.entries import entry_mention
from incident_timeline.explain.knowing import range_to, span
from incident_timeline.explain.ledger_words import Part, by_category, silent_first, wording
from incident_timeline.explain.wording import Cell, bracket, cell, claim, plural, strong
from incident_timeline.model.findings import Claim
from incident_timeline.model.gaps import GAPS
from incident_timeline.model.instants import duration
from incident_timeline.model.milestones import candidates

SECTION = "resolution"
_PARTS = ("decide", "apply", "recover", "confirm")
_ROWS = 8  # rows of the table; shorter ones beyond are summed in the last


def claim_resolution(case: Case) -> list[Claim]:
    """Claims of section `resolution`: title, rows in the order the categories begin, their sum, parts out of order."""
    found = [claim(SECTION, _title(case), form="title")]
    parts = by_category(case.scored.ledgers.get("response", ()))
    kept, rest = _shortened(silent_first(parts))
    found += [
        claim(SECTION, cell(duration(p.seconds)), cell(wording(p.category)), _explain(case, p), form="row")
        for p in kept
    ]
    if rest:
        length = sum((p.length for p in rest), timedelta()).total_seconds()
        names = ", ".join(wording(p.category) for p in rest)
        found.append(
            claim(SECTION, cell(duration(length)), cell(plural(len(rest), "shorter kind")),
                  cell(f"{names} ", case.cite([one for p in rest for one in p.evidence][:4])), form="row")
        )  # fmt: skip
    found += sum_claim(case, SECTION, parts)
    return found + _invalid(case) + _still_open(case)


def _shortened(parts: list[Part]) -> tuple[list[Part], list[Part]]:
    if len(parts) <= _ROWS:
        return parts, []
    longest = sorted(parts, key=lambda p: -p.seconds)[: _ROWS - 1]
    return [p for p in parts if p in longest], [p for p in parts if p not in longest]


def _title(case: Case) -> Cell:
    gap, knew = case.gap("response_gap"), case.milestone("knew_enough")
    resolved = case.milestone("resolved")
    reach = range_to(case, "resolved")
    if reach is not None and knew.at is not None:
        return cell(
            reach_words(reach, len(candidates(knew))),
            f" from that point, not confirmed, to resolved, {case.time(_at(case, 'resolved'))} {resolved.basis} ",
            case.cite_milestone(resolved), "; the parts below hold if candidate 1 is right ", case.cite(knew.evidence), ".",
        )  # fmt: skip
    if gap is not None and gap.seconds is not None and span(case) is None:
        return cell(
            strong(duration(gap.seconds)), f"{bracket(gap.earliest, gap.latest)} from that point ", case.cite_milestone(knew),
            f" to resolved, {case.time(_at(case, 'resolved'))} {resolved.basis} ", case.cite_milestone(resolved), ".",
        )  # fmt: skip
    whole, closing = case.gap("time_to_resolve"), case.gap("confirm")
    known = [
        cell("; ", strong(duration(g.seconds)), f" from {words} ", case.cite(g.evidence))
        for g, words in ((whole, "first hurt to resolved"), (closing, "users well to resolved"))
        if g is not None and g.seconds is not None
    ]
    return cell(f"How long from that point is not known: {case.why_not('response_gap')} ", case.cite(()), *known, ".")


def _at(case: Case, name: str) -> datetime:
    at = case.milestone(name).at
    assert at is not None
    return at


def _explain(case: Case, part: Part) -> Cell:
    knew, mitigated, resolved = (case.milestone(n) for n in ("knew_enough", "mitigated", "resolved"))
    to_here = cell()
    last = part.segments[-1].end
    if knew.at is not None and last == mitigated.at:
        to_here = cell(": ", strong(f"{duration((last - knew.at).total_seconds())} to users well"))
    elif knew.at is not None and last == resolved.at:
        to_here = cell(": ", strong(f"{duration((last - knew.at).total_seconds())} to resolved"))
    if part.category == "no_record":
        return cell("above ", case.cite(part.evidence[:2]), to_here)
    ids = [one for one in part.evidence if one in case.rows and one not in case.series_of]
    if part.category in TALKED and len(part.segments) > 1:
        return cell("with entries ", cited(case, part), to_here)
    if len(part.segments) == 1 and len(ids) >= 2:
        return cell(entry_mention(case, ids[0]), " to ", entry_mention(case, ids[-1]), to_here)
    if len(part.segments) == 1 and last == mitigated.at and ids:
        back = cell(
            f"users well, {case.time(mitigated.at)}{_range(case)} {mitigated.basis} ", case.cite_milestone(mitigated)
        )
        return cell(entry_mention(case, ids[0]), " to ", back, to_here)
    if len(part.segments) == 1 and part.segments[0].start == mitigated.at and ids:
        return cell("users well ", case.cite_milestone(mitigated), " to ", entry_mention(case, ids[-1]), to_here)
    words = coded(case.hidden("; ".join(part.rules[:2]), 200)) if part.rules else cell(wording(part.category))
    return cell(words, " ", cited(case, part), to_here)


def _range(case: Case) -> str:
    mitigated = case.milestone("mitigated")
    if mitigated.earliest is None or mitigated.latest is None or mitigated.earliest == mitigated.latest:
        return ""
    return f" [{case.time(mitigated.earliest)} to {case.time(mitigated.latest)}]"


def _invalid(case: Case) -> list[Claim]:
    """Parts of the gap whose order is not as named, with their sign; only where a person confirmed the start or it needs none."""
    found = []
    for name in _PARTS:
        gap = case.scored.gaps.get(name)
        if gap is None or gap.seconds is None or gap.status != "invalid":
            continue
        if name == "decide" and span(case) is not None:
            continue  # its start is not confirmed, so its length would be one number for a range
        start, end = GAPS[name]
        text = (
            f"{MOMENTS[end]} stands {duration(-gap.seconds)} before {MOMENTS[start]} on record, so the part between them "
            f"counts as {duration(gap.seconds)}; the sign is kept, so that the sums hold "
        )
        found.append(claim(SECTION, cell(text[0].upper() + text[1:], case.cite(gap.evidence), ".")))
    return found


def _still_open(case: Case) -> list[Claim]:
    """How long it has lasted so far, where it was not resolved when evidence was collected."""
    if not case.is_open:
        return []
    since = next((m for name in ("started", "detected") if (m := case.milestone(name)).at is not None), None)
    if since is None or since.at is None:
        return []
    so_far = strong(duration((case.scored.collected_at - since.at).total_seconds()))
    until = f"Not resolved when evidence was collected, {case.time(case.scored.collected_at)}: "
    return [
        claim(SECTION, cell(until, so_far, f" so far since {case.time(since.at)} ", case.cite_milestone(since), "."))
    ]
