"""Describes the three ledgers as a staircase: each row starts where the one above ends, so that it can be seen to add up."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from incident_timeline.explain.case import Case, open_case
from incident_timeline.explain.charts.framing import picture_of
from incident_timeline.explain.charts.words import MOMENTS, caption, category_forms, confirmed, days, moment_name, when
from incident_timeline.explain.ledger_words import in_runs, wording
from incident_timeline.explain.wording import bracket
from incident_timeline.model.gaps import LEDGERS, Segment
from incident_timeline.model.instants import clock, duration
from incident_timeline.model.milestones import candidates
from incident_timeline.model.pictures import (
    CATEGORY_FILL,
    Bar,
    Forms,
    KeyRow,
    NoPicture,
    Picture,
    Stair,
    StairBody,
    Step,
)
from incident_timeline.model.scored import Scored

NAME = "ledgers"
_HEADS = {"detection": "Detection", "knowing": "Knowing", "response": "Response"}
_GAPS = {"detection": "time_to_detect", "knowing": "time_to_know", "response": "response_gap"}
_HUES = (
    ("alert_strong", "alerting"),
    ("people_strong", "people"),
    ("change_strong", "changes"),
    ("well_strong", "recovering"),
)


def describe_ledgers(scored: Scored, roles: Mapping[str, str], numbers: Mapping[str, str]) -> Picture | NoPicture:
    """The staircase of one incident, or why there is none."""
    case = open_case(scored, numbers, roles)
    stairs = _stairs(case)
    edges = [edge for stair in stairs for edge in _edges(stair)]
    if not edges or max(edges) <= min(edges):
        reasons = dict.fromkeys(case.why_not(gap) for gap in ("time_to_resolve", *_GAPS.values()))
        return NoPicture(NAME, f"no ledger could be cut: {next(filter(None, reasons), 'its stretches have no length')}")
    start, end = min(edges), max(edges)
    sums = _sums(stairs)
    title = _titles(case, start, end, sums)
    origin = _origin(case, start)
    unconfirmed = any(stair.proposed_start or stair.proposed_end for stair in stairs)
    lacking = "; ".join(
        ([] if not unconfirmed else ["the moment of knowing enough is not confirmed"])
        + [f"{s.head[0].lower()}{s.head[1:]}" for s in stairs if not s.steps]
    )
    finding = f"{title[0][0].lower()}{title[0][1:]}"
    aside = " [ ] is what the evidence allows." if any("[" in stair.head for stair in stairs) else ""
    subtitles = (
        f"{caption(case, start, end)}. Each row starts where the one above ends.{aside}",
        f"{caption(case, start, end)}. Each row starts where the last ends.",
        days(start, end),
    )
    body = StairBody(
        start,
        end,
        stairs,
        sums=_key(sums),
        hues=tuple(KeyRow(fill, text) for fill, text in _HUES if _has_hue(stairs, fill)),
        axis_text=f"since {origin}, {clock(start)} UTC",
    )
    return picture_of(
        case, NAME, body, title, subtitles, kind="The ledgers", finding=finding, lacking=lacking,
        table="the RESPONSE section", values=_values(stairs, sums),
    )  # fmt: skip


def _edges(stair: Stair) -> list[datetime]:
    bars = [(step.start, step.end) for step in stair.steps]
    bars += [(stair.undivided.start, stair.undivided.end)] if stair.undivided else []
    return [edge for bar in bars for edge in bar]


def _stairs(case: Case) -> tuple[Stair, ...]:
    knew, resolved, detected = (case.milestone(n) for n in ("knew_enough", "resolved", "detected"))
    cut = case.scored.ledgers
    if not cut.get("knowing") and not cut.get("response") and knew.at is None and detected.at is not None:
        last = resolved.at or (case.scored.collected_at if case.is_open else detected.at)
        word = _first(case, "detected")
        until = (
            "resolved" if resolved.at else "the end of the evidence" if case.is_open else "an end that is not on record"
        )
        head = f"{word[0].upper()}{word[1:]} to {until}"
        length = f" {duration((last - detected.at).total_seconds())}" if last > detected.at else ""
        bar = Bar(detected.at, last, "hollow", open_end=resolved.at is None) if last > detected.at else None
        reason = case.hidden(knew.reason, 160) or "no moment of knowing is on record"
        whole = Stair(
            "whole", f"{head}{length}, not divided", (f"knew enough: {reason}", "knew enough: missing"), (), bar
        )
        return (_stair(case, "detection"), whole)
    return tuple(_stair(case, name) for name in LEDGERS)


def _stair(case: Case, name: str) -> Stair:
    start, end = (case.milestone(one) for one in LEDGERS[name])
    segments = case.scored.ledgers.get(name, ())
    gap = case.gap(_GAPS[name])
    proposed_start = start.at is not None and not confirmed(start)
    proposed_end = end.at is not None and not confirmed(end)
    head = _HEADS[name]
    if not segments or gap is None or gap.seconds is None:
        bar = None
        if end.at is None and start.at is not None and case.is_open and start.at < case.scored.collected_at:
            bar = Bar(start.at, case.scored.collected_at, "hollow", open_end=True)
        return Stair(name, *_missing(case, name), undivided=bar, proposed_start=proposed_start)
    if proposed_start or proposed_end:
        return Stair(
            name,
            f"{head} {_range(gap.earliest, gap.latest)}",
            _unconfirmed(case, name),
            _steps(case, segments),
            proposed_start=proposed_start,
            proposed_end=proposed_end,
        )
    silent = sum((s.end - s.start for s in segments if s.category in ("no_record", "unexplained")), timedelta())
    aside = "" if silent else "nothing unexplained"
    if any(m.status == "marked" for m in (start, end)):
        aside = ", ".join(part for part in (aside, "as a person marked it") if part)
    return Stair(
        name, f"{head} {duration(gap.seconds)}{bracket(gap.earliest, gap.latest)}", (aside,), _steps(case, segments)
    )


def _missing(case: Case, name: str) -> tuple[str, Forms]:
    gap = case.gap(_GAPS[name])
    head = _HEADS[name]
    if gap is None:
        still_open = name == "response" and case.is_open
        return f"{head}: {'still open' if still_open else 'not known'}", (case.why_not(_GAPS[name]), "see the record")
    if gap.seconds is not None and gap.seconds < 0 and name == "detection":
        return f"{head}: paged {duration(-gap.seconds)} before users were hurt", ("",)
    if gap.status == "invalid":
        reason = case.hidden(gap.reason, 160)
        if not confirmed(case.milestone("knew_enough")):
            first, last = LEDGERS[name]
            reason = f"{MOMENTS[last]} lies before {MOMENTS[first]}, which is not confirmed: candidate 1 was taken"
            if last == "knew_enough":
                reason = f"candidate 1 for {MOMENTS[last]}, not confirmed, lies before {MOMENTS[first]}"
        return f"{head}: out of order", (reason, "see the record")
    return f"{head}: nothing to divide", (case.hidden(gap.reason, 160), "")


def _range(low: float | None, high: float | None) -> str:
    if low is None or high is None or duration(low) == duration(high):
        return "not confirmed"
    return f"{duration(low)} to {duration(high)}"


def _unconfirmed(case: Case, name: str) -> Forms:
    count = len(candidates(case.milestone("knew_enough")))
    which = f"drawn to candidate 1 of {count}" if name == "knowing" else f"drawn from candidate 1 of {count}"
    between = f"{_first(case, 'detected')} to knew enough" if name == "knowing" else "knew enough to resolved"
    if count < 2:
        return (f"{between}, not confirmed", "not confirmed")
    return (f"{between}, not confirmed; {which}", f"not confirmed; {which}", "not confirmed")


def _first(case: Case, name: str) -> str:
    word = moment_name(case, case.milestone(name))
    return "first page" if word == "paged" else word


def _steps(case: Case, segments: Sequence[Segment]) -> tuple[Step, ...]:
    steps = []
    for part in in_runs(segments):
        ids = [case.numbers[one] for one in part.evidence if one in case.numbers]
        cited = f" [{', '.join(dict.fromkeys(ids))}]" if ids else ""
        hint = f"{wording(part.category)} {duration(part.seconds)}{cited}: {'; '.join(part.rules)}"
        start, end = part.segments[0].start, part.segments[-1].end
        steps.append(Step(start, end, part.category, category_forms(part.category), case.hidden(hint, 240)))
    return tuple(steps)


def _sums(stairs: Sequence[Stair]) -> dict[str, int]:
    """Microseconds by tone: no_record, unexplained, strong, pale."""
    sums = {"no_record": 0, "unexplained": 0, "strong": 0, "pale": 0}
    for step in (step for stair in stairs for step in stair.steps):
        fill = CATEGORY_FILL[step.category]
        sums[fill if fill in sums else fill.rsplit("_", 1)[1]] += step.micros
    return sums


def _key(sums: Mapping[str, int]) -> tuple[KeyRow, ...]:
    rows = (
        ("no_record", "no_record", "no record: ask the room"),
        ("unexplained", "unexplained", "unexplained"),
        ("strong", "people_strong", "strong: under way, on record"),
        ("pale", "people_pale", "pale: waiting"),
    )
    return tuple(KeyRow(fill, f"{duration(sums[key] / 1e6)} {text}") for key, fill, text in rows if sums[key])


def _has_hue(stairs: Sequence[Stair], fill: str) -> bool:
    hue = fill.split("_")[0]
    return any(CATEGORY_FILL[step.category].startswith(hue) for stair in stairs for step in stair.steps)


def _titles(case: Case, start: datetime, end: datetime, sums: Mapping[str, int]) -> Forms:
    resolved = case.milestone("resolved").at
    first = _origin(case, start).replace("the ", "")
    length = duration((end - start).total_seconds())
    if sums["no_record"]:
        found = f": no record explains {duration(sums['no_record'] / 1e6)} of it"
    elif sums["unexplained"]:
        found = f": nothing explains {duration(sums['unexplained'] / 1e6)} of it"
    elif sum(sums.values()) == (end - start) // timedelta(microseconds=1):
        found = ": no stretch without a record"
    else:
        rest = duration((end - start).total_seconds() - sum(sums.values()) / 1e6)
        found = f": {rest} of it could not be divided" if any(sums.values()) else ""
    if resolved is not None and resolved != end:
        length = duration((resolved - start).total_seconds())
        return (
            f"From {first} to resolved, {length}; the moments between are out of order",
            f"{first.capitalize()} to resolved: {length}",
        )
    if resolved is None:
        return (f"Still open {length} after {first}{found}", f"Still open {length} after {first}")
    return (f"From {first} to resolved, {length}{found}", f"{first.capitalize()} to resolved: {length}{found}")


def _origin(case: Case, start: datetime) -> str:
    knew = "knew enough" if confirmed(case.milestone("knew_enough")) else "candidate 1 for knew enough"
    known = (("started", "first hurt"), ("detected", f"the {_first(case, 'detected')}"), ("knew_enough", knew))
    for name, words in known:
        if case.milestone(name).at == start:
            return words
    return "the first entry"


def _values(stairs: Sequence[Stair], sums: Mapping[str, int]) -> list[str]:
    found = []
    for stair in stairs:
        aside = f" ({stair.asides[0]})" if stair.asides[0] else ""
        parts = ", ".join(
            f"{wording(s.category)} {duration(s.micros / 1e6)} from {when(s.start, stair.steps[0].start)}"
            for s in stair.steps
        )
        found.append(f"{stair.head}{aside}{': ' if parts else ''}{parts}")
    return found + [row.text for row in _key(sums)]
