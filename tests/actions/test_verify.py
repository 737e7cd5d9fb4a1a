"""Facts about verifying action items: verdicts over several conditions, demos, and what each system's answer means."""

import shutil
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from incident_timeline.actions.parse import parse_actions
from incident_timeline.actions.verify import demo_of, verify_item
from incident_timeline.collect.proofs import Systems, make_testers
from incident_timeline.collect.routing import integrations_of, receivers_of
from incident_timeline.errors import SourceMalformed
from incident_timeline.model.actions import ActionItem
from incident_timeline.model.predicates import Outcome, evaluate, parse_predicate
from incident_timeline.model.predicates.testing import FAILS, HOLDS, UNTESTED
from incident_timeline.model.predicates.values import RuleExists, UrlAnswers

NOW = datetime(2026, 12, 1, 12, tzinfo=UTC)
DEMO = "DEMO: on-call lead, 2026-12-01, https://example.com/recording/1"


def item(*lines: str) -> ActionItem:
    """An item of these lines."""
    return parse_actions("\n".join(["WHAT: an alert", *lines]), "x").items[0]


def answering(verdicts: dict[str, str]) -> dict[type[Any], Any]:
    """Testers that give each rule its verdict."""
    return {RuleExists: lambda one: Outcome(verdicts[one.rule], "so it is")}


@pytest.mark.parametrize(
    ("lines", "verdict", "asks"),
    [
        (("DONE WHEN: rule A exists",), HOLDS, False),
        (("DONE WHEN: rule A exists; rule B exists",), FAILS, False),
        (("DONE WHEN: rule A exists; a slow query shows up on the dashboard",), UNTESTED, True),
        (("DONE WHEN: rule A exists; a slow query shows up on the dashboard", DEMO), HOLDS, False),
        (("DONE WHEN: rule B exists; a slow query shows up on the dashboard", DEMO), FAILS, True),
        (("DONE WHEN: a slow query shows up", "DEMO: somebody, some day"), UNTESTED, True),
        ((DEMO,), UNTESTED, True),
    ],
)
def test_an_item_is_verified_when_every_condition_is(lines: tuple[str, ...], verdict: str, asks: bool) -> None:
    """A demo with role, day and link stands for what no machine tests, never for what does not hold, nor for nothing."""
    proof = verify_item(item(*lines), answering({"A": HOLDS, "B": FAILS}))

    assert (verdict, asks) == (proof.verdict, bool(proof.asks))


def test_what_could_not_be_tested_now_is_told_apart_from_what_no_machine_tests() -> None:
    """The first asks for a system that answers, the second for a demo alone."""
    lines = ("DONE WHEN: a slow query shows up", "DONE WHEN: rule A exists")
    proof = verify_item(item(*lines), answering({"A": UNTESTED}))
    demo = "write `DEMO: role, day, link` once it was shown"

    assert f"line 2: no machine tests it; line 3: mend what is named there and verify again; or {demo}" == proof.asks
    assert f"line 2: no machine tests it; {demo}" == verify_item(item(lines[0]), answering({})).asks


def test_a_demo_says_what_it_lacks() -> None:
    """Role, day and link."""
    assert ("", "the day and the link") == demo_of(item("DEMO: the on-call lead"))
    assert ("", "who showed it") == demo_of(item("DEMO: 2026-12-01 https://example.com/x"))


def systems(answer: Any, **given: Any) -> Systems:
    """Systems that all answer alike."""
    transport = httpx.MockTransport(answer)
    base: dict[str, Any] = {"prometheus": transport, "github": transport, "web": lambda _: transport, "routes": None}
    return Systems(now=NOW, **(base | given))


def vector(*labels: dict[str, str]) -> dict[str, Any]:
    """An instant answer of these series."""
    rows = [{"metric": one, "value": [NOW.timestamp(), "1"]} for one in labels]
    return {"status": "success", "data": {"resultType": "vector", "result": rows}}


def outcome_of(line: str, answer: Any, status: int = 200, **given: Any) -> Outcome:
    """The outcome of a line when every system gives one answer."""
    predicate = parse_predicate(line)
    reply = httpx.Response(status, json=answer) if not isinstance(answer, str) else httpx.Response(status, text=answer)
    return evaluate(predicate, make_testers(systems(lambda _: reply, **given)))  # type: ignore[arg-type]


RULES = {"status": "success", "data": {"groups": [{"name": "g", "interval": 1, "rules": [
    {"type": "alerting", "name": "Slow", "query": "a > 1", "labels": {}, "annotations": {}}]}]}}  # fmt: skip


