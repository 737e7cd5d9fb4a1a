"""Reads one line of the predicate grammar; what it does not understand is said with the nearest form that it would."""

import re
from collections.abc import Callable
from dataclasses import dataclass

from incident_timeline.errors import NaiveTimeError
from incident_timeline.model.instants import parse_instant
from incident_timeline.model.predicates.moments import LENGTH, NAME, SIGNAL, read_length, read_moment, read_stretch
from incident_timeline.model.predicates.values import (
    AlertFired,
    AlertReaches,
    Happened,
    MetricExists,
    Not,
    Ordered,
    Plain,
    Predicate,
    PromqlHolds,
    PullMerged,
    RuleExists,
    RuleReads,
    SignalStands,
    UrlAnswers,
)

_LONGEST = 2000  # characters of one line
_REMARK = re.compile(r"\s+(?:\([^()`]*\)|[#—–] [^`]*)$")
_TURNED = re.compile(r"(?:not:?|no) ", re.IGNORECASE)
_OPS = {
    "over": ">", "above": ">", ">": ">", "at or over": ">=", ">=": ">=", "under": "<", "below": "<", "<": "<",
    "at or under": "<=", "<=": "<=",
}  # fmt: skip
_OP = "(" + "|".join(re.escape(word) for word in sorted(_OPS, key=len, reverse=True)) + ")"
_URL = r"<?`?(https?://[^\s<>`\"]+?)`?>?"
_QUOTED = r"[\"“]([^\"“”]{1,200})[\"”]"
_ORDER = re.compile(
    rf"(.+?) (?:at least {LENGTH} )?(?:within {LENGTH} )?(before|after) (.+?)(?: by at least {LENGTH})?", re.IGNORECASE
)
_VERB = "(stands|stood|stays|stayed|is|was)"
_NUMBER = r"(-?\d[\d,]{0,15}(?:\.\d{1,9})?) ?(%|[A-Za-z/]{1,20})?"
_STANDS = rf"signal {SIGNAL}(?: of {NAME})? (?:{_VERB} )?{_OP} {_NUMBER}(?: ((?:between|within|before|after) .+))?"


@dataclass(frozen=True, slots=True)
class NotUnderstood:
    """A line that is no predicate, and what to write instead."""

    text: str
    why: str


def parse_predicate(text: str) -> Predicate | NotUnderstood:
    """The predicate that a line says; list markers, a full stop and a remark in brackets at the end do not count."""
    line = " ".join(text[:_LONGEST].split()).lstrip("-*• ")
    line = _REMARK.sub("", line.removesuffix(".")).removesuffix(".")
    line = re.sub(r"^(?:the|an?) (?=[a-z])", "", line, flags=re.IGNORECASE)
    turned = _TURNED.match(line)
    body = line[turned.end() :] if turned else line
    plain = _plain(re.sub(r"^(?:the|an?) ", "", body, flags=re.IGNORECASE))
    if plain is None:
        return NotUnderstood(text, _advice(body))
    return Not(plain) if turned else plain


def _plain(line: str) -> Plain | None:
    for form, _, make in _FORMS:
        if found := form.fullmatch(line):
            made = make(*found.groups())
            if made is not None:
                return made
    return _order(line)


def _order(line: str) -> Plain | None:
    if found := _ORDER.fullmatch(line):
        first, second = read_moment(found[1]), read_moment(found[5])
        if first is None or second is None:
            return None
        least, within = found[2] or found[6], found[3]
        return Ordered(
            first, found[4].lower(), second, read_length(least) if least else None, read_length(within) if within else None
        )  # fmt: skip
    if found := re.fullmatch(r"(.+?) (?:happened|is on record)", line, re.IGNORECASE):
        line = found[1]
    elif not re.search(r" (?:fired|moved|left its band|began|started|finished|ended|succeeded)$", line, re.IGNORECASE):
        return None
    moment = read_moment(line)
    return Happened(moment) if moment is not None else None


def _fired(alert: str, since: str | None, environment: str | None) -> AlertFired | None:
    try:
        at = parse_instant(since if "T" in since or " " in since else f"{since}T00:00:00Z") if since else None
    except NaiveTimeError:
        return None
    return AlertFired(alert, at, environment)


