"""Facts about `timeline detect`: what it prints and writes, and that real servers agree with what it promises."""

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest

from incident_timeline.config import Settings, read_settings
from incident_timeline.errors import UsageError
from incident_timeline.model.incident import Window
from incident_timeline.model.scored import Scored
from incident_timeline.pipeline.build import build
from incident_timeline.pipeline.detect import score_offline, write_candidate
from incident_timeline.pipeline.request import BuildRequest
from incident_timeline.report.counterfactual import counterfactual_text
from tests.lab.record import FIXTURES, served
from tests.lab.replay import begun, firing_samples, replay
from tests.lab.servers import Servers, free_port, missing_binaries
from tests.lab.simulated import Fault, into_prometheus, openmetrics
from tests.pipeline.commands import run_in

NOW = datetime(2030, 1, 1, tzinfo=UTC)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """INC-123's evidence, as a build leaves it."""
    place = tmp_path_factory.mktemp("detect") / "INC-123"
    shutil.copytree(FIXTURES / "INC-123" / "evidence", place / "evidence")
    return place


@pytest.fixture(scope="module")
def scored(folder: Path) -> Scored:
    """INC-123, scored from that."""
    return score_offline(BuildRequest("INC-123", Settings(), folder, folder, NOW, offline=True))


def need(*programs: str) -> None:
    """Skips where a program of the lab is not installed."""
    if absent := missing_binaries(*programs):
        pytest.skip(f"not installed: {', '.join(absent)}")


def unit_tested(tests: Path) -> subprocess.CompletedProcess[str]:
    """What `promtool test rules` says."""
    return subprocess.run(["promtool", "test", "rules", str(tests)], capture_output=True, text=True, check=False)


def test_the_table_names_rule_minutes_and_what_is_not_known(scored: Scored) -> None:
    """The rule on latency saves four minutes; the recording holds no days before, which is said and not counted as none."""
    first, *_ = scored.counterfactual.candidates
    text = counterfactual_text(scored.counterfactual)

    assert ("CheckoutLatencyP99High", "signal") == (first.rule, first.form)
    assert 240 <= first.saved_s <= 260
    assert "missing: no history" in text
    assert "CheckoutErrors" in text
    assert "SRE workbook" in text
    assert "none of them an action item" in text


def test_the_command_prints_json_that_scores_json_has_too(folder: Path) -> None:
    """stdout is the result alone."""
    done = subprocess.run(
        [sys.executable, "-m", "incident_timeline.cli.app", "detect", "INC-123", "--out", str(folder), "--json"],
        capture_output=True, text=True, check=True, cwd=folder,
    )  # fmt: skip

    found = json.loads(done.stdout)
    assert ["candidates", "not_variable", "reason"] == sorted(found)
    assert "CheckoutLatencyP99High" == found["candidates"][0]["rule"]
    assert found["candidates"][0]["history_days"] is None


def test_a_number_that_no_candidate_has_is_refused(scored: Scored, tmp_path: Path) -> None:
    """The sentence says which there are."""
    with pytest.raises(UsageError, match=r"no candidate 99; known are 1 to \d"):
        write_candidate(scored, 99, tmp_path / "new.yml")


def test_a_candidate_picked_for_nothing_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Without --write nothing would be written, and the table shows every candidate."""
    code, _, err = run_in(tmp_path, monkeypatch, capsys)("detect", "INC-123", "--pick", "2")

    assert 2 == code
    assert "give --write FILE too, or leave --pick out" in err


def test_without_raw_samples_of_what_it_reads_a_rule_is_written_without_a_test(scored: Scored, tmp_path: Path) -> None:
    """A test of invented samples would prove nothing."""
    labels = scored.series.labels.filter(pl.col("role") != "selector")
    written = write_candidate(replace(scored, series=replace(scored.series, labels=labels)), 1, tmp_path / "new.yml")

    assert written.tests is None
    assert ["new.yml"] == [path.name for path in tmp_path.iterdir()]


@pytest.mark.live
def test_promtool_accepts_each_rule_and_its_test_is_green_on_it_and_red_on_the_old_one(
    scored: Scored, tmp_path: Path
) -> None:
    """Rule files and tests of every candidate, from the incident's own samples."""
    need()
    for number, one in enumerate(scored.counterfactual.candidates, 1):
        place = tmp_path / str(number)
        place.mkdir()
        written = write_candidate(scored, number, place / "new.yml")
        assert written.tests is not None
        checked = subprocess.run(
            ["promtool", "check", "rules", str(written.rules)], capture_output=True, text=True, check=False
        )
        green = unit_tested(written.tests)
        shutil.copy(FIXTURES / "INC-123" / "rules.yml", written.rules)
        red = unit_tested(written.tests)

        assert 0 == checked.returncode, checked.stdout + checked.stderr
        assert 0 == green.returncode, f"{one.rule} {one.form}: {green.stdout}{green.stderr}"
        assert 0 != red.returncode, f"{one.rule} {one.form}"
        assert "got:[]" in red.stdout + red.stderr


