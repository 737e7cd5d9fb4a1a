"""Describes the incident in lanes: phases, users hurt, alerts, what has no record, people, changes."""

from collections.abc import Mapping
from datetime import timedelta

from incident_timeline.explain.case import Case, open_case
from incident_timeline.explain.charts.alerts import describe_alerts
from incident_timeline.explain.charts.changes import describe_changes
from incident_timeline.explain.charts.framing import picture_of
from incident_timeline.explain.charts.moments import describe_moments, unconfirmed_range
from incident_timeline.explain.charts.people import describe_people
from incident_timeline.explain.charts.phases import describe_phases
from incident_timeline.explain.charts.series import describe_sli
from incident_timeline.explain.charts.window import View, choose_view
from incident_timeline.explain.charts.words import (
    MOMENTS,
    confirmed,
    days,
    moment_name,
    moment_noun,
    short_subject,
    subject,
    when,
)
from incident_timeline.explain.wording import between
from incident_timeline.model.gaps import Segment
from incident_timeline.model.instants import clock, duration
from incident_timeline.model.pictures import Bar, Forms, Lane, NoPicture, Picture, Row, Span, TimeBody
from incident_timeline.model.scored import Scored

NAME = "lanes"
_NAMED = ("started", "detected", "knew_enough", "mitigated", "resolved")


def describe_lanes(scored: Scored, roles: Mapping[str, str], numbers: Mapping[str, str]) -> Picture | NoPicture:
    """The picture of one incident in lanes, or why there is none."""
    case = open_case(scored, numbers, roles)
    view = choose_view(case)
    if view is None:
        return NoPicture(NAME, "no entry of this incident is on record")
    silent = _silent(case)
    spans = tuple(Span(s.start, s.end, "no_record") for s in silent if s.category == "no_record")
    alerts, people, changes = describe_alerts(case, view), describe_people(case, view), describe_changes(case, view)
    phases, sli = describe_phases(case, view), describe_sli(case, view, tall=False)
    lanes = (phases, sli, alerts, _no_record(case, silent), people, changes)
    titles = _titles(case, silent)
    key = "Dashed outline or hollow mark: proposed, not confirmed. Hatched: no record. Strong colour: under way. Pale: waiting."
    short = "Dashed or hollow: not confirmed. Hatched: no record. Strong: under way. Pale: waiting."
    whole_day = days(view.start, view.end)
    subtitles = (
        f"{whole_day}. {key}",
        f"{whole_day}. {short}",
        f"{whole_day}. Dashed: not confirmed. Hatched: no record.",
        whole_day,
    )
    moments = describe_moments(case, view, _NAMED, ranges=False)
    return picture_of(
        case, NAME, TimeBody(view.start, view.end, lanes, moments, spans, breaks=view.breaks), titles, subtitles,
        kind="Lanes", finding=_finding(titles[0]), lacking=_lacking(case), table="the record",
        values=_values(case, view, silent, alerts, people, changes),
    )  # fmt: skip


def _silent(case: Case) -> list[Segment]:
    ledgers = case.scored.ledgers
    return [
        s
        for name in ("knowing", "response")
        for s in ledgers.get(name, ())
        if s.category in ("no_record", "unexplained")
    ]


def _no_record(case: Case, silent: list[Segment]) -> Lane:
    bars = []
    for one in silent:
        length = duration(one.seconds)
        texts: Forms = (length,) if one.category == "no_record" else (f"{length} unexplained", length)
        hint = f"{one.category.replace('_', ' ')} {clock(one.start)} to {clock(one.end)}: {case.hidden(one.note, 200)}".rstrip(
            ": "
        )
        bars.append(Bar(one.start, one.end, one.category, texts, outside_only=True, bold=True, hint=hint))
    empty = ""
    if not bars:
        cut = any(case.scored.ledgers.get(name) for name in ("knowing", "response"))
        empty = "none: every stretch has an entry" if cut else "not known: the response could not be divided"
    return Lane("norecord", "No record", (Row("", tuple(bars)),) if bars else (), (), empty)


def _no_record_length(silent: list[Segment]) -> str:
    total = sum((s.end - s.start for s in silent if s.category == "no_record"), timedelta())
    return duration(total.total_seconds()) if total >= timedelta(seconds=1) else ""


