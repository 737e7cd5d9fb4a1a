"""The configuration file that a build without one would have used, and what each further line would add."""

from incident_timeline.config.settings import Settings

# What a source that is not configured would add, by its name in the coverage.
HINTS = {
    "pagerduty": '[pagerduty] token = "env:PAGERDUTY_TOKEN" adds the page, acknowledgements, notes and who was asked',
    "prometheus": '[prometheus] url = "http://...:9090" adds when users were hurt, why the alert came late, and the charts',
    "deploys": '[[deploys]] kind = "github", repo = "owner/name" adds deploys, approvals and rollbacks',
    "chat": '[[chat]] kind = "slack", channel = "C0123" (or kind = "slack-export"; or --paste FILE) adds what people said',
}


def starter_config(settings: Settings, services: tuple[str, ...] = ()) -> str:
    """A timeline.toml with what the environment gave, by reference, and every other source as a comment to fill in."""
    pagerduty, prometheus = settings.pagerduty, settings.prometheus
    lines = [
        "# Flags win over variables, variables over this file. Secrets only as env:NAME, file:PATH or cmd:COMMAND.",
        "",
    ]
    url = pagerduty.connection.url if pagerduty else "https://api.pagerduty.com"
    rows = [f'url = "{url}"', 'token = "env:PAGERDUTY_TOKEN"', f'prefix = "{settings.prefix}"']
    lines += _block("[pagerduty]", rows, active=pagerduty is not None)
    url = prometheus.connection.url if prometheus else "http://127.0.0.1:9090"
    lines += _block("[prometheus]", [f'url = "{url}"'], active=prometheus is not None)
    lines += _block("[[deploys]]", ['kind = "github"', 'repo = "owner/name"', 'token = "env:GITHUB_TOKEN"'])
    lines += _block("[[chat]]", ['kind = "slack"', 'channel = "C0123456789"', 'token = "env:SLACK_TOKEN"'])
    for name in services or ("checkout",):
        rows = ['queries = ["http"]  # a folder of query files', '# pagerduty = "PSVC123"']
        lines += _block(f"[services.{name}]", rows, active=name in services)
    return "\n".join(lines)


def _block(head: str, rows: list[str], *, active: bool = False) -> list[str]:
    mark = "" if active else "# "
    return [f"{mark}{head}", *(f"{mark}{row}" for row in rows), ""]