@pytest.mark.parametrize(
    ("line", "answer", "status", "verdict", "because"),
    [
        ("metric a exists", vector({"__name__": "a_bucket"}), 200, HOLDS, "there is a_bucket"),
        ("metric a has label q", vector(), 200, FAILS, "no series is named a with the label q"),
        ("promql `a > 1` holds", vector({"x": "y"}), 200, HOLDS, "it has 1 results now"),
        ("promql `a > 1` holds", vector(), 200, FAILS, "it has no result now"),
        ("alert Slow fired in staging", vector({"env": "Staging"}), 200, HOLDS, "it fired since 2026-11-17T12:00:00Z (env="),
        ("alert Slow fired in staging", vector({"env": "prod"}), 200, FAILS, "but never with a label staging"),
        ("alert Slow fired", vector(), 200, FAILS, "it has not fired since"),
        ("rule Slow reads a", RULES, 200, HOLDS, "read by Slow"),
        ("runbook of Slow answers", RULES, 200, FAILS, "Slow names no runbook"),
        ("url https://example.com/x answers", "hello", 200, HOLDS, "answers"),
        ("url https://example.com/x answers", "moved", 302, FAILS, "answers 302"),
        ('url https://example.com/x contains "Query-analysis"', "about <b>query</b> analysis", 200, FAILS, "does not hold"),
        ('url https://example.com/x contains "Query-analysis"', "## query analysis", 200, HOLDS, "holds"),
        ("pr acme/shop#7 is merged", {"state": "closed", "merged_at": None}, 200, FAILS, "it is closed and not merged"),
        ("pr acme/shop#7 is merged", {"merged_at": "2026-12-01T10:00:00Z"}, 200, HOLDS, "merged at 2026-12-01"),
        ("pr acme/shop#7 is merged", {"message": "no"}, 401, UNTESTED, "check the token"),
        ("metric a exists", "<html>login", 200, UNTESTED, "in no form that Prometheus uses"),
        ("alert Slow reaches checkout", RULES, 200, UNTESTED, "--alertmanager FILE"),
        ("started before detected", vector(), 200, UNTESTED, "nothing that was collected can say"),
    ],
)  # fmt: skip
def test_what_a_systems_answer_means(line: str, answer: Any, status: int, verdict: str, because: str) -> None:
    """Each kind of line: done, not done, and could not be asked, which is never taken for not done."""
    outcome = outcome_of(line, answer, status)

    assert verdict == outcome.verdict
    assert because in outcome.because


def test_a_system_that_is_not_configured_is_named() -> None:
    """What to set stands in the reason."""
    assert "PROMETHEUS_URL" in outcome_of("rule A exists", {}, prometheus=None).because
    assert "GITHUB_TOKEN" in outcome_of("pr a/b#1 is merged", {}, github=None).because


def test_only_web_pages_are_asked() -> None:
    """A runbook that names a file of the machine is none."""
    named = [
        {"type": "alerting", "name": "Slow", "query": "a > 1", "annotations": {"runbook_url": "file:///etc/hostname"}}
    ]
    rules = {"status": "success", "data": {"groups": [{"name": "g", "rules": named}]}}

    assert (FAILS, "file:///etc/hostname is no web address") == (
        outcome_of("runbook of Slow answers", rules).verdict,
        outcome_of("runbook of Slow answers", rules).because,
    )
    assert UrlAnswers("https://example.com") == parse_predicate("url https://example.com answers")


ROUTES = """route: {receiver: nobody, routes: [{receiver: paged, continue: true, matchers: ['team="a"']},
  {receiver: other, matchers: ['team="a"']}]}
receivers:
  - name: nobody
  - name: paged
    pagerduty_configs: [{routing_key: secret, client: checkout}]
  - name: other
    webhook_configs: [{url: 'http://127.0.0.1:1'}]
"""


@pytest.mark.live
def test_routes_are_what_amtool_says(tmp_path: Path) -> None:
    """Several receivers, odd label values, a configuration that amtool refuses."""
    if not shutil.which("amtool"):
        pytest.skip("amtool not installed")
    path = tmp_path / "am.yml"
    path.write_text(ROUTES, encoding="utf-8")

    assert ("paged", "other") == receivers_of({"team": "a", "odd": "--version", "also": "x y=z"}, path)
    assert ("nobody",) == receivers_of({"team": "b"}, path)
    path.write_text("route: {receiver: absent}\n", encoding="utf-8")
    with pytest.raises(SourceMalformed, match=r"amtool refuses am\.yml"):
        receivers_of({"team": "a"}, path)


def test_a_receiver_tells_what_it_sends_to_and_no_secret(tmp_path: Path) -> None:
    """The routing key stays in the file."""
    path = tmp_path / "am.yml"
    path.write_text(ROUTES, encoding="utf-8")

    assert {"pagerduty": ("checkout",)} == integrations_of("paged", path)
    assert {} == integrations_of("nobody", path)
