"""What slowed detection: the gap, the story of what moved before any rule read it, and the ledger's rows."""

import polars as pl

from incident_timeline.explain.case import Case, coded
from incident_timeline.explain.evidence import ALL_RULES
from incident_timeline.explain.ledger_words import Part, by_category, silent_first, wording
from incident_timeline.explain.wording import Cell, bracket, capital, cell, claim, code, figure, figures, strong
from incident_timeline.model.findings import Claim
from incident_timeline.model.instants import duration
from incident_timeline.model.onset import Moved
from incident_timeline.model.rules import AlertEpisode, AlertRule

SECTION = "detection"


def claim_detection(case: Case) -> list[Claim]:
    """Claims of section `detection`: title, rows of the ledger, their sum, and what moved first."""
    found = [claim(SECTION, _title(case), form="title")]
    parts = by_category(case.scored.ledgers.get("detection", ()))
    found += [
        claim(SECTION, cell(duration(p.seconds)), cell(wording(p.category)), _explain(case, p), form="row")
        for p in silent_first(parts)
    ]
    found += sum_claim(case, SECTION, parts)
    story = _story(case)
    return found + ([claim(SECTION, capital(story))] if story else [])


def sum_claim(case: Case, section: str, parts: list[Part]) -> list[Claim]:
    """`Parts sum to 8:16; nothing unexplained.`; nothing where there is no ledger."""
    if not parts:
        return []
    total = duration(sum(p.length.total_seconds() for p in parts))
    silent = sum(p.length.total_seconds() for p in parts if p.category in ("no_record", "unexplained"))
    rest = "nothing unexplained" if not silent else f"{duration(silent)} of it without a record"
    printed = sum(round(p.seconds) for p in parts)
    rounded = "" if duration(printed) == total else " (each is rounded to the second)"
    text = f"Parts sum to {total}{rounded}; {rest}"
    segments = sorted((s for p in parts for s in p.segments), key=lambda s: s.start)
    ends = [*segments[0].evidence[:1], *segments[-1].evidence[-1:]]
    return [claim(section, cell(text, " ", case.cite(ends), "."))]


def _title(case: Case) -> Cell:
    started, detected = case.milestone("started"), case.milestone("detected")
    gap = case.gap("time_to_detect")
    if gap is None or gap.seconds is None or started.at is None or detected.at is None:
        first = (
            cell(
                f"; the {_detected_by(case)} was at {case.time(detected.at)}, {detected.basis} ",
                case.cite_milestone(detected),
            )
            if detected.at is not None
            else cell(" ", case.cite(()))
        )
        return cell(f"How long it took is not known: {case.why_not('time_to_detect')}", first, ".")
    if gap.seconds < 0:
        return cell(
            "Paged ", strong(duration(-gap.seconds)), f"{bracket(_minus(gap.latest), _minus(gap.earliest))} before users were "
            f"hurt: {_detected_by(case)} {case.time(detected.at)}, {detected.basis} ", case.cite_milestone(detected),
            f", first hurt {case.time(started.at)}, {started.basis} ", case.cite_milestone(started), ".",
        )  # fmt: skip
    return cell(
        strong(duration(gap.seconds)), f"{bracket(gap.earliest, gap.latest)} from first hurt, {case.time(started.at)} "
        f"{started.basis} ", case.cite_milestone(started), f", to {_detected_by(case)}, {case.time(detected.at)} "
        f"{detected.basis} ", case.cite_milestone(detected), ".",
    )  # fmt: skip


def _minus(seconds: float | None) -> float | None:
    return None if seconds is None else -seconds


def _detected_by(case: Case) -> str:
    ids = case.milestone("detected").evidence
    row = case.rows.get(ids[0]) if ids else None
    kind = row["kind"] if row else "page.sent"
    if kind == "page.sent":
        return "first page"
    return "first alert" if kind.startswith("alert.") else "first report by a person"


def _followed(case: Case) -> AlertEpisode | None:
    """The episode whose own samples the ledger follows from first hurt to page; None where it tells another story."""
    episode, started = case.paging_episode(), case.milestone("started").at
    if episode is None or episode.reconstructed or episode.firing_at is None:
        return None
    grouped = any(s.category == "grouping" for s in case.scored.ledgers.get("detection", ()))
    return episode if grouped and started is not None and episode.firing_at >= started else None


def _explain(case: Case, part: Part) -> Cell:
    episode = _followed(case)
    rule = case.rule(episode.name) if episode else None
    name = code(episode.name) if episode else None
    rules = case.rule_ids(episode.name) if episode else ()
    evidence = case.cite([*part.evidence, *rules])
    if part.category == "no_rule" and (episode is not None or not case.scored.episodes):
        return _no_rule(case, part)
    if part.category == "below_threshold" and name and rule and rule.op and rule.threshold is not None:
        side = case.known(_left_id(case, rule) or "")
        side_ids = [side] if side else []
        unit = _unit_of(case, rule)
        limit = figure(rule.threshold, unit) if unit else f"{rule.threshold:g}"
        return cell("what ", name, f" reads had moved, but it did not yet stand {_stands(rule.op)} {limit} ",
                    case.cite([*side_ids, *rules], *part.evidence))  # fmt: skip
    if part.category == "pending" and rule is not None and name:
        return cell("the ", code(f"for: {_prometheus_duration(rule.for_s)}"), " of ", name, " ", evidence)
    if part.category == "grouping" and name:
        fired, detected = case.milestone("fired"), case.milestone("detected")
        page = cell(f" to {_detected_by(case)} ", case.cite_milestone(detected))
        return cell("from ", name, " firing ", case.cite(fired.evidence, *part.evidence), page)
    if part.category == "evaluation" and name and episode:
        return cell("until ", name, f" was next evaluated, every {episode.interval_s:g} s ", evidence)
    return cell(*[cell(coded(case.hidden(one, 160)), " ") for one in part.rules[:2]], evidence)