def _titles(case: Case, silent: list[Segment]) -> Forms:
    hurt, whole = case.gap("time_to_mitigate"), case.gap("time_to_resolve")
    lost = _no_record_length(silent)
    tail, short = (f"; {lost} of the response left no record", f"; {lost} left no record") if lost else ("", "")
    started, resolved, detected = (case.milestone(name) for name in ("started", "resolved", "detected"))
    collected = case.scored.collected_at
    if hurt is not None and hurt.seconds is not None and hurt.seconds > 0 and hurt.status != "proposed":
        words = f"hurt for {duration(hurt.seconds)}"
        first = (f"users were {words}", f"users {words}")
    elif whole is not None and whole.seconds is not None and whole.seconds > 0 and whole.status != "proposed":
        first = (f"{duration(whole.seconds)} from first hurt to resolved",) * 2
    elif started.at is not None and confirmed(started) and collected > started.at and case.is_open:
        first = (f"still open {duration((collected - started.at).total_seconds())} after first hurt",) * 2
    elif detected.at is not None and resolved.at is not None and resolved.at >= detected.at:
        length = duration((resolved.at - detected.at).total_seconds())
        first = (f"{length} from {moment_noun(case, detected)} to resolved",) * 2
    elif detected.at is not None and case.is_open and collected > detected.at:
        length = duration((collected - detected.at).total_seconds())
        first = (f"still open {length} after {moment_noun(case, detected)}",) * 2
    else:
        first = (f"{len(case.rows)} entries on record",) * 2
    forms = (
        f"{subject(case)}: {first[0]}{tail}",
        f"{subject(case)}: {first[1]}{short}",
        f"{short_subject(case)}: {first[1]}",
    )
    return tuple(dict.fromkeys(forms))


def _finding(title: str) -> str:
    """The title without its subject, which the alternative text says before."""
    return title.split(": ", 1)[-1]


def _lacking(case: Case) -> str:
    found = []
    knew = unconfirmed_range(case.milestone("knew_enough"))
    if knew is not None and knew[1] > knew[0]:
        found.append(f"knew enough between {clock(knew[0])} and {when(knew[1], knew[0])}, not confirmed")
    elif knew is not None:
        found.append("the moment of knowing enough is not confirmed")
    missing = [MOMENTS[name] for name in _NAMED if case.milestone(name).at is None]
    if missing:
        found.append(f"missing: {', '.join(missing)}")
    return "; ".join(found)


def _values(case: Case, view: View, silent: list[Segment], alerts: Lane, people: Lane, changes: Lane) -> list[str]:
    """The picture's values as a list."""
    found = []
    for name in _NAMED:
        m = case.milestone(name)
        rivals = unconfirmed_range(m)
        if m.at is not None and confirmed(m):
            found.append(f"{moment_name(case, m)} {when(m.at, view.start)}")
        elif rivals is not None:
            found.append(f"{MOMENTS[name]}: not confirmed, {clock(rivals[0])} to {when(rivals[1], rivals[0])}")
        else:
            found.append(f"{MOMENTS[name]}: {case.hidden(m.reason, 120)}")
    for name, words in (
        ("time_to_detect", "detect"),
        ("response_gap", "knew enough to resolved"),
        ("time_to_mitigate", "users hurt"),
    ):
        gap = case.gap(name)
        if gap is None or gap.seconds is None:
            continue
        if gap.status not in ("proposed", "invalid"):
            found.append(f"{words} {duration(gap.seconds)}")
        elif (
            gap.status == "proposed"
            and gap.earliest is not None
            and gap.latest is not None
            and gap.earliest < gap.latest
        ):
            found.append(f"{words} {between(gap.earliest, gap.latest)}")
    found += [
        f"{s.category.replace('_', ' ')} {clock(s.start)} to {clock(s.end)}, {duration(s.seconds)}" for s in silent
    ]
    found += [bar.hint for row in alerts.rows for bar in row.bars if bar.hint]
    found += list(dict.fromkeys(bar.hint for row in changes.rows for bar in row.bars if bar.event_id))
    found += [mark.hint for row in people.rows for mark in row.marks]
    return found
