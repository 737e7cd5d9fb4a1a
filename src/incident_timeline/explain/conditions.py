"""CONDITIONS, in the plural: everything on record that made it possible, harder to see or slower to act on, never one chain.

Each is a fact with its evidence and, at its end, its strength: what besides the fact itself points at it. Nothing ranks them
into one.
"""

from collections.abc import Iterator
from datetime import datetime

import polars as pl

from incident_timeline.explain.case import Case
from incident_timeline.explain.evidence import ALL_RULES
from incident_timeline.explain.ledger_words import by_category
from incident_timeline.explain.near_changes import NearChange, change_name, edge_of, entries_of, near_changes
from incident_timeline.explain.on_record import facts_on_record
from incident_timeline.explain.wording import Cell, cell, code, figure, said
from incident_timeline.model.instants import duration

_WHY_LATE = (
    ("below_threshold", "under its threshold"),
    ("evaluation", "until it was evaluated"),
    ("pending", "in its "),
)


def technical_conditions(case: Case) -> Iterator[Cell]:
    """Changes near first hurt behind the causality guard, and resources that ran out of their band."""
    yield from (_changed(case, one) for one in near_changes(case))
    yield from _resources(case)


def knowledge_conditions(case: Case) -> Iterator[Cell]:
    """Facts that stood on record before anybody said them, and questions that nobody took up."""
    yield from facts_on_record(case)
    hurt, well = edge_of(case), case.milestone("mitigated").at
    for one in case.scored.explanations:
        early = hurt is not None and hurt.earliest is not None and one.at < hurt.earliest
        if one.fate == "not followed up" and not early and (well is None or one.at <= well):
            quoted = said(case.hidden(one.text, 90), 90)
            yield cell(
                f"at {case.time(one.at)}, ", quoted, " ", case.cite([one.event_id]), ": no follow-up found on record. "
                "Strength: absence of a record.",
            )  # fmt: skip


def measured_conditions(case: Case) -> Iterator[Cell]:
    """Signals that moved and that no rule reads, and the rule that read one and came late."""
    for moved in case.scored.moved if case.scored.rules else ():
        if not case.readers(moved):
            yield cell(
                f"{case.signal_name(moved.series_id)} left its band at {case.time(moved.at)}{_lead(case, moved.at)}; it is "
                "collected, and no loaded rule reads it ", case.cite([f"series:{moved.series_id}", ALL_RULES]),
                ". Strength: measured.",
            )  # fmt: skip
    yield from _late(case)


def _changed(case: Case, one: NearChange) -> Cell:
    edge, change = edge_of(case), one.change
    assert edge is not None
    hurt = "first hurt" if edge.name == "started" else "the first page"
    order = (
        f"{duration(one.lead_s)} before {hurt}" if one.before else f"inside the range of {hurt}, so the order is open"
    )
    other = case.scored.incident.service
    elsewhere = ", of another service" if change.service and other and change.service != other else ""
    return cell(
        change_name(case, change), f" began at {case.time(change.at)}, {order}{elsewhere} ",
        case.cite(entries_of(case, change)), ". Strength: ", *_strength(case, one), ".",
    )  # fmt: skip


def _strength(case: Case, one: NearChange) -> list[Cell]:
    """What besides nearness in time points at a change."""
    reasons: list[Cell] = []
    if one.change.verdict:
        reasons.append(cell(f"a person's verdict: {one.change.verdict}"))
    if one.taken_back:
        reasons.append(cell("a rollback took it back ", case.cite(one.taken_back)))
    if one.named:
        reasons.append(cell("people named it ", case.cite(one.named[:2])))
    return [cell("; " if i else "", one) for i, one in enumerate(reasons or [cell("near in time only")])]


def _resources(case: Case) -> Iterator[Cell]:
    detected = case.milestone("detected").at
    for moved in case.scored.moved:
        label = case.series_label(moved.series_id)
        if label.get("role") != "resource" or label.get("signal") != "saturation":
            continue
        samples = case.scored.series.samples_of(moved.series_id).filter(pl.col("value").is_finite())
        seen = samples.filter(pl.col("at") >= moved.earliest)
        before_page = detected is not None and detected > moved.at
        seen = seen.filter(pl.col("at") <= detected) if before_page else seen
        peak = seen["value"].max() if moved.direction == "up" else seen["value"].min()
        if not isinstance(peak, float):
            continue
        went = f" It went to {figure(peak, label['unit'])} before the first page." if before_page else ""
        lead = _lead(case, moved.at)
        yield cell(
            f"{case.signal_name(moved.series_id)} left its band at {case.time(moved.at)}{lead} ",
            case.cite([f"series:{moved.series_id}"]), f".{went} Strength: measured; whether it came first or followed is open.",
        )  # fmt: skip


def _lead(case: Case, at: datetime) -> str:
    """`, 0:46 before first hurt`; nothing where the samples cannot tell the two apart."""
    started = case.milestone("started")
    if started.at is None or started.earliest is None or started.latest is None:
        return ""
    if started.earliest <= at <= started.latest:
        return ", together with first hurt"
    seconds = (started.at - at).total_seconds()
    return f", {duration(abs(seconds))} {'before' if seconds > 0 else 'after'} first hurt"


def _late(case: Case) -> Iterator[Cell]:
    """The rule that fired, by what its threshold and its `for` took after the first signal had moved."""
    episode = case.paging_episode()
    parts = {part.category: part for part in by_category(case.scored.ledgers.get("detection", ()))}
    held = [(words, parts[category]) for category, words in _WHY_LATE if category in parts]
    if episode is None or not held:
        return
    listing = [
        cell(", " if i else "", f"{duration(part.seconds)} {words}", code("for") if words == "in its " else cell())
        for i, (words, part) in enumerate(held)
    ]
    ids = [one for _, part in held for one in part.evidence]
    yield cell(
        "the rule that fired, ", code(episode.name), ", read a signal that had moved before it fired; it took ", *listing, " ",
        case.cite([*ids, *case.rule_ids(episode.name)]), ". Strength: measured.",
    )  # fmt: skip
