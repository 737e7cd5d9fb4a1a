"""Places to look at for the questions that only people answer: facts side by side, never a conclusion."""

from collections.abc import Iterator
from datetime import timedelta
from itertools import islice

import polars as pl

from incident_timeline.explain.case import Case, coded
from incident_timeline.explain.detection import first_moved
from incident_timeline.explain.entries import entry_mention
from incident_timeline.explain.evidence import ALL_RULES
from incident_timeline.explain.ledger_words import Part, by_category, wording
from incident_timeline.explain.wording import Cell, capital, cell, claim, code, figures, said
from incident_timeline.model.findings import Claim
from incident_timeline.model.incident import Change
from incident_timeline.model.instants import duration
from incident_timeline.model.scored import Explanation

_BEFORE_ONSET = timedelta(hours=4)  # how far back changes are listed; all are in the timeline
_LISTED = 5  # for one question
_QUOTE = 90
_WAITS = ("approval", "tooling", "capacity", "third_party", "mobilising", "escalating", "page_to_ack")


def claim_room(case: Case) -> list[Claim]:
    """Claims of the sections SURPRISE, CONDITIONS and `needed`, each a fact of the record with its evidence."""
    found: list[Claim] = []
    for section, cells in (
        ("surprise.unexpected", _unexpected(case)),
        ("surprise.belief", _beliefs(case)),
        ("surprise.knew", _who_said(case)),
        ("conditions.technical", _changes(case)),
        ("conditions.process", _waits(case)),
        ("conditions.knowledge", _not_followed(case)),
        ("conditions.measured", _unread(case)),
        ("needed.sooner", _sooner(case)),
        ("needed.faster", _faster(case)),
        ("needed.surer", _surer(case)),
    ):
        found += [claim(section, capital(one), form="item") for one in islice(cells, _LISTED)]
    return found


def _unexpected(case: Case) -> Iterator[Cell]:
    for moved in case.scored.moved:
        unit = case.series_label(moved.series_id)["unit"]
        band = f"{figures(moved.band.low, moved.band.high, unit)} over {moved.band.samples:,} samples before"
        name = case.signal_name(moved.series_id)
        yield cell(
            f"{name} left its band, {band}, at {case.time(moved.at)} ", case.cite([f"series:{moved.series_id}"]), "."
        )


def _beliefs(case: Case) -> Iterator[Cell]:
    started = case.milestone("started")
    for change in _changes_before(case) if started.at is not None else ():
        ended = change.finished_at
        if change.status == "succeeded" and ended is not None and started.at is not None and ended <= started.at:
            yield cell(
                _named(case, change), f" was reported a success at {case.time(ended)} ", case.cite([change.event_id]),
                f", {duration((started.at - ended).total_seconds())} before first hurt ", case.cite_milestone(started), ".",
            )  # fmt: skip
    for one in case.scored.explanations:
        if one.fate in ("tried, no effect", "set aside"):
            yield cell(_quoted(case, one), f": {one.fate} ", case.cite(one.fate_evidence, one.event_id), ".")


def _quoted(case: Case, one: Explanation) -> Cell:
    return cell(said(case.hidden(one.text, _QUOTE), _QUOTE), " ", case.cite([one.event_id]))


def _who_said(case: Case) -> Iterator[Cell]:
    start, detected = case.milestone("fix_started"), case.milestone("detected")
    for one in [one for one in case.scored.explanations if one.fate == "acted on, worked"][:2]:
        row = case.rows.get(one.event_id)
        speaker = case.role(row["actor"]) if row else "somebody"
        tail = cell()
        if start.at is not None and start.evidence and start.at >= one.at and start.evidence[0] != one.event_id:
            tail = cell(
                f"; the fix was begun {duration((start.at - one.at).total_seconds())} later ", case.cite(start.evidence)
            )
        yield cell(f"said by {speaker} at {case.time(one.at)}: ", _quoted(case, one), tail, ".")
    for row in case.scored.events.filter(pl.col("kind") == "responder.joined").head(2).iter_rows(named=True):
        since = f", {duration((row['at'] - detected.at).total_seconds())} after the first page" if detected.at else ""
        yield cell(
            f"{case.role(row['actor'])} joined at {case.time(row['at'])}{since} ", case.cite([row["event_id"]]), "."
        )


