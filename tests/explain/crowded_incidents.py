"""INC-123 with more of everything, and with texts and series that nobody would wish for."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta

import polars as pl

from incident_timeline.model.events import event, events_frame
from incident_timeline.model.gaps import Segment
from incident_timeline.model.incident import Change
from incident_timeline.model.rules import AlertEpisode
from incident_timeline.model.scored import Scored
from incident_timeline.model.series import SeriesSet
from tests.explain.example_incident import at, make_scored

HOSTILE = (
    '<script>alert("x")</script>]]>&amp;\x00\x1b[31m\u202eevil\u2066\ufffe\ud800 \'"><image href="http://a.example/x"/>'
)


def more_entries(scored: Scored, times: Iterable[datetime], words: str = "looking at the next thing") -> Scored:
    """The incident with more chat lines of one person."""
    rows = [
        event(time, "chat", "chat.said", f"more-{i}", f"{words} {i}", evidence="x", actor="PA", actor_kind="human")
        for i, time in enumerate(times)
    ]
    return replace(scored, events=pl.concat([scored.events, events_frame(rows)]).sort("at", "event_id"))


def sixty_events() -> Scored:
    """Sixty chat lines of one person in twenty minutes."""
    return more_entries(make_scored(), (at("14:13:00") + timedelta(seconds=20 * i) for i in range(60)))


def forty_in_a_row() -> Scored:
    """Forty chat lines two seconds apart."""
    return more_entries(make_scored(), (at("14:40:00") + timedelta(seconds=2 * i) for i in range(40)))


def long_names() -> Scored:
    """Names of thirty characters everywhere."""
    name = "a-service-name-of-thirty-chars"
    scored = make_scored()
    labels = scored.series.labels.with_columns(
        name=pl.lit(name), service=pl.lit(name), unit=pl.lit("per-minute-per-instance")
    )
    episodes = tuple(replace(one, name=f"{name}-{name}") for one in scored.episodes)
    rules = tuple(replace(one, name=f"{name}-{name}") for one in scored.rules)
    changes = tuple(replace(one, ref=f"refs/heads/{name}") for one in scored.changes)
    incident = replace(scored.incident, id=f"INCIDENT-{name}", service=name)
    return replace(
        scored,
        series=SeriesSet(labels, scored.series.samples),
        episodes=episodes,
        rules=rules,
        changes=changes,
        incident=incident,
    )


def hostile_text() -> Scored:
    """Markup, control, bidi and broken characters in every text from outside."""
    scored = make_scored()
    safe = HOSTILE.replace("\ud800", "")  # a frame of text cannot hold a lone surrogate; plain values can
    events = scored.events.with_columns(summary=pl.lit(safe), actor=pl.col("actor") + safe)
    labels = scored.series.labels.with_columns(name=pl.lit(safe), service=pl.lit(safe), unit=pl.lit(safe))
    milestones = {
        name: replace(m, reason=HOSTILE, alternatives=tuple(replace(a, text=HOSTILE) for a in m.alternatives))
        for name, m in scored.milestones.items()
    }
    ledgers = {
        name: tuple(replace(s, rule=HOSTILE, note=HOSTILE) for s in segments)
        for name, segments in scored.ledgers.items()
    }
    return replace(
        scored,
        events=events,
        series=SeriesSet(labels, scored.series.samples),
        milestones=milestones,
        ledgers=ledgers,
        incident=replace(scored.incident, id=HOSTILE, service=HOSTILE, title=HOSTILE),
        changes=tuple(replace(one, ref=HOSTILE, service=HOSTILE) for one in scored.changes),
        rules=tuple(replace(one, name=safe) for one in scored.rules),
        episodes=tuple(replace(one, name=safe) for one in scored.episodes),
    )


def many_rules() -> Scored:
    """Twenty rules firing at once, one of them flapping."""
    scored = make_scored()
    more = [
        AlertEpisode(
            f"Rule{i}", (), None, at("14:08:00"), at("14:09:00") + timedelta(seconds=i), at("14:50:00"), 15.0, "x"
        )
        for i in range(20)
    ]
    flaps = [
        AlertEpisode("Flapping", (), None, None, one, one + timedelta(minutes=1), 15.0, "x")
        for one in (at("14:10:00") + timedelta(minutes=3 * i) for i in range(12))
    ]  # fmt: skip
    return replace(scored, episodes=(*scored.episodes, *more, *flaps))


def many_signals() -> Scored:
    """Forty signals that moved, one after another, some after the page; a fifth of them with long names."""
    scored = make_scored()
    first = scored.moved[0]
    about = scored.series.describe(first.series_id)
    rows, moves = [], []
    for i in range(40):
        name = f"signal_{i}_" + "of_a_component_with_a_long_name" * (i % 5 == 0)
        shift = timedelta(seconds=25 * i)
        at_, early, late = (one + shift for one in (first.at, first.earliest, first.latest))
        moves.append(replace(first, series_id=f"m{i}", name=name, at=at_, earliest=early, latest=late))
        rows.append(about | {"series_id": f"m{i}", "name": name})
    labels = pl.concat([scored.series.labels, pl.DataFrame(rows, schema=scored.series.labels.schema)])
    return replace(scored, moved=(*scored.moved, *moves), series=SeriesSet(labels, scored.series.samples))


def many_deploys() -> Scored:
    """Thirty deploys, many at a time, some without an end."""
    scored = make_scored()
    more = [
        Change(
            event_id=f"none-{i}", requested_at=at("13:50:00") + timedelta(minutes=i), started_at=None,
            finished_at=at("13:52:00") + timedelta(minutes=2 * i) if i % 3 else None,
            status=("succeeded", "running", "failed")[i % 3], service="cart", environment="production", ref=f"v{i}",
            sha="a" * 40, actor="ci", url=None, is_rollback=False, to_sha=None, why="",
        )
        for i in range(30)
    ]  # fmt: skip
    return replace(scored, changes=(*scored.changes, *more))


def many_roles() -> Scored:
    """Fifteen people, each with one entry."""
    scored = make_scored()
    rows = [
        event(at("14:15:00") + timedelta(minutes=i), "chat", "chat.said", f"p{i}", "hello from me", evidence="x",
              actor=f"P{i}", actor_kind="human")
        for i in range(15)
    ]  # fmt: skip
    return replace(scored, events=pl.concat([scored.events, events_frame(rows)]).sort("at", "event_id"))


def broken_series() -> Scored:
    """Samples with holes, NaN, infinities and a single huge value."""
    scored = make_scored()
    holed = scored.series.samples.with_row_index().with_columns(
        value=pl.when(pl.col("index") % 7 == 0)
        .then(float("nan"))
        .when(pl.col("index") % 50 == 1)
        .then(float("inf"))
        .when(pl.col("index") == 60)
        .then(1e12)
        .otherwise(pl.col("value"))
    )
    return replace(scored, series=SeriesSet(scored.series.labels, holed.filter(pl.col("index") % 30 > 9).drop("index")))


def all_zero() -> Scored:
    """Every sample is zero."""
    scored = make_scored()
    return replace(
        scored, series=SeriesSet(scored.series.labels, scored.series.samples.with_columns(value=pl.lit(0.0)))
    )


def in_the_wild() -> Scored:
    """Unexplained stretches, many short segments, negative values."""
    scored = make_scored()
    start, end = at("14:07:31"), at("14:29:40")
    step = (end - start) / 60
    kinds = ("investigating", "unexplained", "no_record", "mobilising")
    many = tuple(Segment(start + i * step, start + (i + 1) * step, kinds[i % 4], "made up") for i in range(60))
    negative = scored.series.samples.with_columns(value=-pl.col("value"))
    return replace(scored, ledgers=scored.ledgers | {"knowing": many}, series=SeriesSet(scored.series.labels, negative))
