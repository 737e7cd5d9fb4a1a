"""The simulators together: what the schemas can find, refusals, Slack's pages, states saved and loaded."""

import json

import pytest

from tests.lab.conformance import findings
from tests.lab.github_state import Repository
from tests.lab.pagerduty_state import Account
from tests.lab.samples import ASHA, PAGE, get, github, lived, pagerduty, slack
from tests.lab.simulators import Simulators
from tests.lab.slack_state import Channel


def test_the_schemas_can_find_something() -> None:
    """A lacking field, a wrong type, a word outside the enum and an invented field are found, at their places."""
    account, incident = lived()
    entry = {**account.state["log_entries"][0], "created_at": 12}
    page = {"offset": 0, "limit": 25, "more": False, "total": None}

    assert findings("pagerduty", "/incidents/{id}", 200, {}) == ["$: 'incident' is a required property"]
    assert findings("pagerduty", "/incidents/{id}", 200, {"incident": {**incident, "status": "open", "colour": "red"}}) == [
        "$.incident.status: 'open' is not one of ['triggered', 'acknowledged', 'resolved']", "$: unnamed field colour",
    ]  # fmt: skip
    assert findings("pagerduty", "/incidents/{id}/log_entries", 200, {**page, "log_entries": [entry]}) == [
        "$.log_entries[0]: 12 is not of type 'string'"
    ]
    assert findings("github", "/repos/{owner}/{repo}/releases", 200, [{}])


@pytest.mark.parametrize("authorization", [None, "Token token=wrong", "Bearer wrong"])
def test_a_wrong_token_is_401_at_both(simulators: Simulators, authorization: str | None) -> None:
    """Both say no in their own words, before they look for anything."""
    status, body, _ = get(f"{simulators.pagerduty_url}/incidents/123", authorization)
    assert (401, []) == (status, findings("pagerduty", "/incidents/{id}", status, body))

    status, body, _ = get(f"{simulators.github_url}/repos/acme/shop/deployments", authorization)
    assert (401, "Bad credentials") == (status, body["message"])
    assert get(f"{simulators.slack_url}/users.list", authorization)[1] == {"ok": False, "error": "invalid_auth"}


def test_what_is_not_there_is_404_at_both(simulators: Simulators) -> None:
    """An unknown incident, repository, deployment or run."""
    status, body, _ = pagerduty(simulators, "/incidents/999")
    assert (404, 2100, []) == (status, body["error"]["code"], findings("pagerduty", "/incidents/{id}", status, body))

    for path in ("/repos/acme/other/deployments", "/repos/acme/shop/deployments/1/statuses", "/repos/acme/shop/actions/runs/1/jobs",
                 "/repos/acme/shop/compare/v416...v9"):  # fmt: skip
        assert (404, "Not Found") == (github(simulators, path)[0], github(simulators, path)[1]["message"])


def test_slack_history_is_newest_first_bounded_and_paged(simulators: Simulators) -> None:
    """`oldest`, `latest`, `limit` and `cursor` of conversations.history, and replies of a lone message."""
    whole = slack(simulators, "conversations.history?channel=C0123")
    first = slack(simulators, "conversations.history?channel=C0123&limit=2")
    rest = slack(
        simulators, f"conversations.history?channel=C0123&limit=2&cursor={first['response_metadata']['next_cursor']}"
    )
    bounded = slack(simulators, f"conversations.history?channel=C0123&oldest={PAGE + 30}&latest={PAGE + 90}")
    lone = slack(simulators, f"conversations.replies?channel=C0123&ts={whole['messages'][0]['ts']}")

    assert [message["text"] for message in whole["messages"]] == ["line 2", "line 1", "line 0"]
    assert first["messages"] + rest["messages"] == whole["messages"]
    assert (first["has_more"], rest["has_more"]) == (True, False)
    assert [message["text"] for message in bounded["messages"]] == ["line 1"]
    assert lone["messages"] == whole["messages"][:1]
    assert slack(simulators, "conversations.history?channel=C9") == {"ok": False, "error": "channel_not_found"}
    assert [user["id"] for user in slack(simulators, "users.list")["members"]] == ["U01ASHA", "U03MIRIAM"]


def test_a_state_saved_and_loaded_answers_the_same(simulators: Simulators) -> None:
    """The states are JSON; served again they answer byte for byte as before."""
    states = [
        json.loads(json.dumps(one.state)) for one in (simulators.account, simulators.repository, simulators.channel)
    ]
    key = simulators.account.state["incidents"][0]["id"]
    paths = (
        "/incidents/123",
        f"/incidents/{key}/log_entries?limit=100",
        f"/incidents/{key}/notes",
        f"/incidents/{key}/alerts",
    )
    before = [pagerduty(simulators, path)[1] for path in paths], github(simulators, "/repos/acme/shop/actions/runs")[1]
    with Simulators(Account(123, ASHA, states[0]), Repository(states[1]), Channel([], states[2])) as again:
        after = [pagerduty(again, path)[1] for path in paths], github(again, "/repos/acme/shop/actions/runs")[1]

    assert before == after
