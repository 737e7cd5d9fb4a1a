"""Writes a comparison of incidents as text for the terminal, as CSV and as JSON."""

import csv
import io
import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import fields, is_dataclass
from datetime import date, datetime

from incident_timeline.model.actions import Standing
from incident_timeline.model.compared import (
    ASKED,
    Comparison,
    Dots,
    Due,
    Group,
    Interval,
    Outcome,
    Recurrence,
    Sign,
    Step,
    p_words,
)
from incident_timeline.model.instants import duration, rfc3339
from incident_timeline.model.kin import Kin

_READ = 3  # incidents named behind a category in the terminal; JSON and the page have the reading list


def comparison_text(comparison: Comparison) -> str:
    """The comparison in lines for a terminal; every number with its interval and how many incidents it rests on."""
    lines = [f"{comparison.incidents} incidents; {confirmed_words(comparison)}"]
    if comparison.moved is not None and comparison.moved.value is not None:
        lines.append(f"marks moved the proposals by {interval_words(comparison.moved)} at the median")
    width = max((len(group.cohort) for group in comparison.groups), default=0)
    for gap in dict.fromkeys(group.gap for group in comparison.groups):
        if not any(g.dots or g.apart for g in comparison.groups if g.gap == gap):
            lines += ["", f"{gap_words(gap)}: no incident has it ({_why_none(comparison, gap)})"]
            continue
        lines += ["", gap_words(gap)]
        lines += [f"  {g.cohort:{width}}  {group_words(g)}" for g in comparison.groups if g.gap == gap]
        lines += [f"  {s.before} to {s.after}: {step_words(s)}" for s in comparison.steps if s.gap == gap]
    if comparison.shares:
        lines += ["", "where the time went, summed over incidents:"]
    for share in comparison.shares:
        read = ", ".join(f"{name} {duration(seconds)}" for name, seconds in share.behind[:_READ])
        more = share.incidents - _READ
        lines.append(
            f"  {share.ledger:9}  {share.category:22}  {duration(share.seconds):>9} in {share.incidents}: {read}"
            + (f" and {more} more" if more > 0 else "")
        )
    return "\n".join(lines) + "\n"


def _why_none(comparison: Comparison, gap: str) -> str:
    counts = Counter[str]()
    for group in comparison.groups:
        if group.gap == gap:
            counts.update(dict(group.lacking))
    return ", ".join(f"{count}: {reason}" for reason, count in counts.most_common()) or "there is no incident"


def confirmed_words(comparison: Comparison) -> str:
    """How many incidents a person marked for when they knew enough."""
    return f"knew enough: {comparison.confirmed} of {comparison.incidents} confirmed"


def gap_words(gap: str) -> str:
    """A gap's name in words: `time to detect`."""
    return gap.replace("_", " ")


def group_words(group: Group) -> str:
    """One group in words: `n of N, median 30:47 [18:42 to 48:54]`, and what was left out with the reason."""
    still = group.dots.still_open
    parts = [f"{len(group.dots)} of {group.incidents}"]
    parts += [f"{still} still open"] if still else []
    parts.append(f"median {interval_words(group.median)}" if group.median is not None else "no median")
    parts += [f"{len(group.apart)} unconfirmed left out"] if group.apart else []
    parts += [f"{count} without ({reason})" for reason, count in group.lacking]
    return ", ".join(parts)


def step_words(step: Step) -> str:
    """One step in words: the verdict, the ratio with its interval, and what it would take to know."""
    if step.ratio is None:
        return f"{step.verdict}: {step.why}"
    span = f"{step.ratio.value:.2f} [{step.ratio.low:.2f} to {step.ratio.high:.2f}]"
    return f"{step.verdict}: {span} times as long by geometric means; {step.why}"


def interval_words(interval: Interval) -> str:
    """`30:47 [18:42 to 48:54]`; an end that the data do not bound is said."""
    value = "not reached" if interval.value is None else duration(interval.value)
    if interval.low is None and interval.high is None:
        return f"{value} [too few for an interval]"
    low = "?" if interval.low is None else duration(interval.low)
    high = "not bounded" if interval.high is None else duration(interval.high)
    return f"{value} [{low} to {high}]"


def outcome_text(outcome: Outcome) -> str:
    """The outcome test in lines: what was asked, what the data say, and plainly where they cannot tell."""
    seen = outcome.recurrence
    since = f"{outcome.since:%Y-%m-%d}" + (f", when {outcome.because}" if outcome.because else "")
    lines = [f"category {outcome.category!r} before and since {since}; {confirmed_words(outcome.comparison)}"]
    lines += [f"  {ASKED[step.gap][0]}? {step_words(step)}" for step in outcome.comparison.steps]
    lines += [f"  more surely? {sign_words(one, outcome.asked)}" for one in outcome.surely]
    return "\n".join([*lines, f"  rarer? {recurrence_words(seen, outcome.asked)}"]) + "\n"


def sign_words(sign: Sign, asked: int) -> str:
    """One sign of an unsure resolution: the verdict, how many had it, and what it would take to know."""
    (before, of_before), (after, of_after) = sign.before, sign.after
    counts = f"{sign.name} in {before} of {of_before} before, {after} of {of_after} since"
    held = f"{sign.verdict}: {counts}; {judged(sign.p_adjusted, asked)}"
    if sign.verdict != "cannot tell":
        return held
    if sign.needed is None:
        return f"{held}; there was none before that could become fewer"
    more = max(0, 2 * sign.needed - of_before - of_after)
    return f"{held}; {_more_words(more, 'half as many')}"


