"""Cover: for each service, which golden signals a query measures, which a rule reads, and which of these rules reach a pager."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass

import polars as pl

from incident_timeline.explain.case import Case
from incident_timeline.explain.watching import SERVICE_LABELS, named_services, rule_shape, watches
from incident_timeline.explain.wording import Cell, cell, claim, code, listed, plural
from incident_timeline.model.findings import Claim
from incident_timeline.model.rules import AlertRule

GOLDEN = ("latency", "traffic", "errors", "saturation")
SECTION = "cover"
_PAGING = re.compile(r"page|pager|critical|sev-?[01]|p[01]", re.IGNORECASE)  # of a label `severity` or `priority`
_SELECTOR = re.compile(r"([A-Za-z_:][\w:]*)(?:\{([^{}]*)\})?")
_MATCHER = re.compile(r'([A-Za-z_]\w*)\s*(=~|!~|!=|=)\s*("(?:[^"\\]|\\.)*")')
_SERVICES = 12  # rows of the table; the others are counted
_NAMED = 3  # queries or rules named in one cell

Selectors = frozenset[tuple[str, tuple[str, ...]]]  # metric and its matchers but for those that name the service


@dataclass(frozen=True, slots=True)
class Covered:
    """One golden signal of one service: the queries that measure it, the rules that read it, those that reach a pager."""

    service: str
    signal: str
    asked: bool  # whether this build asked anything about the service
    queries: tuple[str, ...]  # series ids
    rules: tuple[AlertRule, ...]
    paging: tuple[str, ...]  # names of these rules that paged here, or whose labels say that they page


def find_cover(case: Case) -> list[Covered]:
    """Every service on record with each golden signal, the incident's own service first.

    A rule reads a signal when it reads every metric of one of the signal's queries with the matchers that set it apart
    (`code=~"5.."` makes requests to errors), and no other signal fits it more closely. A query of one service says of the
    rules of all others what they read.
    """
    signals, paged = _by_signal(case), _paged(case)
    found = []
    for service in services(case):
        about = [rule for rule in case.scored.rules if watches(rule, service)]
        read: dict[str, list[AlertRule]] = {signal: [] for signal in GOLDEN}
        for rule in about:
            for signal in _signals_of(rule, signals):
                read[signal].append(rule)
        asked = service in set(case.scored.series.labels["service"])
        for signal in GOLDEN:
            rules = tuple(read[signal])
            paging = tuple(dict.fromkeys(r.name for r in rules if r.name in paged or _says_page(r)))
            found.append(Covered(service, signal, asked, _queries(case, service, signal), rules, paging))
    return found


def services(case: Case) -> list[str]:
    """Services that queries, rules or changes name: the incident's own first, the others by name."""
    named = set(case.scored.series.labels["service"].drop_nulls()) | {
        c.service for c in case.scored.changes if c.service
    }
    named |= {one for rule in case.scored.rules for one in named_services(rule)}
    own = case.scored.incident.service
    return ([own] if own else []) + sorted(named - {own})


def claim_cover(case: Case) -> list[Claim]:
    """Claims of section `cover`: a row of five cells for each service, then what the words mean; none without rules."""
    if not case.scored.rules:
        return []
    cover = find_cover(case)
    names = list(dict.fromkeys(one.service for one in cover))
    rows = [
        claim(SECTION, cell(case.hidden(name, 40)), *(_cell(case, one) for one in cover if one.service == name), form="row",
              evidence=[word.text for word in case.cite(["rule:*"])])
        for name in names[:_SERVICES]
    ]  # fmt: skip
    left = len(names) - _SERVICES
    more = f"{plural(left, 'more service')} left out. " if left > 0 else ""
    words = f'{more}Rules are those loaded when evidence was collected; "not asked": this build asked no query about that service '
    return [*rows, claim(SECTION, cell(words, case.cite(["rule:*"]), "."))]


