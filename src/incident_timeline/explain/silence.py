"""The stretches that nothing explains: what stands before and after each, and what to ask the people who were there."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from incident_timeline.explain.case import Case
from incident_timeline.explain.entries import entry_mention
from incident_timeline.explain.ledger_words import UNEXPLAINED
from incident_timeline.explain.wording import Cell, cell, claim, listed, plural, strong
from incident_timeline.model.findings import Claim
from incident_timeline.model.gaps import LEDGERS, Segment
from incident_timeline.model.instants import duration

SECTION = "silence"
_LISTED = 4  # stretches listed one by one; the rest are summed in one row
# What to ask about a silence, by the ledger it lies in: asks for facts and for what would help, never for blame.
_ASKS = {
    "detection": "Did anybody notice something before the page? What would have shown it?",
    "knowing": "Was this on a call? Was something tried that left no trace?",
    "response": "What was being weighed? What would have made the choice easier?",
    "closing": "Was somebody still watching? What was waited for?",
}


_ABOUT = {"detection": "detection", "knowing": "diagnosis", "response": "resolution"}


def silent_segments(case: Case) -> list[tuple[str, Segment]]:
    """(ledger, segment) of everything that no record explains, in time order."""
    found = [
        (name, segment)
        for name in LEDGERS
        for segment in case.scored.ledgers.get(name, ())
        if segment.category in UNEXPLAINED
    ]
    return sorted(found, key=lambda pair: pair[1].start)


def silent_total(case: Case) -> float:
    """Seconds that no record explains, over all ledgers."""
    return sum((s.end - s.start for _, s in silent_segments(case)), timedelta()).total_seconds()


def no_ledger_of(case: Case) -> str:
    """`no ledger of diagnosis and resolution`: which could not be drawn up; empty where all were."""
    lacking = [_ABOUT[name] for name in LEDGERS if not case.scored.ledgers.get(name)]
    return f"no ledger of {listed(lacking)}" if lacking else ""


def claim_silences(case: Case) -> list[Claim]:
    """Claims of section `silence`: a title with the sum, one row for each stretch, longest four, the rest summed."""
    found = silent_segments(case)
    if not found:
        ledgers = [name for name in LEDGERS if case.scored.ledgers.get(name)]
        if not ledgers:
            return [
                claim(SECTION, cell("No ledger could be drawn up, so nothing can be said about stretches without a record ",
                                    case.cite(()), "."))
            ]  # fmt: skip
        beside = f"; {lacking} could be drawn up" if (lacking := no_ledger_of(case)) else ""
        text = f"Every stretch of {listed([_ABOUT[name] for name in ledgers])} has a record that explains it{beside} "
        return [claim(SECTION, cell(text, case.cite(()), "."))]
    title = cell(
        strong(duration(silent_total(case))),
        f" that no record explains, in {plural(len(found), 'stretch', 'stretches')}",
    )
    evidence = case.cite([one for _, s in found for one in s.evidence])
    rows = [claim(SECTION, title, form="title", evidence=[word.text for word in evidence])]
    longest = sorted(found, key=lambda pair: (-pair[1].seconds, pair[1].start))
    shown = sorted(longest[:_LISTED], key=lambda pair: pair[1].start)
    rows += [claim(SECTION, *_row(case, name, segment), form="row") for name, segment in shown]
    rest = [segment for _, segment in longest[_LISTED:]]
    if rest:
        length = sum((s.end - s.start for s in rest), timedelta()).total_seconds()
        rows.append(
            claim(SECTION, cell(f"{len(rest)} more, all shorter"), cell(duration(length)),
                  cell(case.cite([one for s in rest for one in s.evidence][:4])), cell(), form="row")
        )  # fmt: skip
    return rows


def _row(case: Case, ledger: str, segment: Segment) -> tuple[Cell, ...]:
    before, after = _neighbours(case, segment)
    stands: Cell
    if before and after:
        stands = cell(entry_mention(case, before), ", then ", entry_mention(case, after))
    elif before or after:
        stands = cell("after " if before else "before ", entry_mention(case, before or after or ""))
    else:
        stands = cell("no entry on either side ", case.cite(segment.evidence))
    return (
        cell(f"{case.time(segment.start)} to {case.time(segment.end)}"),
        cell(duration(segment.seconds)),
        stands,
        cell(ask_about(case, ledger, segment)),
    )


def ask_about(case: Case, ledger: str, segment: Segment) -> str:
    """What to ask about one silent stretch of a ledger."""
    mitigated = case.milestone("mitigated").at
    after = ledger == "response" and mitigated is not None and segment.start >= mitigated
    return _ASKS["closing" if after else ledger]


def _neighbours(case: Case, segment: Segment) -> tuple[str | None, str | None]:
    """The last entry at or before the stretch and the first at or after it: those it cites, else of the record."""
    cited = [one for one in segment.evidence if one in case.rows and one not in case.series_of]
    return (
        _nearest(case, cited, segment.start, before=True) or _nearest(case, case.rows, segment.start, before=True),
        _nearest(case, cited, segment.end, before=False) or _nearest(case, case.rows, segment.end, before=False),
    )


def _nearest(case: Case, ids: Iterable[str], at: datetime, *, before: bool) -> str | None:
    rows = [case.rows[one] for one in ids if one not in case.series_of]
    if before:
        return max((r for r in rows if r["at"] <= at), key=lambda r: r["at"], default={"event_id": None})["event_id"]
    return min((r for r in rows if r["at"] >= at), key=lambda r: r["at"], default={"event_id": None})["event_id"]