def _more_words(more: int, change: str) -> str:
    return (
        f"about {more} more incidents would show {change} four times in five"
        if more
        else (f"{change} would have been seen four times in five")
    )


def recurrence_words(seen: Recurrence, asked: int) -> str:
    """How often it happens: the verdict, both rates with their exact intervals, and when the data could tell."""
    held = (
        f"{seen.verdict}: {rate_words(seen.rate_before)} before, {rate_words(seen.rate_after)} since, per 30 days "
        f"({seen.before[0]} in {seen.before[1]:.0f} days, {seen.after[0]} in {seen.after[1]:.0f} days); "
        f"{judged(seen.p_adjusted, asked)}"
    )
    if seen.verdict != "cannot tell":
        return held
    if seen.quiet_until is None:
        return f"{held}; two years without another would not show it to be rarer"
    return f"{held}; were there no more, it would count as rarer from {seen.quiet_until:%Y-%m-%d} on"


def judged(p: float, asked: int) -> str:
    """`p = 0.24, for 4 comparisons at once`."""
    return f"p {p_words(p)}" + (f", for {asked} comparisons at once" if asked > 1 else "")


def due_text(found: Sequence[Due]) -> str:
    """What is due to be tested, a line a day."""
    if not found:
        return "nothing is due to be tested\n"
    lines = []
    for one in found:
        day = "no day    " if one.day is None else one.day.isoformat()
        late = ", overdue" if one.overdue else ""
        lines.append(f"{day}  {one.what:7}  {one.action}{_of(one)}: {one.words} ({one.why}{late})")
    return "\n".join(lines) + "\n"


def _of(one: Due) -> str:
    return "" if one.action.endswith(f" of {one.incident}") else f" of {one.incident}"


def rate_words(rate: Interval) -> str:
    """`1.2 [0.4 to 2.8]`."""
    return f"{rate.value:.1f} [{rate.low:.1f} to {rate.high:.1f}]"


def similar_text(kin: Kin) -> str:
    """Like incidents: what they share, how they differ, what ended them and what stands of their action items."""
    lines = [] if kin.alike else [f"none of {kin.others} other archived incidents is like {kin.incident}"]
    for one in (one for one in kin.alike if not one.by_service):
        kind = f"  [{one.category}]" if one.category else ""
        lines.append(f"{one.incident}  {one.score:.2f}  {one.began_at:%Y-%m-%d}  {one.title}{kind}")
        lines += [f"  shares {words}" for words in one.shared]
        lines += [f"  only there {words}" for words in one.different]
        lines += [f"  ended: {one.fix}"] if one.fix else []
        lines += [f"  taken to have ended it: {one.fix_said!r}"] if one.fix_said else []
        unfinished = [item for item in kin.actions if item.incident == one.incident and item.unfinished]
        lines += [f"  open: {item.name}: {item.what}{_due(item, kin)}" for item in unfinished]
    beside = [one for one in kin.alike if one.by_service]
    if beside:
        named = ", ".join(f"{one.incident} ({one.began_at:%Y-%m-%d})" for one in beside)
        lines.append(f"only the {beside[0].shared[0]} is the same: {named}")
    if kin.proposal is not None:
        votes = f"{kin.proposal.votes} of the {kin.proposal.of} nearest with a category are {kin.proposal.category!r}"
        lines.append(f"no category yet; {votes}: {kin.proposal.command(kin.incident)}")
    return "\n".join([*lines, *_own_lines(kin)]) + "\n"


def _due(item: Standing, kin: Kin) -> str:
    if item.due is None:
        return " (no day)"
    return f" (due {item.due.isoformat()}{', overdue' if item.due < kin.as_of.date() else ''})"


def _own_lines(kin: Kin) -> list[str]:
    """What PagerDuty itself takes for like this one, or why it gave none."""
    lines = ["PagerDuty's own:"] if kin.own_finds else []
    for one in kin.own_finds:
        when = f"  {one.at:%Y-%m-%d}" if one.at is not None else ""
        why = f", {one.why}" if one.why else ""
        lines.append(f"  {one.incident or one.key}{when}  {one.title}  ({one.relation}{why})")
    return [*lines, *([f"PagerDuty gave no past incidents: {kin.own_lacks}"] if kin.own_lacks else [])]


def comparison_csv(comparison: Comparison) -> str:
    """One row a dot: gap, cohort, incident, seconds, least, most, open, confirmed."""
    held = io.StringIO()
    writer = csv.writer(held, lineterminator="\n")
    writer.writerow(("gap", "cohort", "incident", "seconds", "earliest", "latest", "open", "confirmed", "counted"))
    writer.writerows(_csv_rows(comparison))
    return held.getvalue()


def _csv_rows(comparison: Comparison) -> Iterator[tuple[object, ...]]:
    for group in comparison.groups:
        for dots, counted in ((group.dots, True), (group.apart, False)):
            for dot in dots:
                one = dot.length
                yield (
                    group.gap,
                    group.cohort,
                    dot.incident,
                    one.at,
                    one.low,
                    one.high,
                    one.open,
                    dot.confirmed,
                    counted,
                )


def value_json(value: Comparison | Outcome | Kin | Sequence[Due]) -> str:
    """Any of the values as JSON, keys sorted, times RFC 3339 in UTC, ASCII only."""
    return json.dumps(value, indent=1, sort_keys=True, default=_plain) + "\n"


def _plain(value: object) -> object:
    if isinstance(value, datetime):
        return rfc3339(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Dots):
        return list(value)
    if is_dataclass(value):
        return {field.name: getattr(value, field.name) for field in fields(value)}
    raise TypeError(type(value).__name__)
