"""One build of a real Buildbot becomes a deploy of the timeline."""

import json
import shutil
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from incident_timeline.cli import app
from tests.lab.buildbot import NEEDED, ended, force, start_buildbot
from tests.lab.servers import Servers

ABSENT = [name for name in NEEDED if shutil.which(name) is None]


@pytest.mark.live
@pytest.mark.skipif(bool(ABSENT), reason=f"{', '.join(ABSENT)} not installed")
def test_a_forced_build_lands_as_a_deploy_with_start_and_finish(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Asked for through Buildbot's own API, read through it by `timeline build`; the times are those of its record."""
    begun = datetime.now(UTC).replace(microsecond=0)
    with Servers(tmp_path / "logs") as servers:
        url = start_buildbot(servers, tmp_path / "buildbot")
        force(url, reason="release v418", revision="b" * 40, service="checkout", environment="production")
        until = time.monotonic() + 60
        while not (done := ended(url)) and time.monotonic() < until:
            time.sleep(0.2)
        (tmp_path / "timeline.toml").write_text(f'[[deploys]]\nkind = "buildbot"\nurl = "{url}"\nbuilder = "deploy"\n')
        monkeypatch.chdir(tmp_path)
        span = ["--from", begun.isoformat(), "--to", (datetime.now(UTC) + timedelta(seconds=1)).isoformat()]
        code = run(monkeypatch, "build", "outage-1", *span, "--service", "checkout")

    (change,) = json.loads((tmp_path / "incidents" / "outage-1" / "scores.json").read_text())["changes"]
    (build,) = done
    assert 0 == code
    assert [build["started_at"], build["complete_at"]] == [
        datetime.fromisoformat(change[key]).timestamp() for key in ("at", "finished")
    ]
    assert 2 <= build["complete_at"] - build["started_at"]
    assert ("checkout", "b" * 40, False) == (change["service"], change["sha"], change["is_rollback"])


def run(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int:
    """The real command; its exit code."""
    monkeypatch.setattr(sys, "argv", ["timeline", *arguments])
    try:
        app.main()
    except SystemExit as stopped:
        return int(stopped.code or 0)
    return 0