@pytest.mark.live
def test_replayed_on_the_recording_every_rule_fires_when_it_was_promised(scored: Scored, tmp_path: Path) -> None:
    """vmalert evaluates each over the recorded series: within one evaluation of the promised time."""
    need("victoria-metrics", "vmalert")
    with served("INC-123") as place, Servers(tmp_path / "run") as servers:
        target = servers.victoria(tmp_path / "vm", free_port())
        for number, one in enumerate(scored.counterfactual.candidates, 1):
            alert = f"{one.rule}{number}"  # two variations carry the loaded rule's own name
            renamed = replace(scored.counterfactual, candidates=(replace(one, rule=alert),))
            written = write_candidate(replace(scored, counterfactual=renamed), 1, tmp_path / f"{number}.yml")
            start, end = one.fires_at - timedelta(minutes=12), one.fires_at + timedelta(minutes=2)
            start = start.replace(second=0, microsecond=0)
            replay(written.rules, place.prometheus_url, target, start, end, one.interval_s)
            fired = firing_samples(target, alert, start, end)

            assert fired, f"{one.rule} {one.form} never fired"
            assert abs(fired[0] - one.fires_at.timestamp()) <= one.interval_s, f"{one.rule} {one.form}"


QUIET = datetime(2026, 3, 13, 12, tzinfo=UTC)
HURT = datetime(2026, 3, 14, 14, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
# A simulated day with blips, some about as long as a `for`, and then an incident; all of it invented.
BLIPS = [(3, 12, 0.3), (6, 2, 0.5), (9, 1, 0.5), (13, 9, 0.3), (16, 5, 0.4), (19, 7, 0.2)]
FAULTS = [Fault(QUIET + timedelta(hours=h), m * MINUTE, slow, 0.0) for h, m, slow in BLIPS]
FAULTS += [Fault(HURT, 40 * MINUTE, 0.4, 0.3, fails_after=6 * MINUTE)]
RULES = """groups:
- name: shop
  interval: 15s
  rules:
  - alert: CheckoutErrors
    expr: >-
      sum(rate(http_requests_total{service="checkout",code="500"}[1m]))
      / sum(rate(http_requests_total{service="checkout"}[1m])) > 0.05
    for: 2m
    labels: {severity: page}
"""


@pytest.fixture(scope="module")
def simulated(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Scored, str, Path]]:
    """An incident after a simulated day, built from a real Prometheus: what was scored, the server's URL, a folder."""
    need("victoria-metrics", "vmalert")
    place = tmp_path_factory.mktemp("simulated")
    tsdb = into_prometheus(openmetrics(QUIET, HURT + timedelta(hours=2), 15, FAULTS), place)
    with Servers(place / "run") as servers:
        (place / "run" / "rules.yml").write_text(RULES, encoding="utf-8")
        url = servers.prometheus("rule_files: [rules.yml]\n", tsdb, free_port())
        settings = read_settings(None, {"PROMETHEUS_URL": url})
        request = BuildRequest(
            "SIM-1", settings, place / "SIM-1", place, HURT + timedelta(hours=5), service="checkout",
            span=Window(HURT, HURT + timedelta(minutes=50)), only=frozenset({"prometheus", "events"}),
            events_file=_events(place),
        )  # fmt: skip
        yield build(request).scored, url, place


def _events(place: Path) -> Path:
    """A page nine minutes after users began to be hurt, and its end."""
    rows = [
        {"at": (HURT + 9 * MINUTE).isoformat(), "kind": "page", "actor": "Alertmanager", "text": "CheckoutErrors"},
        {"at": (HURT + 45 * MINUTE).isoformat(), "kind": "resolve", "actor": "somebody", "text": "over"},
    ]
    path = place / "events.jsonl"
    path.write_text("\n".join(json.dumps(row) for row in rows), encoding="utf-8")
    return path


@pytest.mark.live
def test_on_a_simulated_quiet_day_each_rule_fires_as_often_as_promised(
    simulated: tuple[Scored, str, Path], tmp_path: Path
) -> None:
    """Evaluated every 60 s, as the days before are read, at the same times; at its own interval within the range that is told."""
    found, url, _ = simulated
    candidates = [one for one in found.counterfactual.candidates if one.history_days is not None]
    end = HURT - timedelta(hours=2, minutes=1)
    assert max(len(one.before) for one in candidates) > 0
    assert max(len(one.perhaps) for one in candidates) > 0
    with Servers(tmp_path / "run") as servers:
        target = servers.victoria(tmp_path / "vm", free_port())
        for number, one in enumerate(candidates, 1):
            promised = [at.timestamp() for at in one.before if at <= end]
            fired = {}
            for interval in (60.0, one.interval_s):
                alert = f"{one.rule}{number}Every{interval:g}"
                renamed = replace(found.counterfactual, candidates=(replace(one, rule=alert, interval_s=interval),))
                written = write_candidate(replace(found, counterfactual=renamed), 1, tmp_path / f"{alert}.yml")
                replay(written.rules, url, target, QUIET, end, interval)
                fired[interval] = begun(firing_samples(target, alert, QUIET, end), interval)

            assert len(promised) == len(fired[60.0]), f"{one.rule} {one.form}"
            assert all(abs(a - b) <= 60 for a, b in zip(promised, fired[60.0], strict=True)), f"{one.rule} {one.form}"
            assert len(promised) <= len(fired[one.interval_s]) <= len(promised) + len(one.perhaps), (
                f"{one.rule} {one.form}"
            )
