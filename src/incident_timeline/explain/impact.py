"""The first sentence of RESPONSE: how long and how much users were hurt, or why that is not known."""

from datetime import datetime

import polars as pl

from incident_timeline.explain.case import Case
from incident_timeline.explain.wording import Cell, bracket, cell, claim, count, percent, strong
from incident_timeline.model.findings import Claim
from incident_timeline.model.instants import duration
from incident_timeline.model.scored import Amount


def claim_impact(case: Case) -> list[Claim]:
    """Claims of section `impact`: duration with range and basis, then requests and the worst minute."""
    cells = [_hurt(case), *_amounts(case), *_touched(case), *_budgets(case)]
    return [claim("impact", one) for one in cells]


def _hurt(case: Case) -> Cell:
    started, mitigated = case.milestone("started"), case.milestone("mitigated")
    gap = case.gap("time_to_mitigate")
    deciding = [f"series:{case.scored.decisive}"] if case.scored.decisive else []
    if gap is not None and gap.seconds is not None and gap.status != "invalid":
        return cell(
            "Users were hurt for ", strong(duration(gap.seconds)), f"{bracket(gap.earliest, gap.latest)}, {gap.status} ",
            case.cite([*started.evidence, *mitigated.evidence], *deciding), ".",
        )  # fmt: skip
    if gap is not None and gap.seconds is not None:
        return cell(
            f"How long users were hurt cannot be said: {case.hidden(gap.reason, 200)} ({duration(gap.seconds)}) ",
            case.cite(gap.evidence, *deciding), ".",
        )  # fmt: skip
    if started.at is not None:
        resolved, seen = case.scored.incident.resolved_at, _last_outside(case)
        reason = case.hidden(mitigated.reason, 200)
        if (resolved is not None and resolved > started.at) or seen is None or seen <= started.at:
            return cell(
                f"Users began to hurt at {case.time(started.at)}{_range_of(case, 'started')}, {started.basis}; when they were "
                f"well is not known: {reason} ", case.cite([*started.evidence], *deciding), ".",
            )  # fmt: skip
        return cell(
            "Users were hurt for at least ", strong(duration((seen - started.at).total_seconds())),
            f", from {case.time(started.at)}{_range_of(case, 'started')}, {started.basis}, to the last sample outside its band, "
            f"{case.time(seen)}: {reason} ", case.cite([*started.evidence], *deciding), ".",
        )  # fmt: skip
    return cell(
        f"How long users were hurt is not known: {case.hidden(started.reason, 200)} ",
        case.cite(deciding, "source:prometheus", "source:series"), ".",
    )  # fmt: skip


def _last_outside(case: Case) -> datetime | None:
    """The last sample of the deciding signal that lies outside its normal band: for so long users surely were hurt."""
    moved = next((one for one in case.scored.moved if one.series_id == case.scored.decisive), None)
    if moved is None:
        return None
    value = pl.col("value")
    outside = value > moved.band.high if moved.direction == "up" else value < moved.band.low
    last = case.scored.series.samples_of(moved.series_id).filter(value.is_finite() & outside)["at"].max()
    return last if isinstance(last, datetime) else None


def _range_of(case: Case, name: str) -> str:
    milestone = case.milestone(name)
    if milestone.earliest is None or milestone.latest is None or milestone.earliest == milestone.latest:
        return ""
    return f" [{case.time(milestone.earliest)} to {case.time(milestone.latest)}]"


