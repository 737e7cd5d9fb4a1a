"""The lane of alerts: how long each rule was pending and firing, and when people were paged."""

from collections.abc import Sequence
from datetime import datetime

from incident_timeline.explain.case import Case
from incident_timeline.explain.charts.window import View
from incident_timeline.explain.wording import clean
from incident_timeline.model.instants import clock, duration
from incident_timeline.model.pictures import Bar, Forms, Lane, Mark, Row
from incident_timeline.model.rules import AlertEpisode

_ROWS = 5  # rules with a line of their own; the others share the last one


def describe_alerts(case: Case, view: View, name: str = "Alerts", *, pages: bool = True) -> Lane:
    """One line for each rule, the one that paged first; without samples of rules the alerts as they were sent."""
    rows = _rows_of_episodes(case, view) or _rows_of_events(case, view)
    marks = _pages(case, view) if pages else ()
    if not rows and not marks:
        return Lane("alerts", name, (), (), "no alert and no page on record")
    first = rows[0] if rows else Row()
    rows = [Row("", first.bars, marks), *rows[1:]]
    return Lane("alerts", name, tuple(rows))


def _pages(case: Case, view: View) -> tuple[Mark, ...]:
    rows = [row for row in case.rows.values() if row["kind"] == "page.sent" and view.holds(row["at"])]
    return tuple(
        Mark(
            row["at"],
            (),
            "page",
            case.numbers.get(row["event_id"], ""),
            f"page created {clock(row['at'])}",
            row["event_id"],
        )
        for row in rows
    )


def _rows_of_episodes(case: Case, view: View) -> list[Row]:
    paging = case.paging_episode()
    by_rule: dict[str, list[AlertEpisode]] = {}
    for episode in case.scored.episodes:
        start = episode.pending_at or episode.firing_at
        if start is None or start > view.end or _end(episode, view) < view.start:
            continue
        by_rule.setdefault(episode.name, []).append(episode)
    names = sorted(by_rule, key=lambda n: (paging is None or n != paging.name, _begin(by_rule[n]), n))
    rows = [Row("", tuple(bar for e in _joined(by_rule[n]) for bar in _bars(view, e))) for n in names[: _ROWS - 1]]
    rest = names[_ROWS - 1 :]
    if len(rest) == 1:
        rows.append(Row("", tuple(bar for e in _joined(by_rule[rest[0]]) for bar in _bars(view, e))))
    elif rest:
        start = min(_begin(by_rule[n]) for n in rest)
        end = max(_end(e, view) for n in rest for e in by_rule[n])
        text = f"{len(rest)} more rules, see the record"
        rows.append(Row("", (Bar(start, end, "alert_pale", (text, f"{len(rest)} more"), hint=", ".join(rest)),)))
    return rows


def _joined(episodes: Sequence[AlertEpisode]) -> list[AlertEpisode]:
    """Episodes of one rule without those that lie inside another: series of one rule often fire together."""
    kept: list[AlertEpisode] = []
    for episode in sorted(episodes, key=lambda e: (_begin([e]), e.labels)):
        if kept and _over(kept[-1], episode):
            continue
        kept.append(episode)
    return kept


def _over(one: AlertEpisode, other: AlertEpisode) -> bool:
    last = one.last_firing_at or one.firing_at or one.pending_at
    return last is not None and _begin([other]) <= last


def _begin(episodes: Sequence[AlertEpisode]) -> datetime:
    return min(at for e in episodes for at in (e.pending_at, e.firing_at) if at is not None)


def _end(episode: AlertEpisode, view: View) -> datetime:
    return episode.last_firing_at or episode.firing_at or episode.pending_at or view.end


def _bars(view: View, episode: AlertEpisode) -> list[Bar]:
    name = clean(episode.name, 40)
    short = clean(episode.name, 20)
    pending, firing, last = episode.pending_at, episode.firing_at, episode.last_firing_at
    bars = []
    if pending is not None and (firing is None or firing > pending):
        until = firing or max(pending, min(view.end, last or pending))
        length = duration((until - pending).total_seconds())
        words = f"pending {length}" if firing else f"{name} pending"
        forms: Forms = (words,) if firing else (words, f"{short} pending", "pending")
        bars.append(
            Bar(pending, until, "alert_pale", forms, outside_only=True, hint=f"{name} pending {clock(pending)}")
        )
    if firing is not None:
        until = max(firing, min(last or firing, view.end))
        length = duration((until - firing).total_seconds())
        forms = (f"{name} firing {length}", f"{short} firing {length}")
        hint = f"{name} firing {clock(firing)} to {clock(until)}"
        bars.append(
            Bar(firing, until, "alert_strong", tuple(dict.fromkeys(forms)), outside_only=True, hint=hint,
                open_end=last is not None and last > view.end)
        )  # fmt: skip
    return bars


def _rows_of_events(case: Case, view: View) -> list[Row]:
    rows = [r for r in case.rows.values() if r["kind"] in ("alert.fired", "alert.received") and view.holds(r["at"])]
    if not rows:
        return []
    ended = [r["at"] for r in case.rows.values() if r["kind"] == "alert.ended" and view.holds(r["at"])]
    bars: list[Bar] = []
    for row in rows:
        until = row["until"] or next((at for at in ended if at > row["at"]), row["at"])
        words = case.hidden(row["summary"], 32) or "alert"
        number = case.numbers.get(row["event_id"], "")
        forms = tuple(
            dict.fromkeys(
                (f"{number} {words}".strip(), f"{number} {case.hidden(row['summary'], 14)}".strip(), number or "alert")
            )
        )
        bars.append(
            Bar(
                row["at"],
                min(until, view.end),
                "alert_strong",
                forms,
                outside_only=True,
                hint=words,
                event_id=row["event_id"],
            )
        )
    return [Row("", tuple(bars))]
