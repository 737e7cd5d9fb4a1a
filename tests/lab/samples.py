"""A small incident that went through everything people do in a scenario, and GETs at the simulators that serve it."""

import json
import urllib.error
import urllib.request
from typing import Any

from tests.lab.github_state import Repository
from tests.lab.pagerduty_state import Account
from tests.lab.simulators import GITHUB_TOKEN, PAGERDUTY_TOKEN, SLACK_TOKEN, Simulators

ASHA = {"name": "Asha Venkat", "pagerduty": "PASHAV1", "slack": "U01ASHA", "github": "asha-v"}
MIRIAM = {"name": "Miriam Oyelaran", "pagerduty": "PMIRIA1", "slack": "U03MIRIAM", "github": "miriam-oy"}
PAGE = 1_795_000_000.0
SHAS = {"v416": "7" * 40, "v417": "5" * 40, "v418": "c" * 40}
EVENT = {
    "routing_key": "a" * 32, "event_action": "trigger", "dedup_key": "d1", "client": "Alertmanager",
    "client_url": "http://127.0.0.1:9093",
    "payload": {"summary": "[FIRING:1] CheckoutErrors (checkout page)", "source": "Alertmanager", "severity": "critical",
                "custom_details": {"firing": "Labels:\n - alertname = CheckoutErrors\n", "num_firing": "1"}},
}  # fmt: skip


def lived() -> tuple[Account, dict[str, Any]]:
    """An account whose incident went through everything that people do in a scenario."""
    account = Account(123, ASHA)
    incident = account.trigger(EVENT, PAGE)
    account.acknowledge(incident, ASHA, PAGE + 173)
    for number in range(30):
        account.note(incident, ASHA, f"note {number}", PAGE + 200 + number)
    account.request(incident, ASHA, MIRIAM, "please join", PAGE + 300)
    account.join(incident, MIRIAM, PAGE + 360)
    account.status(incident, ASHA, "Checkout has recovered.", PAGE + 400)
    account.resolve(incident, ASHA, PAGE + 500)
    return account, incident


def deployed() -> Repository:
    """Three releases of checkout and a rollback that waited for approval."""
    repository = Repository()
    for index, (version, sha) in enumerate(SHAS.items()):
        number = repository.deploy("checkout", version, sha, "miriam-oy", PAGE + 100 * index, f"release {version}")
        for state, later in (("queued", 0), ("in_progress", 6), ("success", 46)):
            repository.status(number, state, "github-actions[bot]", PAGE + 100 * index + later)
    number = repository.deploy("checkout", "v417", SHAS["v417"], "asha-v", PAGE + 400, "roll back checkout to v417")
    repository.status(number, "pending", "asha-v", PAGE + 400, "waiting for approval by a reviewer of production")
    repository.approve(number, "tbielak", "ok")
    for state, later in (("queued", 243), ("in_progress", 305), ("success", 413)):
        repository.status(number, state, "github-actions[bot]", PAGE + 400 + later)
    return repository


def get(url: str, authorization: str | None = None) -> tuple[int, Any, Any]:
    """Status, body and headers of a GET."""
    request = urllib.request.Request(url, headers={"Authorization": authorization} if authorization else {})
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return answer.status, json.load(answer), answer.headers
    except urllib.error.HTTPError as error:
        with error:
            return error.code, json.load(error), error.headers


def pagerduty(one: Simulators, path: str) -> tuple[int, Any, Any]:
    """A GET at the simulated PagerDuty with the right token."""
    return get(f"{one.pagerduty_url}{path}", f"Token token={PAGERDUTY_TOKEN}")


def github(one: Simulators, path: str) -> tuple[int, Any, Any]:
    """A GET at the simulated GitHub with the right token."""
    return get(f"{one.github_url}{path}", f"Bearer {GITHUB_TOKEN}")


def slack(one: Simulators, path: str) -> Any:
    """The body that the simulated Slack answers to the right token."""
    return get(f"{one.slack_url}/{path}", f"Bearer {SLACK_TOKEN}")[1]
