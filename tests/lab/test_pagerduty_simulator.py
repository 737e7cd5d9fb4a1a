"""The simulated PagerDuty answers in the shape of its official schema and keeps state as PagerDuty does."""

import json
import urllib.request

import pytest

from tests.lab.conformance import findings
from tests.lab.github_state import Repository
from tests.lab.pagerduty_answers import Terms
from tests.lab.pagerduty_state import Account
from tests.lab.samples import ASHA, EVENT, PAGE, get, lived, pagerduty
from tests.lab.simulators import PAGERDUTY_TOKEN, Simulators
from tests.lab.slack_state import Channel


@pytest.mark.parametrize(
    ("template", "query"),
    [
        ("/incidents", "?date_range=all"),
        ("/incidents/{id}", ""),
        ("/incidents/{id}/log_entries", "?limit=100&time_zone=UTC&include[]=channels"),
        ("/incidents/{id}/log_entries", "?limit=100"),
        ("/incidents/{id}/alerts", "?limit=100"),
        ("/incidents/{id}/notes", ""),
        ("/incidents/{id}/related_change_events", ""),
        ("/services/{id}", ""),
        ("/services/{id}/change_events", ""),
        ("/change_events", ""),
        ("/oncalls", "?since=2026-11-18T09:00:00Z&until=2026-11-18T14:00:00Z"),
        ("/incidents/{id}/past_incidents", "?limit=20"),
        ("/incidents/{id}/related_incidents", ""),
        ("/analytics/raw/incidents/{id}", ""),
        ("/analytics/raw/incidents/{id}/responses", ""),
    ],
)
def test_pagerduty_answers_keep_its_schema(simulators: Simulators, template: str, query: str) -> None:
    """Every answer is what PagerDuty's OpenAPI file says, but for the deviations listed with their sources."""
    key = "PSVC001" if template.startswith("/services") else simulators.account.state["incidents"][0]["id"]
    status, body, headers = pagerduty(simulators, template.replace("{id}", key) + query)

    assert (200, []) == (status, findings("pagerduty", template, status, body))
    assert {"ratelimit-limit", "ratelimit-remaining", "ratelimit-reset"} <= {name.lower() for name in headers}


@pytest.mark.parametrize(
    "template", ["/incidents", "/incidents/{id}", "/incidents/{id}/alerts", "/incidents/{id}/log_entries"]
)
def test_an_open_incident_keeps_the_schema_too(template: str) -> None:
    """Assignments and acknowledgements are filled while an incident is open, and as the schema has them."""
    account = Account(123, ASHA)
    incident = account.trigger(EVENT, PAGE)
    account.acknowledge(incident, ASHA, PAGE + 5)
    with Simulators(account, Repository(), Channel([ASHA])) as one:
        status, body, _ = pagerduty(one, template.replace("{id}", incident["id"]))

    assert (200, []) == (status, findings("pagerduty", template, status, body))


def test_an_incident_is_found_by_number_and_id_its_parts_by_id_only(simulators: Simulators) -> None:
    """PagerDuty takes the number for the incident alone."""
    key = simulators.account.state["incidents"][0]["id"]
    by_number, by_id = pagerduty(simulators, "/incidents/123"), pagerduty(simulators, f"/incidents/{key}")

    assert by_number[1] == by_id[1]
    assert by_number[1]["incident"]["incident_number"] == 123
    for part in ("log_entries", "alerts", "notes", "related_change_events"):
        assert pagerduty(simulators, f"/incidents/123/{part}")[0] == 404


def test_pages_hold_every_log_entry_once(simulators: Simulators) -> None:
    """Paging by offset ends with `more: false` and gives each entry once; `total` only when asked for."""
    key = simulators.account.state["incidents"][0]["id"]
    seen: list[str] = []
    more = True
    while more:
        _, body, _ = pagerduty(simulators, f"/incidents/{key}/log_entries?limit=7&offset={len(seen)}&total=true")
        seen += [entry["id"] for entry in body["log_entries"]]
        more = body["more"]
        assert body["total"] == len(simulators.account.state["log_entries"])

    assert sorted(seen) == sorted(entry["id"] for entry in simulators.account.state["log_entries"])
    assert pagerduty(simulators, f"/incidents/{key}/log_entries")[1]["total"] is None
    assert pagerduty(simulators, f"/incidents/{key}/log_entries?limit=100&offset=9950")[0] == 400


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("since=2026-11-18T11:06:40Z&until=2026-11-18T11:06:41Z", [123]),
        ("since=2026-11-18T11:06:41Z", []),
        ("until=2026-11-18T11:06:40Z", []),
        ("until=2026-11-18T11:06:40Z&date_range=all", [123]),
        ("statuses[]=resolved", [123]),
        ("statuses[]=triggered&statuses[]=acknowledged", []),
    ],
)
def test_incidents_are_listed_by_time_and_status(simulators: Simulators, query: str, expected: list[int]) -> None:
    """`since` holds its own second, `until` does not, `date_range=all` sets both aside, and statuses choose."""
    found = pagerduty(simulators, f"/incidents?{query}")[1]["incidents"]

    assert expected == [incident["incident_number"] for incident in found]


