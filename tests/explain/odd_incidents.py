"""INC-123 bent into the odd shapes that real incidents have, for tests of the charts."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import polars as pl

from incident_timeline.model.events import empty_events
from incident_timeline.model.gaps import LEDGERS, Segment
from incident_timeline.model.milestones import NAMES, Milestone, missing
from incident_timeline.model.onset import NoOnset, NotRecovered
from incident_timeline.model.scored import Scored
from incident_timeline.model.series import SeriesSet
from incident_timeline.score.gaps import measure_gaps
from tests.explain.crowded_incidents import (
    all_zero,
    broken_series,
    forty_in_a_row,
    hostile_text,
    in_the_wild,
    long_names,
    many_deploys,
    many_roles,
    many_rules,
    many_signals,
    more_entries,
    sixty_events,
)
from tests.explain.example_incident import at, make_scored

NO_LEDGERS: dict[str, tuple[Segment, ...]] = dict.fromkeys(LEDGERS, ())


def with_milestones(scored: Scored, *changed: Milestone) -> Scored:
    """The incident with other milestones, its gaps measured anew, ledgers kept only where both ends still hold."""
    milestones = scored.milestones | {m.name: m for m in changed}
    kept = {}
    for name, (start, end) in LEDGERS.items():
        segments = scored.ledgers[name]
        ends = (milestones[start].at, milestones[end].at)
        kept[name] = segments if segments and ends == (segments[0].start, segments[-1].end) else ()
    return replace(scored, milestones=milestones, gaps=measure_gaps(milestones), ledgers=kept)


def lost(*names: str, reason: str = "not found in what was collected") -> list[Milestone]:
    """These milestones as missing."""
    return [missing(name, reason) for name in names]


def moved(value: Any, shift: Callable[[datetime], datetime]) -> Any:
    """Any value of the model with every instant in it shifted."""
    if isinstance(value, datetime):
        return shift(value)
    if isinstance(value, tuple):
        return tuple(moved(one, shift) for one in value)
    if isinstance(value, dict):
        return {key: moved(one, shift) for key, one in value.items()}
    if isinstance(value, SeriesSet):
        return SeriesSet(value.labels, _shifted(value.samples, ["at"], shift))
    if isinstance(value, pl.DataFrame):
        return _shifted(value, ["at", "earliest", "latest", "until", "observed_at"], shift)
    if hasattr(value, "__slots__") and hasattr(value, "__dataclass_fields__"):
        return replace(value, **{name: moved(getattr(value, name), shift) for name in value.__dataclass_fields__})
    return value


def _shifted(frame: pl.DataFrame, columns: Iterable[str], shift: Callable[[datetime], datetime]) -> pl.DataFrame:
    return frame.with_columns(
        pl.Series(column, [None if one is None else shift(one) for one in frame[column]], dtype=frame.schema[column])
        for column in columns
    )


def still_open() -> Scored:
    """Not resolved, users still hurt when the evidence was collected."""
    scored = replace(
        make_scored(), recovery=NotRecovered("the SLI is still outside its band"), collected_at=at("15:30:00")
    )
    scored = replace(scored, events=scored.events.filter(pl.col("kind") != "incident.resolved"))
    return with_milestones(scored, *lost("mitigated", "resolved", reason="still open when evidence was collected"))


def over_midnight() -> Scored:
    """Begun before midnight, resolved after."""
    return moved(make_scored(), lambda one: one + timedelta(hours=9, minutes=20))


def several_days() -> Scored:
    """Resolved three days later, with nothing in between."""
    return moved(make_scored(), lambda one: one + timedelta(days=3) if one >= at("14:57:00") else one)


def no_signal() -> Scored:
    """No series at all, so no first hurt and no recovery."""
    scored = replace(make_scored(), series=SeriesSet(), decisive=None, moved=(), onset=NoOnset("no series"))
    return with_milestones(
        scored, *lost("started", "visible", "mitigated", "contained", reason="no series was collected")
    )


def no_alerts() -> Scored:
    """No rule, no alert, no page: a person reported it."""
    scored = make_scored()
    kept = scored.events.filter(~pl.col("kind").str.contains(r"^(alert|page)\."))
    return with_milestones(replace(scored, events=kept, rules=(), episodes=()), *lost("fired"))


def one_event() -> Scored:
    """A single page and nothing else."""
    scored = replace(
        make_scored(), series=SeriesSet(), decisive=None, moved=(), changes=(), rules=(), episodes=(), explanations=(),
        ledgers=NO_LEDGERS,
    )  # fmt: skip
    scored = replace(scored, events=scored.events.filter(pl.col("kind") == "page.sent"), collected_at=at("14:08:00"))
    return with_milestones(scored, *lost(*(name for name in NAMES if name != "detected")))


def no_event() -> Scored:
    """Nothing on record but the incident itself."""
    scored = replace(one_event(), events=empty_events())
    return with_milestones(scored, *lost(*NAMES))


def same_second() -> Scored:
    """Twelve entries and nearly all milestones in one second."""
    scored = more_entries(make_scored(), [at("14:07:31")] * 12)
    known = [m for m in scored.milestones.values() if m.name not in ("started", "resolved", "mitigated")]
    one = at("14:07:31")
    return with_milestones(
        scored, *(replace(m, at=one, earliest=one, latest=one, basis="recorded", alternatives=()) for m in known)
    )


def all_in_one_second() -> Scored:
    """The whole incident within one second."""
    start = at("14:00:00")
    return moved(make_scored(), lambda one: start + (one - start) / 5000)


def knew_missing() -> Scored:
    """Nobody said, on record, what the fix acted on."""
    return with_milestones(make_scored(), missing("knew_enough", "no statement names what the fix removed"))


def knew_abstained() -> Scored:
    """Candidates, but none good enough to propose."""
    scored = make_scored()
    rivals = scored.milestones["knew_enough"].alternatives
    return with_milestones(scored, missing("knew_enough", "no candidate stands out", rivals))


def one_candidate() -> Scored:
    """A single candidate."""
    scored = make_scored()
    knew = scored.milestones["knew_enough"]
    return with_milestones(scored, replace(knew, earliest=knew.at, latest=knew.at, alternatives=knew.alternatives[:1]))


def knew_marked() -> Scored:
    """A person confirmed the moment."""
    scored = make_scored()
    knew = scored.milestones["knew_enough"]
    marked = replace(knew, earliest=knew.at, latest=knew.at, basis="stated", status="marked")
    return with_milestones(scored, marked)


def paged_before_hurt() -> Scored:
    """The page came before users were hurt."""
    scored = make_scored()
    first, *others = scored.ledgers["knowing"]
    scored = replace(scored, ledgers=scored.ledgers | {"knowing": (replace(first, start=at("13:58:00")), *others)})
    page = replace(scored.milestones["detected"], at=at("13:58:00"), earliest=at("13:58:00"), latest=at("13:58:00"))
    return with_milestones(scored, page)


def out_of_order() -> Scored:
    """Resolved before anybody knew: both gaps invalid."""
    scored = make_scored()
    resolved = replace(scored.milestones["resolved"], at=at("14:20:00"), earliest=at("14:20:00"), latest=at("14:20:00"))
    return with_milestones(scored, resolved)


def no_people() -> Scored:
    """Machines only."""
    scored = make_scored()
    kept = scored.events.filter((pl.col("actor_kind") == "machine") & ~pl.col("kind").str.starts_with("responder."))
    return with_milestones(
        replace(scored, events=kept, ledgers=NO_LEDGERS), *lost("acknowledged", "engaged", "knew_enough")
    )


def no_rules() -> Scored:
    """Signals moved and a page came, but the rules could not be read."""
    return replace(make_scored(), rules=(), episodes=())


def no_page() -> Scored:
    """Signals moved; neither page nor report is on record."""
    scored = no_alerts()
    return with_milestones(replace(scored, ledgers=NO_LEDGERS), *lost("detected", "acknowledged"))


ODD: dict[str, Callable[[], Scored]] = {
    one.__name__: one
    for one in (
        make_scored, still_open, over_midnight, several_days, no_signal, no_alerts, one_event, no_event, sixty_events,
        forty_in_a_row, same_second, all_in_one_second, long_names, hostile_text, knew_missing, knew_abstained,
        one_candidate, knew_marked, paged_before_hurt, out_of_order, many_rules, many_deploys, no_people, many_roles,
        broken_series, in_the_wild, many_signals, no_rules, no_page, all_zero,
    )
}  # fmt: skip
