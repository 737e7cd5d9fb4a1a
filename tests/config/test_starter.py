"""Facts about the configuration that `timeline init` writes."""

import tomllib

from incident_timeline.config import read_settings
from incident_timeline.config.starter import HINTS, starter_config


def test_the_starter_file_is_read_back_as_the_settings_it_came_from() -> None:
    """What the environment gave stands in it by reference, and nothing secret does."""
    given = {"PAGERDUTY_TOKEN": "s3cret", "PROMETHEUS_URL": "http://127.0.0.1:9090"}
    settings = read_settings(None, given)

    text = starter_config(settings, ("checkout",))
    again = read_settings(text, given)

    assert "s3cret" not in text
    assert (settings.pagerduty, settings.prometheus) == (again.pagerduty, again.prometheus)
    assert [("checkout", ("http",))] == [(s.name, s.queries) for s in again.services]


def test_uncommented_every_line_of_the_starter_file_is_valid() -> None:
    """A person takes the marks away and has a file that works."""
    text = starter_config(read_settings(None, {}))
    bare = "\n".join(line.removeprefix("# ") for line in text.splitlines()[1:] if not line.startswith("# pagerduty ="))

    assert {"pagerduty", "prometheus", "deploys", "chat", "services"} == set(tomllib.loads(bare))


def test_every_hint_names_its_table() -> None:
    """A hint can be typed as it stands."""
    assert [] == [source for source, hint in HINTS.items() if not hint.startswith((f"[{source}]", f"[[{source}]]"))]
