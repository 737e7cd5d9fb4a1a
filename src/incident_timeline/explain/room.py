"""Places to look at for the questions that only people answer: facts side by side, never a conclusion."""

from datetime import timedelta

from incident_timeline.explain.case import Case, coded
from incident_timeline.explain.detection import first_moved
from incident_timeline.explain.entries import entry_mention
from incident_timeline.explain.evidence import ALL_RULES
from incident_timeline.explain.ledger_words import by_category, wording
from incident_timeline.explain.wording import Cell, cell, claim, code, figure, said
from incident_timeline.model.findings import Claim, Words
from incident_timeline.model.incident import Change
from incident_timeline.model.instants import duration

_BEFORE_ONSET = timedelta(hours=4)  # how far back changes are listed; all are in the timeline
_LISTED = 5
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
        ("conditions.knowledge", _set_aside(case)),
        ("conditions.measured", _unread(case)),
        ("needed.sooner", _sooner(case)),
        ("needed.faster", _faster(case)),
        ("needed.surer", _surer(case)),
    ):
        found += [claim(section, _capital(one), form="item") for one in cells[:_LISTED]]
    return found


def _capital(words: Cell) -> Cell:
    """The cell with its first letter as a sentence begins, unless a quotation or a name begins it."""
    if not words or words[0].style != "plain":
        return words
    text = words[0].text
    return (Words(text[:1].upper() + text[1:]), *words[1:])


def _unexpected(case: Case) -> list[Cell]:
    found = []
    for moved in case.scored.moved[:_LISTED]:
        unit = case.series_label(moved.series_id)["unit"]
        found.append(
            cell(
                f"{case.signal_name(moved.series_id)} left its band, {figure(moved.band.low, unit)} to "
                f"{figure(moved.band.high, unit)} over {moved.band.samples:,} samples before, at {case.time(moved.at)} ",
                case.cite([f"series:{moved.series_id}"]), ".",
            )  # fmt: skip
        )
    return found


def _beliefs(case: Case) -> list[Cell]:
    started = case.milestone("started")
    found = []
    if started.at is not None:
        for change in _changes_before(case):
            if change.status == "succeeded" and change.finished_at is not None and change.finished_at <= started.at:
                found.append(
                    cell(
                        _named(case, change), f" was reported a success at {case.time(change.finished_at)} ",
                        case.cite([change.event_id]), f", {duration((started.at - change.finished_at).total_seconds())} before "
                        f"first hurt ", case.cite_milestone(started), ".",
                    )  # fmt: skip
                )
    for one in case.scored.explanations:
        if one.fate in ("tried, no effect", "set aside"):
            found.append(
                cell(said(case.hidden(one.text, 90), 90), " ", case.cite([one.event_id]), f": {one.fate} ",
                     case.cite(one.fate_evidence, one.event_id), ".")
            )  # fmt: skip
    return found


def _who_said(case: Case) -> list[Cell]:
    worked = [one for one in case.scored.explanations if one.fate == "acted on, worked"]
    start = case.milestone("fix_started")
    found = []
    for one in worked[:2]:
        row = case.rows.get(one.event_id)
        speaker = case.role(row["actor"]) if row else "somebody"
        tail = cell()
        if start.at is not None and start.evidence and start.at >= one.at and start.evidence[0] != one.event_id:
            tail = cell(f"; the fix was begun {duration((start.at - one.at).total_seconds())} later ", case.cite(start.evidence))
        found.append(
            cell(f"said by {speaker} at {case.time(one.at)}: ", said(case.hidden(one.text, 90), 90), " ",
                 case.cite([one.event_id]), tail, ".")
        )  # fmt: skip
    joined = case.scored.events.filter(case.scored.events["kind"] == "responder.joined")
    for row in joined.head(2).iter_rows(named=True):
        detected = case.milestone("detected")
        since = f", {duration((row['at'] - detected.at).total_seconds())} after the first page" if detected.at else ""
        found.append(cell(f"{case.role(row['actor'])} joined at {case.time(row['at'])}{since} ", case.cite([row["event_id"]]), "."))
    return found


