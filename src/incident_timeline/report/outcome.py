"""Writes the outcome test and what is due to be tested as text for the terminal."""

from collections.abc import Sequence

from incident_timeline.model.compared import ASKED, Due, Interval, Outcome, Recurrence, Sign, p_words
from incident_timeline.report.across import confirmed_words, step_words


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
        lines.append(f"{day}  {one.what:7}  {one.action}: {one.words} ({one.why}{late})")
    return "\n".join(lines) + "\n"


def rate_words(rate: Interval) -> str:
    """`1.2 [0.4 to 2.8]`."""
    return f"{rate.value:.1f} [{rate.low:.1f} to {rate.high:.1f}]"
