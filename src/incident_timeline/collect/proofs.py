"""Asks the real systems whether a predicate holds now: Prometheus, its rules, Alertmanager's routes, web pages, GitHub."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx

from incident_timeline.collect.alerts import read_rules
from incident_timeline.collect.asking import check_refusal, open_client
from incident_timeline.collect.prometheus_api import ask_instant, ask_range, ask_rules
from incident_timeline.collect.record import EVIDENCE
from incident_timeline.collect.routing import integrations_of, receivers_of
from incident_timeline.errors import SourceError, SourceMissing
from incident_timeline.model.instants import rfc3339
from incident_timeline.model.predicates.testing import FAILS, HOLDS, UNTESTED, Outcome, Testers, find_reader, find_rule
from incident_timeline.model.predicates.values import (
    AlertFired,
    AlertReaches,
    MetricExists,
    PromqlHolds,
    PullMerged,
    RuleExists,
    RuleReads,
    UrlAnswers,
    seconds_text,
)
from incident_timeline.model.rules import AlertRule

LOOKED_BACK = timedelta(days=14)  # for an alert, where the line names no day: as long as an action item may take
MOST_STEPS, LEAST_STEP_S = 240, 15.0  # samples of `holds for`
_RUNBOOKS = ("runbook_url", "runbook")


@dataclass(frozen=True, slots=True)
class Systems:
    """Where to ask; None is a system that is not configured. `web` gives the chain to any origin, without credentials."""

    now: datetime
    prometheus: httpx.BaseTransport | None
    github: httpx.BaseTransport | None
    web: Callable[[str], httpx.BaseTransport]
    routes: Path | None  # Alertmanager's configuration


def make_testers(systems: Systems) -> Testers:
    """A tester for each kind of predicate that present systems can decide; what cannot be asked is `could not test`."""
    prober = _Prober(systems)
    table: dict[type[Any], Callable[[Any], Outcome]] = {
        MetricExists: prober.metric, PromqlHolds: prober.promql, RuleExists: prober.rule, RuleReads: prober.reader,
        AlertFired: prober.fired, AlertReaches: prober.reaches, UrlAnswers: prober.page, PullMerged: prober.merged,
    }  # fmt: skip
    return {kind: _guarded(test) for kind, test in table.items()}


def web_source(origin: str) -> str:
    """The name of a web origin in the bundle, so that pages of two hosts are two answers."""
    return f"web-{urlsplit(origin).hostname}"


def _guarded(test: Callable[[Any], Outcome]) -> Callable[[Any], Outcome]:
    def tested(predicate: Any) -> Outcome:
        try:
            return test(predicate)
        except SourceError as error:
            return Outcome(UNTESTED, str(error))

    return tested


class _Prober:
    """Asks each question once; the rules are fetched at the first need."""

    def __init__(self, systems: Systems) -> None:
        self.systems = systems
        self._rules: tuple[AlertRule, ...] | None = None

    def metric(self, one: MetricExists) -> Outcome:
        """Whether a series has the name, or the name with a histogram's or counter's ending, and the label."""
        matcher = (
            "" if one.label is None else f',{one.label}="{_quoted(one.value)}"' if one.value else f',{one.label}!=""'
        )
        name = f'__name__=~"{re.escape(one.metric).replace(chr(92), chr(92) * 2)}(_bucket|_count|_sum|_total)?"'
        query = f"count by (__name__) ({{{name}{matcher}}})"
        rows, where = ask_instant(self._prometheus(), query, self.systems.now)
        named = [str(row["metric"].get("__name__", "")) for row in rows]
        exact = [n for n in named if n == one.metric or n.rpartition("_")[0] == one.metric]
        if exact:
            return Outcome(HOLDS, f"there is {', '.join(sorted(exact)[:3])}", (where,))
        about = f" with the label {one.label}" + (f'="{one.value}"' if one.value else "") if one.label else ""
        return Outcome(FAILS, f"no series is named {one.metric}{about}", (where,))

    def promql(self, one: PromqlHolds) -> Outcome:
        """Whether the expression has a result now, or at every step of the time that it is to hold."""
        if not one.for_s:
            rows, where = ask_instant(self._prometheus(), one.expr, self.systems.now)
            true = [row for row in rows if _is_true(row)]
            if true:
                return Outcome(HOLDS, f"it has {len(true)} results now", (where,))
            return Outcome(FAILS, "it has no result now", (where,))
        step = max(LEAST_STEP_S, one.for_s / MOST_STEPS)
        start = self.systems.now - timedelta(seconds=one.for_s)
        answer = ask_range(self._prometheus(), one.expr, start, self.systems.now, step)
        asked = int(one.for_s // step) + 1
        held = {at for matrix in answer.series for at in matrix.samples["at"].to_list()}
        where = answer.series[0].evidence if answer.series else "prometheus"
        span = f"of {asked} instants over {seconds_text(one.for_s)}"
        if len(held) >= asked:
            return Outcome(HOLDS, f"it has a result at all {span.removeprefix('of ')}", (where,))
        return Outcome(FAILS, f"it has a result at {len(held)} {span}", (where,))

    def rule(self, one: RuleExists) -> Outcome:
        """Whether the rule is loaded."""
        return find_rule(one, self.rules())

    def reader(self, one: RuleReads) -> Outcome:
        """Whether a rule reads the metric."""
        return find_reader(one, self.rules(), ())

    def fired(self, one: AlertFired) -> Outcome:
        """Whether ALERTS holds a firing sample since the day, in the environment by any of its labels."""
        since = one.since or self.systems.now - LOOKED_BACK
        length = max(1, round((self.systems.now - since).total_seconds()))
        query = f'count_over_time(ALERTS{{alertname="{_quoted(one.alert)}",alertstate="firing"}}[{length}s])'
        rows, where = ask_instant(self._prometheus(), query, self.systems.now)
        wanted = (one.environment or "").lower()
        there = [row for row in rows if not wanted or wanted in {str(v).lower() for v in row["metric"].values()}]
        if there:
            labels = ", ".join(f"{k}={v}" for k, v in sorted(there[0]["metric"].items()) if k != "alertstate")
            return Outcome(HOLDS, f"it fired since {rfc3339(since)} ({labels})", (where,))
        if rows:
            return Outcome(
                FAILS, f"it fired since {rfc3339(since)}, but never with a label {one.environment}", (where,)
            )
        return Outcome(FAILS, f"it has not fired since {rfc3339(since)}", (where,))

    def reaches(self, one: AlertReaches) -> Outcome:
        """Whether amtool routes the rule's alert to the receiver, or to one whose integration names the service."""
        config = self.systems.routes
        if config is None:
            raise SourceMissing("no Alertmanager configuration is given; give it with --alertmanager FILE")
        rule = next((rule for rule in self.rules() if rule.name == one.alert), None)
        if rule is None:
            return find_rule(RuleExists(one.alert), self.rules())
        labels = (
            {k: v for k, v in rule.labels if "{{" not in v}
            | {"alertname": rule.name}
            | self._labels_when_fired(rule.name)
        )
        receivers = receivers_of(labels, config)
        shown = " ".join(f"{k}={v}" for k, v in sorted(labels.items()))
        for receiver in receivers:
            integrations = integrations_of(receiver, config)
            if receiver != one.service and not any(one.service in values for values in integrations.values()):
                continue
            if not integrations:
                return Outcome(FAILS, f"amtool routes it to {receiver}, which sends to nobody ({shown})", ("amtool",))
            return Outcome(HOLDS, f"amtool routes it to {receiver} by {', '.join(integrations)} ({shown})", ("amtool",))
        return Outcome(FAILS, f"amtool routes it to {', '.join(receivers) or 'nobody'} ({shown})", ("amtool",))

    def page(self, one: UrlAnswers) -> Outcome:
        """Whether the page answers, and holds the text; the page may be the runbook that a rule names."""
        url = one.url
        if url is None:
            rule = next((rule for rule in self.rules() if rule.name == one.runbook_of), None)
            if rule is None:
                return find_rule(RuleExists(one.runbook_of or ""), self.rules())
            url = next((value for name, value in rule.annotations if name in _RUNBOOKS), None)
            if url is None:
                return Outcome(
                    FAILS, f"{rule.name} names no runbook in {' or '.join(_RUNBOOKS)}", (f"rule:{rule.name}",)
                )
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.netloc:
            return Outcome(FAILS, f"{url} is no web address")
        answer = open_client(self.systems.web(f"{parts.scheme}://{parts.netloc}")).get(
            (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        )
        where = answer.headers.get(EVIDENCE, url)
        if answer.status_code != 200:
            return Outcome(FAILS, f"{url} answers {answer.status_code}", (where,))
        if one.text is not None and _plain(one.text) not in _plain(answer.text):
            return Outcome(FAILS, f'{url} answers and does not hold "{one.text}"', (where,))
        return Outcome(HOLDS, f"{url} answers" + (f' and holds "{one.text}"' if one.text else ""), (where,))

    def merged(self, one: PullMerged) -> Outcome:
        """Whether GitHub says that the pull request is merged."""
        if self.systems.github is None:
            raise SourceMissing("GitHub is not configured: set GITHUB_TOKEN, or a [[deploys]] of kind github")
        path = f"/repos/{one.repo}/pulls/{one.number}"
        answer = open_client(self.systems.github).get(path)
        check_refusal("github", path, answer.status_code, answer.content)
        where = answer.headers.get(EVIDENCE, "github")
        if answer.status_code != 200:
            return Outcome(FAILS, f"GitHub answers {answer.status_code} for {one.repo}#{one.number}", (where,))
        row = answer.json()
        if row.get("merged_at"):
            return Outcome(HOLDS, f"merged at {row['merged_at']}", (where,))
        return Outcome(FAILS, f"it is {row.get('state', 'of unknown state')} and not merged", (where,))

    def rules(self) -> tuple[AlertRule, ...]:
        """The loaded alerting rules."""
        if self._rules is None:
            self._rules = read_rules(*ask_rules(self._prometheus()))
        return self._rules

    def _labels_when_fired(self, alert: str) -> dict[str, str]:
        """The labels that the alert had when it last fired, which its expression gives and no file says; empty when it did not."""
        query = f'last_over_time(ALERTS{{alertname="{_quoted(alert)}"}}[{round(LOOKED_BACK.total_seconds())}s])'
        rows, _ = ask_instant(self._prometheus(), query, self.systems.now)
        return {k: str(v) for k, v in rows[0]["metric"].items() if k not in ("__name__", "alertstate")} if rows else {}

    def _prometheus(self) -> httpx.Client:
        if self.systems.prometheus is None:
            raise SourceMissing("Prometheus is not configured: set PROMETHEUS_URL, or write [prometheus]")
        return open_client(self.systems.prometheus)


def _is_true(row: dict[str, Any]) -> bool:
    """A vector's element is there; a scalar, which has no labels at all and is always there, must not be 0."""
    return "scalar" not in row or float(row["scalar"]) != 0


def _plain(text: str) -> str:
    return re.sub(r"[\W_]+", " ", text).strip().lower()


def _quoted(text: str | None) -> str:
    return (text or "").replace("\\", "\\\\").replace('"', '\\"')