def _no_rule(case: Case, part: Part) -> Cell:
    moved = first_moved(case)
    if moved is None:
        return cell(
            *[cell(coded(case.hidden(one, 160)), " ") for one in part.rules[:1]], case.cite([*part.evidence, ALL_RULES])
        )
    readers = case.readers(moved)
    number = len(case.scored.rules)
    if number and not readers:
        none = f"none of the {number} loaded rules reads it" if number > 1 else "the one loaded rule does not read it"
        tail = f"; {none} "
    elif readers:
        tail = "; no rule that fired reads it "
    else:
        tail = "; no rules were collected "
    return cell(_rise(case, moved), tail, case.cite([f"series:{moved.series_id}", ALL_RULES, *part.evidence]))


def first_moved(case: Case) -> Moved | None:
    """The signal that moved first, the deciding one where several did within its range."""
    own = next((m for m in case.scored.moved if m.series_id == case.scored.decisive), None)
    first = min(case.scored.moved, key=lambda m: m.at, default=None)
    return own if own is not None and first is not None and own.earliest <= first.latest else first


def _rise(case: Case, moved: Moved) -> str:
    label = case.series_label(moved.series_id)
    samples = case.scored.series.samples_of(moved.series_id)
    end = case.milestone("detected").at
    seen = samples.filter((pl.col("at") >= moved.earliest) & pl.col("value").is_finite())
    seen = seen.filter(pl.col("at") <= end) if end is not None and end > moved.at else seen
    peak = seen["value"].max() if moved.direction == "up" else seen["value"].min()
    beyond = isinstance(peak, float) and (peak > moved.band.high if moved.direction == "up" else peak < moved.band.low)
    value = peak if beyond and isinstance(peak, float) else moved.first_outside
    verb = "rose" if moved.direction == "up" else "fell"
    unit = label["unit"]
    return f"{case.signal_name(moved.series_id)} {verb} from {figure(moved.band.centre, unit)} to {figure(value, unit)}"


def _story(case: Case) -> Cell | None:
    """What moved first, whether a rule read it, when the rule that fired came, and how much of that was its `for`."""
    moved = first_moved(case)
    if moved is None:
        return None
    label = case.series_label(moved.series_id)
    unit = label["unit"]
    first = cell(
        f"{case.signal_name(moved.series_id)} moved first: it left its band ("
        f"{figures(moved.band.low, moved.band.high, unit)}) at {case.time(moved.at)} ",
        case.cite([f"series:{moved.series_id}"]),
    )  # fmt: skip
    if case.scored.rules and not case.readers(moved):
        first = cell(first, ", and no loaded rule reads it ", case.cite([ALL_RULES]))
    episode, fired = case.paging_episode(), case.milestone("fired")
    if episode is None or fired.at is None or fired.basis not in ("recorded", "measured"):
        return cell(first, ".")
    later = (fired.at - moved.at).total_seconds()
    rule = case.rule(episode.name)
    after = f"; {'' if later >= 0 else 'before it, '}"
    held = rule.for_s if rule else 0.0
    tail = cell(f", {duration(held)} of it the rule's ", code("for")) if held and later >= held else cell()
    return cell(
        first, after, code(episode.name), f" fired {duration(abs(later))} {'later' if later >= 0 else 'earlier'} ",
        case.cite([*fired.evidence]), tail, " ", case.cite(case.rule_ids(episode.name)), ".",
    )  # fmt: skip


def _left_id(case: Case, rule: AlertRule) -> str | None:
    rows = case.scored.series.labels.filter((pl.col("role") == "rule") & (pl.col("name") == rule.name))
    return f"series:{rows['series_id'][0]}" if rows.height else None


def _unit_of(case: Case, rule: AlertRule) -> str | None:
    rows = case.scored.series.labels.filter((pl.col("role") == "rule") & (pl.col("name") == rule.name))
    return rows["unit"][0] if rows.height else None


def _stands(op: str) -> str:
    return {">": "over", ">=": "at or over", "<": "under", "<=": "at or under"}.get(op, op)


def _prometheus_duration(seconds: float) -> str:
    """Seconds as a rule file writes them: `2m`, `90s`, `1h30m`."""
    total = round(seconds)
    if total % 60 and total < 120:
        return f"{total}s"
    hours, rest = divmod(total, 3600)
    minutes, seconds_left = divmod(rest, 60)
    parts = [f"{hours}h" if hours else "", f"{minutes}m" if minutes else "", f"{seconds_left}s" if seconds_left else ""]
    return "".join(parts) or "0s"
