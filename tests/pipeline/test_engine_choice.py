"""Facts about --engine: what cannot be used is one sentence with the next step, and its exit code."""

import sys
from pathlib import Path

import pytest

from tests.lab.servers import free_port
from tests.pipeline.commands import run_in


@pytest.mark.parametrize(("archive", "engine", "code", "words"), [
    (None, "spark", 2, "--engine 'spark' is not known; say local, or dask://HOST:PORT"),
    (None, "dask://scheduler", 2, "is not known; say local, or dask://HOST:PORT"),
    (None, "dask://127.0.0.1:1", 2, "this run's lies only in incidents/: set bundles under [archive] in timeline.toml to s3://"),
    ("bundles", "dask://127.0.0.1:1", 2, "file:///... for a folder that every worker mounts"),
    ("file:///bundles", "dask://127.0.0.1:{port}", 4, "start one with `dask scheduler`, or use --engine local"),
])  # fmt: skip
def test_an_engine_that_cannot_be_used_is_one_sentence(
    archive: str | None, engine: str, code: int, words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    """Unknown, without a port, without shared storage, with a folder of this machine, with a scheduler that is not there."""
    from incident_timeline.engines import cluster

    monkeypatch.setattr(cluster, "_CONNECT_S", 1)
    if archive:
        (tmp_path / "timeline.toml").write_text(f'[archive]\nurl = "tables"\nbundles = "{archive}"\n')
    run = run_in(tmp_path, monkeypatch, capsys)
    ended, _, said = run("backfill", "--offline", "--engine", engine.format(port=free_port()))

    assert (code, 1) == (ended, said.count("\n"))
    assert words in said


def test_a_missing_extra_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """With what installs it."""
    monkeypatch.setitem(sys.modules, "distributed", None)
    monkeypatch.delitem(sys.modules, "incident_timeline.engines.cluster", raising=False)
    (tmp_path / "timeline.toml").write_text('[archive]\nurl = "tables"\nbundles = "s3://bucket/bundles"\n')
    run = run_in(tmp_path, monkeypatch, capsys)
    ended, _, said = run("backfill", "--offline", "--engine", "dask://127.0.0.1:8786")

    assert 2 == ended
    assert said.endswith("pip install 'incident-timeline[dask]'\n")
