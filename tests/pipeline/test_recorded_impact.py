"""Facts about impact on the recorded incidents, between their true ends: Prometheus' counts agree with the client's."""

import json
from pathlib import Path
from typing import Any

import pytest

from incident_timeline.config import read_settings
from incident_timeline.model.instants import parse_instant
from incident_timeline.model.milestones import Milestone
from incident_timeline.model.objectives import Objective
from incident_timeline.model.scored import Amount, Impact
from incident_timeline.pipeline.build import build
from incident_timeline.pipeline.request import BuildRequest
from incident_timeline.score.impact import measure_impact
from tests.lab.collect import moment
from tests.lab.load import SLOW_S
from tests.lab.record import FIXTURES, served
from tests.lab.servers import missing_binaries

TIMED = "http_request_duration_seconds"
SLO = f"""version: "prometheus/v1"
service: checkout
slos:
  - name: fast-enough
    objective: 99
    sli:
      events:
        error_query: |
          sum(rate({TIMED}_count{{service="checkout"}}[{{{{.window}}}}]))
          - sum(rate({TIMED}_bucket{{service="checkout",le="{SLOW_S}"}}[{{{{.window}}}}]))
        total_query: sum(rate({TIMED}_count{{service="checkout"}}[{{{{.window}}}}]))
    alerting: {{}}
"""
RECORDED = ("INC-123", "INC-124", "INC-125")


@pytest.fixture(scope="module", params=RECORDED)
def counted(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[Impact, Impact, Any]:
    """Impact without an SLO file and with one beside timeline.toml, and what the client counted."""
    if absent := missing_binaries():
        pytest.skip(f"not installed: {', '.join(absent)}")
    name, folder = request.param, tmp_path_factory.mktemp("impact")
    (folder / "slo.yaml").write_text(SLO, encoding="utf-8")
    client = json.loads((FIXTURES / name / "truth.json").read_text(encoding="utf-8"))["client"]
    ends = [Milestone(end, at, at, at, "stated", "marked") for end, at in (
        ("started", parse_instant(client["from"])), ("mitigated", parse_instant(client["to"])))]  # fmt: skip
    found = []
    with served(name) as place:
        for number, named in enumerate(('["http"]', '["http", "slo.yaml"]')):
            config = place.config().replace('queries = ["http"]', f"queries = {named}")
            settings = read_settings(config, place.variables, folder=folder)
            made = build(BuildRequest(name, settings, folder / str(number), Path(folder), moment(FIXTURES / name)))
            slos = [Objective("checkout", one.name, one.target, one.period_s) for one in made.scored.impact.budgets]
            found.append(measure_impact(made.scored.series, *ends, made.scored.moved, slos))
    return found[0], found[1], client | {"name": name}


def holds(amount: Amount, value: float) -> bool:
    """Whether the range of an amount holds a count."""
    assert amount.low is not None
    assert amount.high is not None
    return amount.low <= value <= amount.high


@pytest.mark.live
def test_requests_that_are_too_slow_by_an_slo_agree_with_the_client(counted: tuple[Impact, Impact, Any]) -> None:
    """All and slow requests, each within its range, for a leak, a slow dependency and too little capacity."""
    _, impact, client = counted

    assert (True, True) == (holds(impact.total, client["total"]), holds(impact.bad, client["slow"]))
    assert "too slow by the objective" in impact.note
    assert ["checkout"] == [one.service for one in impact.touched]


@pytest.mark.live
def test_failed_requests_agree_with_the_client_unless_it_gave_up_first(counted: tuple[Impact, Impact, Any]) -> None:
    """In INC-125 callers stopped waiting after 5 s: a failure that the service never sees, and the note says so."""
    impact, _, client = counted

    assert holds(impact.total, client["total"])
    assert (client["name"] != "INC-125") == holds(impact.bad, client["failed"])
    assert "callers that gave up are not in these counts" in impact.note


@pytest.mark.live
def test_failed_and_slow_together_bound_what_the_client_counted_as_hurt(counted: tuple[Impact, Impact, Any]) -> None:
    """The limit is what was usual before, at most the client's own of a second; so all that it calls hurt is failed or slow."""
    impact, _, client = counted
    assert impact.slow.high is not None
    assert impact.bad.high is not None
    assert impact.slow_over_s is not None

    assert impact.slow_over_s <= SLOW_S
    assert client["hurt"] <= impact.slow.high + impact.bad.high
    assert impact.slow_over_s < SLOW_S or holds(impact.slow, client["slow"])


@pytest.mark.live
def test_a_budget_without_a_day_of_history_says_so_and_gives_its_speed(counted: tuple[Impact, Impact, Any]) -> None:
    """The recordings hold an hour; how fast the budget went is known all the same."""
    _, impact, client = counted
    (budget,) = impact.budgets

    assert (None, "fast-enough") == (budget.spent.value, budget.name)
    assert "a whole day is needed" in budget.spent.reason
    assert holds(budget.burn_rate, client["slow"] / client["total"] / 0.01)