def _amounts(case: Case) -> list[Cell]:
    impact = case.scored.impact
    deciding = [f"series:{case.scored.decisive}"] if case.scored.decisive else []
    evidence = case.cite(impact.evidence, *deciding)
    found = []
    if impact.bad.value is not None and impact.total.value is not None:
        share = f" ({percent(impact.share.value)})" if impact.share.value is not None else ""
        note = f" were hurt: {case.hidden(impact.note, 160)}" if impact.note else " were hurt"
        bad = f"{count(impact.bad.value)}{_amount_range(impact.bad)}"
        found.append(cell(f"{bad} of {count(impact.total.value)} requests{share}{note} ", evidence, "."))
    elif impact.share.value is not None:
        found.append(cell(f"Share of bad requests: {percent(impact.share.value)} ", evidence, "."))
    else:
        reason = case.hidden(impact.bad.reason or impact.share.reason or impact.total.reason, 200)
        found.append(cell(f"How many requests were hurt is not known: {reason or 'no request counts'} ", evidence, "."))
    found += _slow(case)
    tail = []
    if impact.worst_minute.value is not None:
        at = f" at {case.time(impact.worst_minute_at)[:-3]}" if impact.worst_minute_at else ""
        tail.append(f"worst minute {percent(impact.worst_minute.value)}{at}")
    contained = case.milestone("contained")
    if contained.at is not None:
        tail.append(f"no growth after {case.time(contained.at)}")
    if tail:
        text = ", ".join(tail)
        found.append(
            cell(text[0].upper() + text[1:] + " ", case.cite([*contained.evidence, *impact.evidence], *deciding), ".")
        )
    return found


def _slow(case: Case) -> list[Cell]:
    """Requests slower than nearly all before, where there were more of them than chance gives."""
    impact = case.scored.impact
    slow, bad, total = impact.slow, impact.bad.value, impact.total.value
    if slow.value is None or bad is None or not total or slow.value <= 0.01 * total:
        return []
    limit = f"{impact.slow_over_s:g} s" if impact.slow_over_s is not None else "a limit of their service"
    least, most = percent(max(bad, slow.value) / total), percent(min(1.0, (bad + slow.value) / total))
    text = (
        f"{count(slow.value)}{_amount_range(slow)} took longer than {limit}, as at most one in a thousand did before; with the "
        f"failed ones that is {least if least == most else f'{least} to {most}'} of all requests "
    )
    return [cell(text, case.cite(impact.evidence, "source:prometheus"), ".")]


def _touched(case: Case) -> list[Cell]:
    """Which services were hurt, where it is more than one."""
    touched = case.scored.impact.touched
    if len(touched) < 2:
        return []
    named = ", ".join(
        f"{case.hidden(one.service, 60)} ({percent(one.share.value)} of {count(one.total.value)})"
        if one.share.value is not None and one.total.value is not None
        else f"{case.hidden(one.service, 60)} (how many requests is not known)"
        for one in touched
    )
    return [cell(f"Services hurt: {named} ", case.cite(case.scored.impact.evidence, "source:prometheus"), ".")]


def _budgets(case: Case) -> list[Cell]:
    """What each SLO's error budget lost, or why that is not known."""
    found = []
    for one in case.scored.impact.budgets:
        days = f"{one.period_s / 86_400:g} {'day' if one.period_s == 86_400 else 'days'}"
        name = f"error budget of {case.hidden(one.name, 60)} ({100 * one.target:g} % over {days})"
        cited = case.cite(one.evidence, "source:prometheus")
        speed = f"{one.burn_rate.value:.3g} times as fast as it lasts" if one.burn_rate.value is not None else ""
        if one.spent.value is None:
            beside = f"; it was spent {speed}" if speed else ""
            why = case.hidden(one.spent.reason, 200)
            found.append(cell(f"How much of the {name} was spent is not known: {why}{beside} ", cited, "."))
            continue
        low, high = one.spent.low, one.spent.high
        span = f" [{percent(low)} to {percent(high)}]" if low is not None and high is not None else ""
        tail = ", ".join(part for part in (case.hidden(one.note, 100), speed) if part)
        found.append(
            cell(f"Of the {name} ", strong(percent(one.spent.value)), f"{span} was spent here, {tail} ", cited, ".")
        )
    return found


def _amount_range(amount: Amount) -> str:
    if amount.low is None or amount.high is None or count(amount.low) == count(amount.high):
        return ""
    return f" [{count(amount.low)} to {count(amount.high)}]"
