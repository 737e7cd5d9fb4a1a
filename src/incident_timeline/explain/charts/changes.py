"""The lane of changes: deploys in their parts (waiting for approval, queued, running), restarts and other changes."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from itertools import pairwise
from typing import Any

from incident_timeline.explain.case import Case
from incident_timeline.explain.charts.window import View
from incident_timeline.explain.wording import clean
from incident_timeline.model.incident import Change
from incident_timeline.model.instants import clock, duration
from incident_timeline.model.pictures import Bar, Forms, Instants, Lane, Row

_PARTS: dict[str, tuple[str, Forms]] = {
    "deploy.requested": ("change_pale", ("asked",)),
    "deploy.waiting": ("people_pale", ("approval",)),
    "deploy.approved": ("change_pale", ("queue",)),
    "deploy.queued": ("change_pale", ("queue",)),
    "deploy.started": ("change_strong", ("roll-out",)),
}
_ENDS = ("service.deployed", "service.rolledback", "service.deploy_failed")
_ALONE = ("change.made", "service.restarted", *_ENDS)
_ROWS = 4
_WORDS = {"service.restarted": "restart"}  # what is one entry and no deploy; all else of that sort is a change
_NAMED_FROM_S = 60.0  # a shorter part of a change is named only where its name stands in it


def describe_changes(case: Case, view: View, *, whole: bool = False) -> Lane:
    """The lane; what overlaps in time stands on lines below one another. `whole`: each change is one short name."""
    groups = [_of_change(case, view, change, whole=whole) for change in view.changes]
    covered = {one for change in case.scored.changes for one in _event_ids(case, change)}
    for row in case.rows.values():
        if row["kind"] in _ALONE and row["event_id"] not in covered and view.holds(row["at"]):
            groups += [_of_event(case, view, row)]
    groups = sorted((g for g in groups if g), key=lambda g: (g[0].start, g[-1].end))
    notes = (f"{view.earlier} earlier or later in the record",) if view.earlier else ()
    if not groups:
        return Lane("changes", "Changes", (), notes, "none on record in this window")
    lines: list[list[Bar]] = []
    nameless: list[Bar] = []
    for group in groups:
        free = next((line for line in lines if max(bar.end for bar in line) < group[0].start), None)
        if free is None and len(lines) < _ROWS:
            lines.append(free := [])
        if free is not None:
            free.extend(group)
        else:  # too many at a time: drawn, named on hover and in the record
            nameless += [replace(bar, texts=()) for bar in group]
    if nameless:
        lines.append(nameless)
        notes = (*notes, f"last line: {sum(1 for bar in nameless if bar.event_id)} more, named in the record")
    return Lane("changes", "Changes", tuple(Row("", tuple(line)) for line in lines), notes)


def change_ends(view: View) -> Instants:
    """When each change in the view took effect."""
    ends = {c.finished_at for c in view.changes if c.finished_at is not None and view.holds(c.finished_at)}
    return Instants(tuple(sorted(ends)))


def _deploy(ref: str | None) -> str:
    return (ref or "").split("/")[0]


def _steps(case: Case, change: Change) -> list[dict[str, Any]]:
    """The entries of one change in time order: those whose reference names the same deployment."""
    row = case.rows.get(change.event_id)
    if row is None or not row["ref"]:
        return []
    key = _deploy(row["ref"])
    kinds = (*_PARTS, *_ENDS)
    return [
        r
        for r in case.rows.values()
        if r["kind"] in kinds and r["source"] == row["source"] and _deploy(r["ref"]) == key
    ]


def _event_ids(case: Case, change: Change) -> set[str]:
    return {change.event_id, *(row["event_id"] for row in _steps(case, change))}


def name_change(case: Case, change: Change) -> tuple[str, str]:
    """A change in words, and its shortest name."""
    version = clean(change.ref or (change.sha or "")[:7], 24)
    row = case.rows.get(change.event_id)
    kind = row["kind"] if row else _ENDS[0]
    word = (
        "rollback"
        if change.is_rollback
        else "deploy"
        if kind in _PARTS or kind in _ENDS
        else _WORDS.get(kind, "change")
    )
    failed = f", {change.status}" if change.status in ("failed", "cancelled", "superseded") else ""
    if not version:
        return f"{word}{failed}", word
    return f"{word} to {version}{failed}" if change.is_rollback else f"{word} {version}{failed}", version


def _of_change(case: Case, view: View, change: Change, *, whole: bool) -> list[Bar]:
    full, short = name_change(case, change)
    steps = _steps(case, change)
    begin = min([change.requested_at, change.at, *(row["at"] for row in steps)])
    end = change.finished_at or (steps[-1]["at"] if steps and steps[-1]["kind"] in _ENDS else None)
    running = end is None and change.status in ("running", "queued")
    until = max(begin, min(end or (view.end if running else begin), view.end))
    number = case.numbers.get(change.event_id, "")
    length = f" {duration((until - begin).total_seconds())}" if until > begin else ""
    hint = f"{number} {full}: {clock(begin)} to {clock(until) if end else 'no end on record'}".strip()
    parts = _parts(steps, begin, until, hint, short, whole=whole)
    waited = any(p.fill != "change_strong" and (p.end - p.start).total_seconds() >= _NAMED_FROM_S for p in parts)
    long = f"{full},{length} from asked to live" if waited and length else f"{full}{length}"
    forms: Forms = (full, short) if whole else (long, f"{full}{length}", full, short)
    if len(parts) < 2:
        return [
            Bar(begin, until, "change_strong", tuple(dict.fromkeys(forms)), hint=hint, event_id=change.event_id,
                place="above", open_end=running, outside_only=not whole)
        ]  # fmt: skip
    if whole:
        return parts
    # The first part carries the name of the whole above it; its own words stand in it or below.
    head = Bar(
        begin, begin, "change_strong", tuple(dict.fromkeys(forms)), "above", outside_only=True, event_id=change.event_id
    )
    return [_named(head, parts[0]), *parts]


def _named(head: Bar, first: Bar) -> Bar:
    """A bar of no length of its own that hangs the name of a change over its first part."""
    return Bar(
        head.start,
        first.end,
        first.fill,
        head.texts,
        "above",
        outside_only=True,
        hint=first.hint,
        event_id=head.event_id,
    )


def _parts(
    steps: Sequence[dict[str, Any]], begin: datetime, until: datetime, hint: str, short: str, *, whole: bool
) -> list[Bar]:
    found: list[Bar] = []
    inside = [row for row in steps if row["kind"] in _PARTS and row["at"] < until]
    stops = [*(row["at"] for row in inside), until]
    for row, (start, end) in zip(inside, pairwise(stops), strict=False):
        fill, words = _PARTS[row["kind"]]
        if end <= start:
            continue
        # Approved and then queued is one wait.
        begun = found.pop().start if found and found[-1].fill == fill else start
        length = duration((end - begun).total_seconds())
        texts: Forms = (f"{words[0]} {length}", length, words[0])
        if whole and row["kind"] == "deploy.started":
            texts = (short, length)
        short_wait = (end - begun).total_seconds() < _NAMED_FROM_S and short not in texts
        found.append(
            Bar(begun, end, fill, texts, "nowhere" if short_wait else "below", hint=f"{hint}; {words[0]} {length}")
        )
    if found and found[0].start > begin:
        found.insert(0, Bar(begin, found[0].start, "change_pale", ("asked",), "below", hint=hint))
    return found


def _of_event(case: Case, view: View, row: dict[str, Any]) -> list[Bar]:
    until = max(row["at"], min(row["until"] or row["at"], view.end))
    words = case.hidden(row["summary"], 40) or row["kind"].split(".")[1]
    no_effect = any(
        segment.category == "attempt_without_effect" and segment.start <= row["at"] < segment.end
        for ledger in case.scored.ledgers.values()
        for segment in ledger
    )
    tail = ", no effect" if no_effect else ""
    forms = (f"{words}{tail}", words, case.hidden(row["summary"], 18) or words)
    number = case.numbers.get(row["event_id"], "")
    hint = f"{number} {clock(row['at'])} {words}{tail}".strip()
    return [
        Bar(
            row["at"],
            until,
            "change_strong",
            tuple(dict.fromkeys(forms)),
            outside_only=True,
            hint=hint,
            event_id=row["event_id"],
        )
    ]
