"""The annex: every entry of the record in time order with its number, and what S, R and C numbers stand for."""

from collections.abc import Mapping
from datetime import datetime

import polars as pl

from incident_timeline.explain.case import Case, coded
from incident_timeline.explain.entries import entry_text, lane, source_text, spread
from incident_timeline.explain.evidence import ALL_RULES, ARCHIVE, COLLECTED
from incident_timeline.explain.ledger_words import wording
from incident_timeline.explain.silence import ask_about, silent_segments
from incident_timeline.explain.wording import Cell, cell, claim, code, figure, listed, plural, refs
from incident_timeline.model.findings import Claim
from incident_timeline.model.gaps import LEDGERS, Segment
from incident_timeline.model.instants import duration
from incident_timeline.model.rules import AlertRule

_QUERY = 300  # characters of a query or a rule's expression
_TEXT = 200  # characters of one entry in the annex; the evidence bundle holds all of it


def claim_record(case: Case) -> list[Claim]:
    """Claims of section `record.<lane>`, a row each in time order: number, time, what, source.

    One for each numbered entry, and one of `record.silence` for each stretch without a record, where its length stands in
    the place of the source.
    """
    timed: list[tuple[datetime, int, Claim]] = []
    for row in case.scored.events.iter_rows(named=True):
        if row["event_id"] in case.series_of or row["event_id"] not in case.numbers:
            continue
        until = f" until {case.time(row['until'])}" if row["until"] is not None else ""
        cells = (
            cell(refs([row["event_id"]])), cell(f"{case.time(row['at'])}{spread(row)}"),
            cell(entry_text(case, row, _TEXT), until), cell(case.hidden(source_text(row), 60)),
        )  # fmt: skip
        timed.append((row["at"], 0, claim(f"record.{lane(row['kind'])}", *cells, form="row")))
    for ledger, segment in silent_segments(case):
        what = cell("no record until ", case.time(segment.end), f": {ask_about(case, ledger, segment)}")
        cells = (cell(), cell(case.time(segment.start)), what, cell(duration(segment.seconds)))
        timed.append((segment.start, 1, claim("record.silence", *cells, form="row", evidence=segment.evidence)))
    return [one for _, _, one in sorted(timed, key=lambda entry: entry[:2])]


def claim_ledgers(case: Case) -> list[Claim]:
    """Claims of section `ledger.<name>`, one row for each segment as it was cut: from, to, length, kind, rule, evidence.

    A kind that was read from words has its share among all kinds behind it.
    """
    return [
        claim(
            f"ledger.{name}", cell(case.time(s.start)), cell(case.time(s.end)), cell(duration(s.seconds)),
            cell(_sure(s)), cell(coded(case.hidden(s.rule, 160))), cell(case.cite(s.evidence)), form="row",
        )
        for name in LEDGERS
        for s in case.scored.ledgers.get(name, ())
    ]  # fmt: skip


def _sure(segment: Segment) -> str:
    sure = f" ({100 * segment.confidence:.0f} %)" if segment.confidence < 1 else ""
    return f"{wording(segment.category)}{sure}"


def claim_evidence(case: Case) -> list[Claim]:
    """Claims of section `evidence.<letter>`: what each S, R and C number stands for, in the order of the numbers."""
    meanings = {**_series(case), **_rules(case), **_sources(case)}
    known = [(one, number) for one, number in case.numbers.items() if one in meanings]
    ordered = sorted(known, key=lambda pair: (pair[1][0], int(pair[1][1:]), pair[0]))
    return [claim(f"evidence.{number[0]}", cell(refs([one])), meanings[one], form="row") for one, number in ordered]


def _series(case: Case) -> Mapping[str, Cell]:
    found = {}
    for row in case.scored.series.labels.filter(pl.col("series_id").is_not_null()).iter_rows(named=True):
        parts = [f"step {row['step_s']:g} s"] if row["step_s"] else []
        parts += [f"scraped every {row['scrape_s']:g} s"] if row["scrape_s"] else []
        parts += [f"over {duration(row['range_s'])}"] if row["range_s"] else []
        role = {"sli": "service level", "rule": "what a rule reads", "resource": "resource"}.get(
            row["role"], row["role"]
        )
        about = ", ".join([role, *parts])
        query = case.hidden(row["query"], _QUERY)
        found[f"series:{row['series_id']}"] = cell(
            f"{case.signal_name(row['series_id'])} ({about})",
            ": " if query else "",
            code(query, _QUERY) if query else "",
        )
    return found


def _rules(case: Case) -> Mapping[str, Cell]:
    found: dict[str, Cell] = {}
    for rule in case.scored.rules:
        found.setdefault(f"rule:{rule.name}", _rule(rule))
    for episode in case.scored.episodes:
        alone = cell(code(episode.name), ": its alerts are on record, the rule itself is not among those loaded")
        found.setdefault(f"rule:{episode.name}", alone)
    number = len(case.scored.rules)
    words = "one alerting rule" if number == 1 else plural(number, "alerting rule")
    loaded = f"the {words} loaded when evidence was collected" if number else "no rules were collected"
    return found | {ALL_RULES: cell(loaded)}


def _rule(rule: AlertRule) -> Cell:
    held = f", for {duration(rule.for_s)}" if rule.for_s else ""
    return cell(
        code(rule.name), ": ", code(rule.expr, _QUERY), f"{held}, evaluated every {figure(rule.interval_s, 's')}"
    )


def _sources(case: Case) -> Mapping[str, Cell]:
    found: dict[str, Cell] = {}
    for one in case.scored.coverage:
        state = "skipped" if one.skipped else "collected" if one.ok else "not whole"
        reason = case.hidden(one.reason, 240)
        before = found.get(f"source:{one.source}")
        text = cell(f"{case.hidden(one.source, 40)}: {state}", f" ({reason})" if reason else "")
        found[f"source:{one.source}"] = cell(before, "; ", text) if before else text
    sources = listed([c.source for c in case.scored.coverage if c.ok and not c.skipped]) or "nothing"
    at = f"{case.scored.collected_at:%Y-%m-%d %H:%M:%S} UTC"
    if case.kin is not None:
        items = (
            f"; {case.kin.without} of those that matter here have no post-mortem at hand" if case.kin.without else ""
        )
        held = f"the archive as of {case.kin.as_of:%Y-%m-%d %H:%M:%S} UTC: {plural(case.kin.others, 'other incident')}{items}"
        found[ARCHIVE] = cell(held)
    found[COLLECTED] = cell(f"all that was collected by {at}: {case.hidden(sources, 200)}")
    return found
