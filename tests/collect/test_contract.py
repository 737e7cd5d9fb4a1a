"""The contract that every collector keeps, whatever its source."""

import gzip
import json
import re
from pathlib import Path
from typing import Any

import httpx
import polars as pl
import pytest
from polars.testing import assert_frame_equal

from incident_timeline.collect.base import guarded
from incident_timeline.collect.deploys.rows import LEAD
from incident_timeline.model.events import check_events
from incident_timeline.model.incident import Window
from tests.collect.ci_simulators import TOKEN
from tests.collect.contract_sources import SOURCES
from tests.collect.sources import WINDOW, replayed
from tests.lab.simulators import GITHUB_TOKEN, PAGERDUTY_TOKEN, SLACK_TOKEN

SECRETS = (PAGERDUTY_TOKEN, GITHUB_TOKEN, SLACK_TOKEN, TOKEN, "R0123456789ABCDEFGHIJ", "@example.com")
LISTING = [name for name in SOURCES if name != "pagerduty"]  # PagerDuty without its incident is no build at all


@pytest.mark.parametrize("name", SOURCES)
def test_rows_keep_the_schema_and_lie_in_the_window(name: str, tmp_path: Path) -> None:
    """Every row is an event of the one schema, in UTC, inside the window (deploys and changes: up to 24 h before it)."""
    source = SOURCES[name]
    with source.opened(tmp_path) as (chain, _):
        events = source.collect(chain(tmp_path / "evidence")[0], WINDOW).events

    lead = LEAD if set(events["source"]) <= {"deploys"} or name == "changes" else WINDOW.start - WINDOW.start
    assert [] == check_events(events)
    assert events.height
    assert events.filter(~pl.col("at").is_between(WINDOW.start - lead, WINDOW.end)).is_empty()


@pytest.mark.parametrize("name", SOURCES)
def test_two_runs_and_a_replay_give_the_same_frame(name: str, tmp_path: Path) -> None:
    """Ids are stable, a second run asks nothing, and the bundle alone gives the same."""
    source, folder = SOURCES[name], tmp_path / "evidence"
    with source.opened(tmp_path) as (chain, asked):
        first = source.collect(chain(folder)[0], WINDOW)
        before = asked()
        transport, bundle = chain(folder)
        second = source.collect(transport, WINDOW)
        assert before == asked()
        bundle.finish()
        kept = bundle.entries[0].source
    offline = source.collect(replayed(folder, kept), WINDOW)

    assert_frame_equal(first.events, second.events)
    assert_frame_equal(first.events, offline.events)
    assert first.coverage == offline.coverage


@pytest.mark.parametrize("name", SOURCES)
def test_no_secret_reaches_a_row_or_the_bundle(name: str, tmp_path: Path) -> None:
    """Tokens, keys and e-mail addresses stand in no row, and in no stored byte."""
    source, folder = SOURCES[name], tmp_path / "evidence"
    with source.opened(tmp_path) as (chain, _):
        transport, bundle = chain(folder)
        found = source.collect(transport, WINDOW)
        bundle.finish()
    stored = b"".join(gzip.decompress(p.read_bytes()) for p in folder.rglob("*.gz"))
    text = (stored + (folder / "manifest.json").read_bytes()).decode() + found.events.write_json()

    assert [] == [word for word in SECRETS if word in text]


@pytest.mark.parametrize("name", LISTING)
def test_an_empty_answer_is_an_empty_frame_and_no_failure(name: str, tmp_path: Path) -> None:
    """Nothing in the window is said, and is not a source that failed."""
    day = WINDOW.end - WINDOW.start
    later = Window(WINDOW.end + 9 * day, WINDOW.end + 10 * day)
    source = SOURCES[name]
    with source.opened(tmp_path) as (chain, _):
        found = source.collect(chain(tmp_path / "evidence")[0], later)

    assert (0, True) == (found.events.height, found.coverage[0].ok)
    assert found.coverage[0].reason


@pytest.mark.parametrize("name", [name for name in LISTING if SOURCES[name].refuses])
def test_a_refused_token_is_coverage_that_says_what_to_do(name: str, tmp_path: Path) -> None:
    """A wrong token raises nothing: the report says so."""
    source = SOURCES[name]
    with source.opened(tmp_path) as (chain, _):
        found = source.collect(chain(tmp_path / "evidence", "wrong")[0], WINDOW)

    assert (0, False) == (found.events.height, found.coverage[0].ok)
    assert "check the token" in found.coverage[0].reason


@pytest.mark.parametrize("name", LISTING)
def test_what_the_bundle_lacks_is_said(name: str, tmp_path: Path) -> None:
    """A replay without answers is coverage, never an empty success."""
    found = SOURCES[name].collect(replayed(tmp_path, name), WINDOW)

    assert not found.coverage[0].ok
    assert "has no answer" in found.coverage[0].reason


class _Cut(httpx.BaseTransport):
    """Passes every answer on, cut in half."""

    def __init__(self, inner: httpx.BaseTransport) -> None:
        self.inner = inner

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """The first half of the answer's bytes, with its status and headers."""
        answer = self.inner.handle_request(request)
        content = answer.read()
        return httpx.Response(answer.status_code, headers=answer.headers, content=content[: len(content) // 2])


@pytest.mark.parametrize("name", [name for name in LISTING if SOURCES[name].refuses])
def test_an_answer_that_is_cut_short_is_said(name: str, tmp_path: Path) -> None:
    """A proxy gave up in the middle: the source is then partial, never empty and well."""
    source = SOURCES[name]
    with source.opened(tmp_path) as (chain, _):
        found = source.collect(_Cut(chain(tmp_path / "evidence")[0]), WINDOW)

    assert not found.coverage[0].ok
    assert found.coverage[0].reason


class _Other(httpx.BaseTransport):
    """Passes every answer on with one thing in it made into another: all lists, objects or texts."""

    def __init__(self, inner: httpx.BaseTransport, kind: type, other: Any) -> None:
        self.inner, self.kind, self.other = inner, kind, other

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """The answer, with what lies two levels down and deeper of another type than documented."""
        answer = self.inner.handle_request(request)
        body = self._changed(json.loads(answer.read() or b"{}"), 0)
        headers = {name: value for name, value in answer.headers.items() if name != "content-length"}
        return httpx.Response(answer.status_code, headers=headers, content=json.dumps(body).encode())

    def _changed(self, node: Any, depth: int) -> Any:
        if depth > 2 and isinstance(node, self.kind):
            return self.other
        if isinstance(node, dict):
            return {key: self._changed(value, depth + 1) for key, value in node.items()}
        return [self._changed(value, depth + 1) for value in node] if isinstance(node, list) else node


@pytest.mark.parametrize(("kind", "other"), [(dict, 7), (list, {"a": 1}), (str, [1]), (str, 7)])
@pytest.mark.parametrize("name", [name for name in SOURCES if SOURCES[name].refuses])
def test_an_answer_of_another_shape_ends_no_build(name: str, kind: type, other: Any, tmp_path: Path) -> None:
    """A proxy or a new version: what can be read is, and what cannot is said with the line that met it."""
    source = SOURCES[name]
    with source.opened(tmp_path) as (chain, _):
        transport = _Other(chain(tmp_path / "evidence")[0], kind, other)
        found = guarded(name, lambda: source.collect(transport, WINDOW))

    assert [] == check_events(found.events)
    assert found.coverage
    if "documented shape" in found.coverage[0].reason:
        assert not found.coverage[0].ok
        assert re.search(r"met in \w+\.py line \d+", found.coverage[0].reason)
