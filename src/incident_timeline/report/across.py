"""Writes a comparison of incidents as text for the terminal, as CSV and as JSON."""

import csv
import io
import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import fields, is_dataclass
from datetime import date, datetime

from incident_timeline.model.compared import Comparison, Dots, Due, Group, Interval, Outcome, Step
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
