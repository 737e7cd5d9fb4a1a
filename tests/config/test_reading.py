"""Facts about the configuration file and the variables that win over it."""

from pathlib import Path

import pytest

from incident_timeline.config import read_settings
from incident_timeline.errors import ConfigError

EXAMPLE = """
[pagerduty]
url = "https://api.eu.pagerduty.com/"
token = "env:PD"
prefix = "OPS-"
[prometheus]
url = "http://127.0.0.1:9090"
headers = { X-Scope-OrgID = "acme" }
[[deploys]]
kind = "github"
repo = "acme/shop"
token = "env:GITHUB_TOKEN"
[services.checkout]
pagerduty = "PSVC1"
queries = ["http", "mine.yaml"]
"""


def test_a_file_becomes_frozen_settings_with_its_secrets_resolved() -> None:
    """Every key of the file lands in its place."""
    settings = read_settings(EXAMPLE, {"PD": "p1", "GITHUB_TOKEN": "g1"})

    assert settings.pagerduty is not None
    assert settings.prometheus is not None
    assert ("https://api.eu.pagerduty.com", "p1", "OPS-") == (
        settings.pagerduty.connection.url, settings.pagerduty.connection.token, settings.pagerduty.prefix,
    )  # fmt: skip
    assert (("X-Scope-OrgID", "acme"),) == settings.prometheus.connection.headers
    assert ("acme/shop", "https://api.github.com", "g1") == (
        settings.deploys[0].repo, settings.deploys[0].connection.url, settings.deploys[0].connection.token,
    )  # fmt: skip
    assert (("PSVC1",), ("http", "mine.yaml")) == (settings.services[0].pagerduty, settings.services[0].queries)


def test_two_variables_are_enough_without_any_file() -> None:
    """PAGERDUTY_TOKEN and PROMETHEUS_URL configure both sources."""
    settings = read_settings(None, {"PAGERDUTY_TOKEN": "p1", "PROMETHEUS_URL": "http://127.0.0.1:9090"})

    assert settings.pagerduty is not None
    assert settings.prometheus is not None
    assert ("https://api.pagerduty.com", "p1") == (
        settings.pagerduty.connection.url,
        settings.pagerduty.connection.token,
    )


def test_a_variable_wins_over_the_file() -> None:
    """TIMELINE_PAGERDUTY_URL and TIMELINE_PAGERDUTY_TOKEN are the values themselves."""
    given = {"TIMELINE_PAGERDUTY_URL": "http://127.0.0.1:1", "TIMELINE_PAGERDUTY_TOKEN": "t", "GITHUB_TOKEN": "g"}

    settings = read_settings(EXAMPLE, given)

    assert settings.pagerduty is not None
    assert ("http://127.0.0.1:1", "t") == (settings.pagerduty.connection.url, settings.pagerduty.connection.token)


def test_nothing_configured_is_no_error() -> None:
    """A folder without file and variables has no sources, which a build may still fill with --events."""
    settings = read_settings(None, {})

    assert (None, None, (), ()) == (settings.pagerduty, settings.prometheus, settings.deploys, settings.services)


def test_an_offline_build_needs_no_secret() -> None:
    """With no section asked for, references are not followed."""
    settings = read_settings(EXAMPLE, {}, secrets_of=frozenset())

    assert settings.pagerduty is not None
    assert settings.pagerduty.connection.token is None


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[pagerduty]\ntokn = 'x'", "unknown key pagerduty.tokn"),
        ("[pagerduty]\ntoken = 'abc123'", "a secret must be a reference"),
        ("[pagerduty]\ntoken = 'env:NOT_SET'", "the variable NOT_SET is not set"),
        ("[prometheus]\nurl = 'localhost:9090'", "must start with http:// or https://"),
        ("[prometheus]\nurl = 'http://[::1'", "prometheus.url 'http://[::1' is no address; write it like"),
        ("[prometheus]\nurl = 'http://host:x/'", "prometheus.url 'http://host:x/' is no address; write it like"),
        ("[prometheus]\nurl = 'https://me:pw@host'", "prometheus.url names a user; give username and password"),
        ("[prometheus]\nurl = 'http://host'\ntimeout_s = 0", "timeout_s must be a number of seconds over 0"),
        ("[prometheus]\nurl = 'http://x'\nheaders = { Authorization = 'Bearer x' }", "looks like a secret"),
        ("[prometheus]\nurl = 'http://x'\ntimeout_s = 'soon'", "must be a number of seconds"),
        ("[[deploys]]\nkind = 'github'", "deploys[0].repo is missing"),
        ("pagerduty = 3", "pagerduty must be a table"),
        ("[services]\ncheckout = 'x'", "services.checkout must be a table"),
        ("[broken", "is not valid TOML"),
    ],
)
def test_a_bad_key_is_named_with_its_file(text: str, words: str) -> None:
    """One sentence names the file, the key and what to do."""
    with pytest.raises(ConfigError) as error:
        read_settings(text, {}, name="timeline.toml")

    assert words in str(error.value)
    assert "timeline.toml" in str(error.value)