def _changes_before(case: Case) -> list[Change]:
    onset = case.milestone("started").latest or case.milestone("detected").at
    if onset is None:
        return []
    near = [c for c in case.scored.changes if onset - _BEFORE_ONSET <= c.at <= onset and not c.is_rollback]
    return sorted(near, key=lambda c: (c.at, c.event_id), reverse=True)


def _named(case: Case, change: Change) -> Cell:
    service, ref = case.hidden(change.service, 40), case.hidden(change.ref, 40)
    what = ref if service and ref.startswith(service) else " ".join(part for part in (service, ref) if part)
    return cell("the deploy of ", code(what)) if what else cell("a deploy")


def _changes(case: Case) -> Iterator[Cell]:
    started = case.milestone("started").at
    for change in _changes_before(case):
        before = ""
        if started is not None and change.at <= started:
            before = f", {duration((started - change.at).total_seconds())} before first hurt"
        verdict = f"; a person's verdict: {change.verdict}" if change.verdict else ""
        yield cell(
            _named(case, change),
            f" began at {case.time(change.at)}{before}{verdict} ",
            case.cite(_began(case, change)),
            ".",
        )


def _began(case: Case, change: Change) -> list[str]:
    """The entry of the change that says when it began, where there is one, and the one that stands for the whole."""
    same = pl.col("kind").str.starts_with("deploy.") & (pl.col("at") == change.at)
    rows = case.scored.events.filter(same & (pl.col("service") == (change.service or "")))
    return [*rows["event_id"].tail(1), change.event_id]


def _parts(case: Case, *categories: str) -> Iterator[Part]:
    for name in ("knowing", "response"):
        yield from (part for part in by_category(case.scored.ledgers.get(name, ())) if part.category in categories)


def _waits(case: Case) -> Iterator[Cell]:
    for part in _parts(case, *_WAITS):
        yield cell(f"{wording(part.category)}: {duration(part.seconds)} ", case.cite(part.evidence[:4]), ".")


def _not_followed(case: Case) -> Iterator[Cell]:
    for one in case.scored.explanations:
        if one.fate == "not followed up":
            yield cell(f"at {case.time(one.at)}, ", _quoted(case, one), ": no follow-up found on record.")


def _unread(case: Case) -> Iterator[Cell]:
    for moved in case.scored.moved if case.scored.rules else ():
        if not case.readers(moved):
            name = case.signal_name(moved.series_id)
            yield cell(
                f"{name} is collected; no loaded rule reads it ",
                case.cite([f"series:{moved.series_id}", ALL_RULES]),
                ".",
            )


def _sooner(case: Case) -> Iterator[Cell]:
    moved, detected = first_moved(case), case.milestone("detected")
    if moved is not None and detected.at is not None and detected.at > moved.at:
        before = duration((detected.at - moved.at).total_seconds())
        text = f"{case.signal_name(moved.series_id)} had left its band {before} before anybody was paged "
        yield cell(text, case.cite([f"series:{moved.series_id}", *detected.evidence]), ".")
    for part in by_category(case.scored.ledgers.get("detection", ())):
        if part.category in ("pending", "grouping", "evaluation") and part.seconds >= 60:
            rules = cell(*(coded(case.hidden(rule, 120)) for rule in part.rules[:1]))
            yield cell(f"{duration(part.seconds)}: ", rules, " ", case.cite(part.evidence), ".")


def _faster(case: Case) -> Iterator[Cell]:
    started, contained = case.milestone("started"), case.milestone("contained")
    if started.at is not None and contained.at is not None and contained.at > started.at:
        grew = duration((contained.at - started.at).total_seconds())
        deciding = [f"series:{case.scored.decisive}"] if case.scored.decisive else []
        evidence = case.cite([*contained.evidence, *case.scored.impact.evidence], *deciding)
        yield cell(f"the share of hurt requests grew for {grew}, until {case.time(contained.at)} ", evidence, ".")


def _surer(case: Case) -> Iterator[Cell]:
    for part in _parts(case, "attempt_without_effect", "approval", "tooling", "incomplete"):
        ids = [one for one in part.evidence if one in case.rows][:1]
        what = entry_mention(case, ids[0]) if ids else case.cite(part.evidence)
        yield cell(f"{wording(part.category)}, {duration(part.seconds)}: ", what, ".")
