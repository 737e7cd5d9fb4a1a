"""Tells by a name alone whether it is a machine's."""

import re

_MACHINE = re.compile(
    r"\bbot\b|[-_]bot\b|bot\]|\b(?:deploy|alert|release|ops|build|incident|chat|git|slack|hu|ci)bot\b|\b(?:monitoring|automation"
    r"|alertmanager|prometheus|grafana|pagerduty|opsgenie|jenkins|webhook|argocd|nagios|zabbix|datadog|sentry|pingdom|statuspage"
    r"|github.actions|deploy tool|system|scheduler|ci)\b",
    re.IGNORECASE,
)


def names_machine(name: str) -> bool:
    """Whether a name is that of a bot or of a system that writes by itself."""
    return bool(_MACHINE.search(name))