def test_a_secret_may_lie_in_a_file_beside_the_configuration(tmp_path: Path) -> None:
    """file:PATH is relative to the configuration file."""
    (tmp_path / "token").write_text("t0k\n", encoding="utf-8")

    settings = read_settings("[pagerduty]\ntoken = 'file:token'", {}, folder=tmp_path)

    assert settings.pagerduty is not None
    assert "t0k" == settings.pagerduty.connection.token


def test_settings_never_show_a_secret() -> None:
    """The printed form of settings holds no token and no header value."""
    assert "p1-secret" not in repr(read_settings(None, {"PAGERDUTY_TOKEN": "p1-secret"}))


def test_pagerduty_and_prometheus_as_deploys_take_the_address_of_their_section() -> None:
    """No further credential; what the table says itself goes first. A file needs no address."""
    text = """
        [prometheus]
        url = "https://metrics.example"
        headers = { X-Scope-OrgID = "acme" }
        [[deploys]]
        kind = "prometheus"
        [[deploys]]
        kind = "pagerduty"
        bearer = "env:OTHER"
        [[deploys]]
        kind = "file"
        path = "deploys.csv"
    """
    settings = read_settings(text, {"PAGERDUTY_TOKEN": "t", "OTHER": "o"})

    seen, changes, file = settings.deploys
    assert seen.connection is not None
    assert ("https://metrics.example", (("X-Scope-OrgID", "acme"),)) == (seen.connection.url, seen.connection.headers)
    assert changes.connection is not None
    assert ("https://api.pagerduty.com", "t", "o") == (
        changes.connection.url,
        changes.connection.token,
        changes.connection.bearer,
    )
    assert (None, "deploys.csv") == (file.connection, file.path)


def test_a_day_and_a_time_may_stand_as_toml_writes_them() -> None:
    """`date = 2026-11-17` without quotes is a day too."""
    text = '[[chat]]\nkind = "paste"\npath = "c.txt"\ndate = 2026-11-17\nstart = 2026-11-17T14:00:00Z\n'

    assert (("date", "2026-11-17"), ("start", "2026-11-17T14:00:00+00:00")) == read_settings(text, {}).chat[0].options


def test_prometheus_is_asked_for_changes_where_no_deploys_are_configured() -> None:
    """What it saw needs no further credential; a table of deploys says otherwise."""
    alone = read_settings(None, {"PROMETHEUS_URL": "http://127.0.0.1:9090"})
    told = read_settings('[[deploys]]\nkind = "file"\npath = "d.csv"\n', {"PROMETHEUS_URL": "http://127.0.0.1:9090"})

    assert [("prometheus", alone.prometheus.connection if alone.prometheus else None)] == [
        (d.kind, d.connection) for d in alone.deploys
    ]
    assert ["file"] == [one.kind for one in told.deploys]


def test_the_archive_lies_beside_the_file_or_at_an_address_spelled_either_way(tmp_path: Path) -> None:
    """A slash at the end of an address changes nothing: what a folder remembers of a place is remembered of both."""
    text = '[archive]\nurl = "tables"\nbundles = "s3://bucket/bundles{}"\n'
    plain, slashed = (read_settings(text.format(end), {}, folder=tmp_path).archive for end in ("", "/"))

    assert plain is not None
    assert plain == slashed
    assert (str(tmp_path / "tables"), "s3://bucket/bundles") == (plain.url, plain.bundles)