def test_channels_come_in_full_only_when_asked_for(simulators: Simulators) -> None:
    """The original event stands in the trigger entry's channel with `include[]=channels`."""
    path = f"/incidents/{simulators.account.state['incidents'][0]['id']}/log_entries?limit=100"
    short, full = (
        [
            e["channel"]
            for e in pagerduty(simulators, f"{path}{more}")[1]["log_entries"]
            if e["type"] == "trigger_log_entry"
        ]
        for more in ("", "&include[]=channels")
    )

    assert [("details" in channel) for channel in short + full] == [False, True]
    assert full[0]["details"]["num_firing"] == "1"


def test_what_people_did_is_in_the_log_in_order() -> None:
    """One entry for each act, by the person who acted, and a resolved incident forgets who had it."""
    account, incident = lived()
    log = [(e["type"].removesuffix("_log_entry"), e["agent"]["id"]) for e in account.state["log_entries"]]

    assert log == [
        ("trigger", "PINT001"), ("assign", "PSVC001"), ("notify", "PSVC001"), ("acknowledge", "PASHAV1"),
        *[("annotate", "PASHAV1")] * 30,
        ("responder_request", "PASHAV1"), ("responder_accept", "PMIRIA1"), ("status_update", "PASHAV1"), ("resolve", "PASHAV1"),
    ]  # fmt: skip
    assert (incident["status"], incident["assignments"], incident["acknowledgements"]) == ("resolved", [], [])
    assert [row["state"] for row in incident["incidents_responders"]] == ["joined"]


def test_a_second_event_of_one_key_is_no_second_incident() -> None:
    """While its alert is open, an event with the same dedup key adds a trigger entry alone; afterwards, an incident."""
    account = Account(123, ASHA)
    incident = account.trigger(EVENT, PAGE)
    account.trigger(EVENT, PAGE + 60)
    types = [e["type"] for e in account.state["log_entries"]]
    account.resolve(incident, ASHA, PAGE + 90)
    account.trigger(EVENT, PAGE + 120)

    assert types.count("trigger_log_entry") == 2
    assert [i["incident_number"] for i in account.state["incidents"]] == [123, 124]
    assert [a["status"] for a in account.state["alerts"]] == ["resolved", "triggered"]


def test_the_events_api_takes_a_page_and_says_so() -> None:
    """POST /v2/enqueue answers 202 with the key, and the incident is there at once."""
    with Simulators(Account(123, ASHA), Repository(), Channel([ASHA])) as one:
        request = urllib.request.Request(one.events_url, data=json.dumps(EVENT).encode(), method="POST")
        with urllib.request.urlopen(request, timeout=10) as answer:
            said = answer.status, json.load(answer)["dedup_key"]
        found = pagerduty(one, "/incidents/123")

    assert said == (202, "d1")
    assert found[1]["incident"]["title"] == EVENT["payload"]["summary"]  # type: ignore[index]


def test_what_became_of_an_incident_keeps_the_schema() -> None:
    """Re-opened, merged, handed over, another priority: the answers are PagerDuty's, but for the listed deviations."""
    account, incident = lived()
    account.reopen(incident, ASHA, PAGE + 600)
    other = account.trigger({**EVENT, "dedup_key": "d2"}, PAGE - 100)
    account.prioritise(incident, ASHA, "P3", "P1", PAGE + 610)
    account.hand_over(incident, ASHA, "storefront", PAGE + 620)
    account.merge(incident, other, ASHA, PAGE + 630)
    with Simulators(account, Repository(), Channel([ASHA])) as one:
        found = {
            path: findings("pagerduty", path, *pagerduty(one, path.replace("{id}", key))[:2])
            for key in (incident["id"], other["id"])
            for path in ("/incidents/{id}", "/incidents/{id}/alerts", "/incidents/{id}/log_entries")
        }
        alerts = pagerduty(one, f"/incidents/{incident['id']}/alerts")[1]["alerts"]
        past = pagerduty(one, f"/incidents/{incident['id']}/past_incidents")[1]["past_incidents"]

    assert [] == [one for faults in found.values() for one in faults]
    assert [2, [other["id"]]] == [len(alerts), [row["incident"]["id"] for row in past]]
    assert ("triggered", None, "resolved") == (incident["status"], incident["resolved_at"], other["status"])


def test_times_come_in_the_accounts_zone_unless_utc_is_asked_for(simulators: Simulators) -> None:
    """And a time without an offset is read in that zone."""
    path = f"/incidents/{simulators.account.state['incidents'][0]['id']}/log_entries"
    simulators.terms = Terms("America/New_York")
    try:
        zoned, utc = (pagerduty(simulators, path + query)[1] for query in ("", "?time_zone=UTC"))
        naive = pagerduty(simulators, "/incidents?since=2026-11-18T06:00:00&until=2026-11-18T07:00:00")[1]["incidents"]
    finally:
        simulators.terms = Terms()

    last = [rows["log_entries"][0]["created_at"] for rows in (zoned, utc)]
    assert ["2026-11-18T06:15:00-05:00", "2026-11-18T11:15:00Z"] == last
    assert [123] == [row["incident_number"] for row in naive]


def test_a_token_of_one_region_is_unknown_in_the_other(simulators: Simulators) -> None:
    """The wrong region shows as 401."""
    there = get(f"{simulators.pagerduty_eu_url}/incidents/123", f"Token token={PAGERDUTY_TOKEN}")[0]

    assert [200, 401] == [pagerduty(simulators, "/incidents/123")[0], there]