def _changes_before(case: Case) -> list[Change]:
    onset = case.milestone("started").latest or case.milestone("detected").at
    if onset is None:
        return []
    near = [c for c in case.scored.changes if onset - _BEFORE_ONSET <= c.at <= onset and not c.is_rollback]
    return sorted(near, key=lambda c: c.at, reverse=True)


def _named(case: Case, change: Change) -> Cell:
    what = " ".join(part for part in (case.hidden(change.service, 40), case.hidden(change.ref, 40)) if part)
    return cell("the deploy of ", code(what)) if what else cell("a deploy")


def _changes(case: Case) -> list[Cell]:
    started = case.milestone("started")
    found = []
    for change in _changes_before(case):
        words = cell(_named(case, change), f" began at {case.time(change.at)}")
        if started.at is not None and change.at <= started.at:
            words = cell(words, f", {duration((started.at - change.at).total_seconds())} before first hurt")
        verdict = f"; a person's verdict: {change.verdict}" if change.verdict else ""
        found.append(cell(words, verdict, " ", case.cite([change.event_id]), "."))
    return found


def _waits(case: Case) -> list[Cell]:
    found = []
    for name in ("knowing", "response"):
        for part in by_category(case.scored.ledgers.get(name, ())):
            if part.category in _WAITS:
                found.append(
                    cell(f"{wording(part.category)}: {duration(part.seconds)} ", case.cite(part.evidence[:4]), ".")
                )  # fmt: skip
    return found


def _set_aside(case: Case) -> list[Cell]:
    found = []
    for one in case.scored.explanations:
        if one.fate == "not followed up":
            found.append(
                cell(f"at {case.time(one.at)}, ", said(case.hidden(one.text, 90), 90), " ", case.cite([one.event_id]),
                     ": no later entry takes it up.")
            )  # fmt: skip
    return found


def _unread(case: Case) -> list[Cell]:
    found = []
    if not case.scored.rules:
        return found
    for moved in case.scored.moved:
        if not case.readers(moved):
            found.append(
                cell(f"{case.signal_name(moved.series_id)} is collected; no loaded rule reads it ",
                     case.cite([f"series:{moved.series_id}", ALL_RULES]), ".")
            )  # fmt: skip
    return found


def _sooner(case: Case) -> list[Cell]:
    moved, detected = first_moved(case), case.milestone("detected")
    found = []
    if moved is not None and detected.at is not None and detected.at > moved.at:
        found.append(
            cell(f"{case.signal_name(moved.series_id)} had left its band {duration((detected.at - moved.at).total_seconds())} "
                 "before anybody was paged ", case.cite([f"series:{moved.series_id}", *detected.evidence]), ".")
        )  # fmt: skip
    for part in by_category(case.scored.ledgers.get("detection", ())):
        if part.category in ("pending", "grouping", "evaluation") and part.seconds >= 60:
            rules = cell(*(cell(coded(case.hidden(rule, 120))) for rule in part.rules[:1]))
            found.append(cell(f"{duration(part.seconds)}: ", rules, " ", case.cite(part.evidence), "."))
    return found


def _faster(case: Case) -> list[Cell]:
    started, contained = case.milestone("started"), case.milestone("contained")
    if started.at is None or contained.at is None or contained.at <= started.at:
        return []
    grew = duration((contained.at - started.at).total_seconds())
    deciding = [f"series:{case.scored.decisive}"] if case.scored.decisive else []
    return [cell(f"the share of hurt requests grew for {grew}, until {case.time(contained.at)} ",
                 case.cite([*contained.evidence, *case.scored.impact.evidence], *deciding), ".")]  # fmt: skip


def _surer(case: Case) -> list[Cell]:
    found = []
    for name in ("knowing", "response"):
        for part in by_category(case.scored.ledgers.get(name, ())):
            if part.category in ("attempt_without_effect", "approval", "tooling", "incomplete"):
                ids = [one for one in part.evidence if one in case.rows][:1]
                what = entry_mention(case, ids[0]) if ids else case.cite(part.evidence)
                found.append(cell(f"{wording(part.category)}, {duration(part.seconds)}: ", what, "."))
    return found