def same_shape_elsewhere(case: Case) -> Iterator[Cell]:
    """Candidates for SYSTEMIC: other services whose rules have the shape of the one that paged, and signals nobody's rule reads."""
    episode = case.paging_episode()
    rule = case.rule(episode.name) if episode else None
    if rule is not None:
        alike = [r for r in case.scored.rules if r.name != rule.name and rule_shape(r) == rule_shape(rule)]
        about = sorted({one for r in alike for one in named_services(r)})
        if about:
            differ = "differs" if len(alike) == 1 else "differ"
            yield cell(
                *_codes([r.name for r in alike]), f" of {case.hidden(listed(about), 120)} {differ} from ", code(rule.name),
                " in the service alone ", case.cite([*case.rule_ids(rule.name), "rule:*"]), ".",
            )  # fmt: skip
    moved = {case.series_label(m.series_id).get("signal") for m in case.scored.moved if not case.readers(m)}
    cover = find_cover(case) if case.scored.rules else []
    own = case.scored.incident.service
    for signal in (signal for signal in GOLDEN if signal in moved):
        bare = [one for one in cover if one.signal == signal and one.service != own and not one.rules]
        if bare and not any(one.rules for one in cover if one.signal == signal and one.service == own):
            others = case.hidden(listed([one.service for one in bare][:_SERVICES]), 160)
            ask = "" if all(one.asked for one in bare) else "; whether they measure it was not asked"
            yield cell(
                f"{signal} of {case.hidden(own, 40) or 'the service'} moved and no loaded rule reads it; no loaded rule reads "
                f"that of {others} either{ask} ", case.cite(["rule:*"]), ".",
            )  # fmt: skip


def _cell(case: Case, one: Covered) -> Cell:
    names = list(dict.fromkeys(case.signal_name(series_id) for series_id in one.queries))
    measured = f"{', '.join(names[:_NAMED])}{f' and {len(names) - _NAMED} more' if len(names) > _NAMED else ''}"
    if not names:
        measured = "no query" if one.asked else "not asked"
    if not one.rules:
        return cell(measured, "; no rule")
    rules = list(dict.fromkeys(rule.name for rule in one.rules))
    reach = "reaches a pager" if one.paging else "no pager by its labels"
    cited = case.cite(
        [f"series:{series_id}" for series_id in one.queries], *(f"rule:{name}" for name in rules), "rule:*"
    )
    return cell(f"{measured}; ", *_codes(rules[:_NAMED]), f" {reach} ", cited)


def _codes(names: list[str]) -> list[Cell]:
    return [cell(", " if i else "", code(name)) for i, name in enumerate(names)]


def _queries(case: Case, service: str, signal: str) -> tuple[str, ...]:
    rows = case.scored.series.labels.filter(
        (pl.col("service") == service) & (pl.col("signal") == signal) & pl.col("role").is_in(["sli", "resource"])
    )
    return tuple(rows.sort("name", "series_id")["series_id"])


def _by_signal(case: Case) -> list[tuple[str, Selectors]]:
    """What each query of a golden signal reads, the service taken out."""
    rows = case.scored.series.labels.filter(
        pl.col("signal").is_in(GOLDEN) & pl.col("role").is_in(["sli", "resource"]) & pl.col("query").is_not_null()
    )
    found = {(row["signal"], _selectors(row["query"])) for row in rows.iter_rows(named=True)}
    return sorted(((signal, read) for signal, read in found if read), key=lambda pair: (pair[0], sorted(pair[1])))


def _selectors(query: str, metrics: frozenset[str] | None = None) -> Selectors:
    """(metric, matchers) of a query; without its list of metrics only what stands with braces is a selector."""
    found = set()
    for name, inside in _SELECTOR.findall(re.sub(r"by\s*\([^()]*\)|without\s*\([^()]*\)", "", query)):
        if not inside and (metrics is None or name not in metrics):
            continue
        matchers = [
            f"{label}{op}{value}" for label, op, value in _MATCHER.findall(inside) if label not in SERVICE_LABELS
        ]
        found.add((name, tuple(sorted(matchers))))
    return frozenset(found)


def _signals_of(rule: AlertRule, signals: list[tuple[str, Selectors]]) -> list[str]:
    read = _selectors(rule.expr, frozenset(rule.metrics))
    fits = [(signal, wanted) for signal, wanted in signals if wanted <= read]
    closest = [(s, wanted) for s, wanted in fits if not any(wanted < other for _, other in fits)]
    return list(dict.fromkeys(signal for signal, _ in closest))


def _paged(case: Case) -> frozenset[str]:
    """Names of alerts that arrived as pages of this incident."""
    names = set()
    for row in case.rows.values():
        if row["kind"] == "alert.received" and row["detail"]:
            labels = json.loads(row["detail"]).get("labels")
            if isinstance(labels, dict) and isinstance(labels.get("alertname"), str):
                names.add(labels["alertname"])
    return frozenset(names)


def _says_page(rule: AlertRule) -> bool:
    return any(name in ("severity", "priority") and _PAGING.fullmatch(value) for name, value in rule.labels)
