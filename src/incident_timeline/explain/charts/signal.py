"""Describes the deciding signal with every milestone, the deploys, and what the rule that paged reads."""

from collections.abc import Mapping
from dataclasses import replace

from incident_timeline.explain.case import Case, open_case
from incident_timeline.explain.charts.alerts import describe_alerts
from incident_timeline.explain.charts.changes import change_ends, describe_changes
from incident_timeline.explain.charts.framing import picture_of
from incident_timeline.explain.charts.moments import describe_moments, describe_unconfirmed
from incident_timeline.explain.charts.rule_side import describe_rule
from incident_timeline.explain.charts.series import (
    band_of,
    band_text,
    decisive_label,
    describe_sli,
    points_of,
)
from incident_timeline.explain.charts.window import View, choose_view
from incident_timeline.explain.charts.words import caption, confirmed, moment_name, moment_noun, short_subject, when
from incident_timeline.explain.wording import bracket
from incident_timeline.model.instants import clock, duration
from incident_timeline.model.milestones import NAMES
from incident_timeline.model.pictures import Bracket, Forms, Lane, NoPicture, Picture, Plot, Span, TimeBody
from incident_timeline.model.scored import Scored

NAME = "signal"


def describe_signal(scored: Scored, roles: Mapping[str, str], numbers: Mapping[str, str]) -> Picture | NoPicture:
    """The picture of the signal that decided when users were hurt, or why there is none."""
    case = open_case(scored, numbers, roles)
    view = choose_view(case)
    if view is None:
        return NoPicture(NAME, "no entry of this incident is on record")
    label = decisive_label(case)
    if label is None or not points_of(case, label["series_id"], view):
        return NoPicture(NAME, "no service-level signal with samples in this window was collected")
    sli = _with_bracket(case, describe_sli(case, view, tall=True))
    rule = describe_rule(case, view)
    alerts = describe_alerts(case, view, "Rule state", pages=rule is not None)
    lanes: list[Lane | Plot] = [describe_changes(case, view, whole=True), sli]
    if alerts.rows:
        lanes.append(alerts)
    lanes += [rule] if rule is not None else []
    titles = _titles(case, sli.name)
    body = TimeBody(
        view.start,
        view.end,
        tuple(lanes),
        describe_moments(case, view, NAMES, ranges=True),
        (*_ranges(case, view), *describe_unconfirmed(case, view, NAMES)),
        change_ends(view),
        view.breaks,
    )
    return picture_of(
        case, NAME, body, titles, _subtitles(case, view, label), kind=sli.name, finding=titles[0],
        lacking=_lacking(case, rule), table="the RESPONSE section", values=_values(case, view, label, lanes),
    )  # fmt: skip


def _with_bracket(case: Case, plot: Plot) -> Plot:
    gap, started, detected = case.gap("time_to_detect"), case.milestone("started"), case.milestone("detected")
    if gap is None or gap.seconds is None or gap.seconds <= 0 or started.at is None or detected.at is None:
        return plot
    if not confirmed(started) or not confirmed(detected):
        return plot
    word = f"to {moment_noun(case, detected)}"
    found = Bracket(
        started.at, detected.at, f"{duration(gap.seconds)} {word}", bracket(gap.earliest, gap.latest).strip()
    )
    return replace(plot, bracket=found)


def _ranges(case: Case, view: View) -> tuple[Span, ...]:
    found = []
    for name in ("started", "mitigated"):
        m = case.milestone(name)
        if m.basis != "measured" or m.earliest is None or m.latest is None or m.earliest >= m.latest:
            continue
        if view.holds(m.earliest) and view.holds(m.latest):
            found.append(Span(m.earliest, m.latest, "hurt"))
    return tuple(found)


def _titles(case: Case, name: str) -> Forms:
    gap, started, detected = case.gap("time_to_detect"), case.milestone("started"), case.milestone("detected")
    upper = name[:1].upper() + name[1:]
    if gap is None or gap.seconds is None or not confirmed(started) or not confirmed(detected):
        if started.at is None:
            return (
                f"{short_subject(case)}: {name} did not leave its band clearly enough to date it",
                f"{upper}: no clear onset",
            )
        if confirmed(started):
            return (
                f"{upper} left its band at {clock(started.at)}; no page is on record",
                f"{upper} left its band at {clock(started.at)}",
            )
        return (f"{short_subject(case)}: {name}; first hurt is not confirmed",)
    word = moment_noun(case, detected)
    assert detected.at is not None
    moved = next((one for one in case.scored.moved if one.series_id == case.scored.decisive), None)
    measured = moved is not None and started.status != "marked"
    whole = f"{upper} left its band" if measured else "Users were hurt"
    seconds = (detected.at - moved.at).total_seconds() if moved is not None and measured else gap.seconds
    if seconds < 0:
        return (f"{whole} {duration(-seconds)} after {word}",)
    first = f"{whole} {duration(seconds)} before {word}"
    if moved is None or not case.scored.rules:
        return (first,)
    readers = {rule.name for rule in case.readers(moved)}
    paging = case.paging_episode()
    if not readers:
        return (f"{first}; no rule reads it", first)
    if paging is not None and paging.name not in readers:
        return (f"{first}; the rule that paged does not read it", first)
    return (first,)


def _subtitles(case: Case, view: View, label: dict[str, object]) -> Forms:
    head = f"{caption(case, view.start, view.end)}."
    step, reach = label["step_s"], label["range_s"]
    parts = [
        f"Step {step:g} s" if isinstance(step, float) and step else "",
        f"rate over {reach:g} s" if isinstance(reach, float) and reach else "",
    ]
    how = ", ".join(part for part in parts if part)
    band = band_of(case, str(label["series_id"]))
    grey = f" Grey band: normal, from {band.samples:,} samples before." if band is not None else ""
    return (f"{head} {how}{'.' if how else ''}{grey}".strip(), f"{head}{grey}", head)


def _lacking(case: Case, rule: Plot | None) -> str:
    found = []
    if case.milestone("mitigated").at is None:
        found.append("no recovery was found")
    if case.paging_episode() is None:
        found.append("no firing rule is on record")
    elif rule is None:
        found.append("what the rule reads was not collected")
    return "; ".join(found)


def _values(case: Case, view: View, label: dict[str, object], lanes: list[Lane | Plot]) -> list[str]:
    found = []
    for name in NAMES:
        m = case.milestone(name)
        if m.at is not None and confirmed(m):
            found.append(f"{moment_name(case, m)} {when(m.at, view.start)}")
    found += [span.texts[0] for span in describe_unconfirmed(case, view, NAMES)]
    unit = str(label["unit"] or "")
    band = band_of(case, str(label["series_id"]))
    if band is not None:
        found.append(f"normal band {band_text(band, unit)}")
    for lane in lanes:
        if isinstance(lane, Plot):
            found += [lane.remarks[0]] if lane.remarks else []
            found += [lane.threshold.texts[0]] if lane.threshold else []
        else:
            found += list(dict.fromkeys(bar.hint for row in lane.rows for bar in row.bars if bar.hint))
    return found