def _stands(
    signal: str, service: str | None, verb: str | None, op: str, value: str, unit: str | None, when: str | None
) -> SignalStands | None:
    stretch = read_stretch(when) if when else None
    if when and stretch is None:
        return None
    number = float(value.replace(",", ""))
    stays = (verb or "").lower().startswith("stay")
    return SignalStands(signal.replace(" ", "_"), service, _OPS[op.lower()], number, unit or "", stays, stretch)


def _reads(rule: str | None, signal: str) -> RuleReads:
    return RuleReads(rule, signal.replace(" ", "_"))


_Row = tuple[str, str, Callable[..., Plain | None]]
_TABLE: tuple[_Row, ...] = (
    (rf"metric {NAME} exists", "metric NAME exists", MetricExists),
    (
        rf"metric {NAME} (?:exists with|has|with) (?:a |the )?label {NAME}(?: ?= ?\"([^\"]*)\")?",
        'metric NAME has label LABEL="VALUE"', MetricExists,
    ),
    (rf"metric {NAME} (?:exists with|has) an? {NAME} label", "metric NAME has label LABEL", MetricExists),
    (
        rf"promql `([^`]+)` holds(?: for {LENGTH})?", "promql `EXPRESSION` holds for 10m",
        lambda expr, held: PromqlHolds(expr.strip(), read_length(held) if held else 0.0),
    ),
    (rf"(?:alerting )?rule {NAME} exists", "rule NAME exists", RuleExists),
    (rf"(?:alerting )?rule {NAME} reads (?:the )?(?:metric |signal )?{SIGNAL}", "rule NAME reads SIGNAL", _reads),
    (
        rf"(?:alerting )?(?:rule|one) reads (?:the )?(?:metric |signal )?{SIGNAL}", "no rule reads SIGNAL",
        lambda signal: _reads(None, signal),
    ),
    (
        rf"alert {NAME} fire[ds](?: since (\d{{4}}-\d\d-\d\d\S*))?(?: in {NAME})?",
        "alert NAME fired since 2026-12-01 in ENVIRONMENT", _fired,
    ),
    (
        rf"(?:alert|rule) {NAME} reaches (?:the )?(?:pagerduty service |receiver )?{NAME}", "alert NAME reaches SERVICE",
        AlertReaches,
    ),
    (rf"url {_URL} answers", "url https://... answers", UrlAnswers),
    (
        rf"url {_URL} contains {_QUOTED}", 'url https://... contains "TEXT"',
        lambda url, text: UrlAnswers(url, None, text),
    ),
    (rf"runbook of {NAME} answers", "runbook of ALERT answers", lambda alert: UrlAnswers(None, alert)),
    (
        rf"runbook of {NAME} contains {_QUOTED}", 'runbook of ALERT contains "TEXT"',
        lambda alert, text: UrlAnswers(None, alert, text),
    ),
    (
        r"pr ([\w.-]+/[\w.-]+)#(\d{1,9}) is merged", "pr OWNER/NAME#NUMBER is merged",
        lambda repo, number: PullMerged(repo, int(number)),
    ),
    (
        r"(?:pr )?<?https://[\w.-]+/([\w.-]+/[\w.-]+)/pull/(\d{1,9})>? is merged", "pr OWNER/NAME#NUMBER is merged",
        lambda repo, number: PullMerged(repo, int(number)),
    ),
    (
        _STANDS,
        "signal NAME stands over 500 ms between MOMENT and MOMENT", _stands,
    ),
)  # fmt: skip
_FORMS = tuple((re.compile(form, re.IGNORECASE), example, make) for form, example, make in _TABLE)
_MOMENTS = "MOMENT before MOMENT, where a moment is a milestone, deploy of SERVICE, alert NAME, signal NAME or a number like E27"


def _advice(line: str) -> str:
    """The forms that begin like the line, else the first words of all."""
    first = line.split(" ")[0].lower()
    near = [example for _, example, _ in _FORMS if example.split(" ")[0] == first]
    if near:
        return f"write {'; or '.join(dict.fromkeys(near))}"
    if first == "deploy":
        return f"write {_MOMENTS}"
    words = dict.fromkeys(example.split(" ")[0] for _, example, _ in _FORMS)
    return f"a line begins with {', '.join(words)}, or is {_MOMENTS}"
