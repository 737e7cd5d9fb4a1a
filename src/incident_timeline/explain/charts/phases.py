"""The lane of phases: detect, know, respond, with the unconfirmed moment of knowing as a band over its candidates."""

from datetime import datetime

from incident_timeline.explain.case import Case
from incident_timeline.explain.charts.moments import unconfirmed_range
from incident_timeline.explain.charts.window import View
from incident_timeline.explain.charts.words import moment_noun, quoted
from incident_timeline.explain.wording import between
from incident_timeline.model.instants import duration
from incident_timeline.model.milestones import Alternative, candidates
from incident_timeline.model.pictures import Bar, Forms, Lane, Mark, Row

_STANCES = {"asked": "a question", "hedged": "a guess", "stated": "cause named", "decided": "decision"}


def describe_phases(case: Case, view: View) -> Lane:
    """The lane; a phase whose ends are missing or out of order is not drawn."""
    started, detected, knew, resolved = (
        case.milestone(n).at for n in ("started", "detected", "knew_enough", "resolved")
    )
    over = resolved or view.end
    bars = []
    if started is not None and detected is not None and detected > started:
        bars.append(_phase(case, started, detected, "detect", "time_to_detect"))
    begin = detected or started
    if begin is None:
        return Lane("phases", "Phases", (), (), "not known: neither first hurt nor a first page is on record")
    unconfirmed = unconfirmed_range(case.milestone("knew_enough"))
    if knew is None:
        if over > begin:
            word = moment_noun(case, case.milestone("detected" if detected else "started"))
            length = duration((over - begin).total_seconds())
            last = "resolved" if resolved else "now, open" if case.is_open else "the last entry"
            undivided = (f"{word} to {last} {length}; knew enough: missing", "knew enough: missing")
            bars.append(Bar(begin, over, "phase", undivided, open_end=resolved is None))
        return Lane("phases", "Phases", (Row("", tuple(bars)),))
    if unconfirmed is not None:
        low, high, _ = unconfirmed
        texts: Forms = ("knew enough: not confirmed", "knew: not confirmed", "not confirmed")
        bars += [_phase(case, begin, low, "know", "")] if low > begin else []
        bars.append(Bar(low, high, "proposed", texts, place="above", hint="knew enough: not confirmed"))
    else:
        low = high = knew
        bars += [_phase(case, begin, low, "know", "time_to_know")] if low > begin else []
    if over > high:
        bars.append(_phase(case, high, over, "respond", "response_gap" if resolved else "", open_end=resolved is None))
    marks = tuple(_candidate(case, i, rival) for i, rival in enumerate(candidates(case.milestone("knew_enough")), 1))
    return Lane("phases", "Phases", (Row("", tuple(b for b in bars if b.end > b.start), marks),))


def _phase(case: Case, start: datetime, end: datetime, word: str, name: str, *, open_end: bool = False) -> Bar:
    gap = case.gap(name) if name else None
    length = ""
    if gap is not None and gap.seconds is not None:
        unconfirmed = gap.status == "proposed" and gap.earliest is not None and gap.latest is not None
        if unconfirmed and gap.earliest is not None and gap.latest is not None and gap.earliest < gap.latest:
            length = between(gap.earliest, gap.latest)
        elif gap.status not in ("proposed", "invalid"):
            length = duration(gap.seconds)
    still = ", still open" if case.is_open else ", no end on record"
    words = f"{word}{still}" if open_end else word
    forms = (f"{words} {length}", word) if length else (words, word) if open_end else (word,)
    return Bar(start, end, "phase", forms, place="nowhere", hint=forms[0], open_end=open_end)


def _candidate(case: Case, rank: int, rival: Alternative) -> Mark:
    stance = next((e.stance for e in case.scored.explanations if e.event_id == rival.event_id), "")
    number = case.numbers.get(rival.event_id, "")
    word = _STANCES.get(stance, "")
    text = f"{rank} {word}".strip()
    forms = (f"{text} {number}".strip(), text, str(rank)) if word else (f"{rank} {number}".strip(), str(rank))
    hint = f"candidate {rank}: {quoted(case.hidden(rival.text, 160))}"
    return Mark(rival.at, tuple(dict.fromkeys(forms)), "candidate", str(rank), hint, rival.event_id)
