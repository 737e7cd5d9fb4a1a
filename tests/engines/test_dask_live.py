"""Facts about --engine dask://, against a real scheduler, real workers and an S3-compatible store on loopback."""

import time
from collections.abc import Iterator, Sequence
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from incident_timeline.archive.store import Archive, check, read_table
from incident_timeline.config import Settings
from incident_timeline.config.settings import ArchiveSettings
from incident_timeline.engines.cluster import DaskEngine
from incident_timeline.engines.spread import Died, spread
from incident_timeline.errors import EngineError
from incident_timeline.model.archived import TABLES
from incident_timeline.pipeline import rescoring
from incident_timeline.pipeline.backfill import rescore_kept
from incident_timeline.pipeline.engine_choice import Choice
from incident_timeline.pipeline.request import BuildRequest
from tests.engines.test_spread import DEADLY, doubled, own_process
from tests.lab.dask_cluster import Cluster, cluster
from tests.lab.families import simulate, write_simulated
from tests.lab.object_store import ObjectStore, object_store

pytestmark = pytest.mark.live
COUNT, TASK = 160, 20


@pytest.fixture(scope="module")
def s3(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ObjectStore]:
    """An S3-compatible store with a bucket."""
    with object_store(tmp_path_factory.mktemp("moto")) as one:
        yield one


@pytest.fixture(scope="module")
def two(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """A scheduler that gives a batch up when a second worker dies of it, and two workers."""
    with cluster(tmp_path_factory.mktemp("dask"), 2, allowed_failures="1") as one:
        yield one


def offline(base: Path, s3: ObjectStore, tables: str, said: list[str]) -> BuildRequest:
    """A backfill of the evidence in the store into tables of a name; `said` gets its progress."""
    archive = ArchiveSettings(f"{s3.url}/{tables}", f"{s3.url}/bundles", tuple(s3.options.items()))
    base.mkdir(exist_ok=True)
    return BuildRequest(
        "", Settings(archive=archive), None, base, datetime(2026, 11, 1, tzinfo=UTC), offline=True, say=said.append
    )


def tables(request: BuildRequest) -> dict[str, pl.DataFrame]:
    """Every table whole, in one order; nothing is wrong with them."""
    assert request.settings.archive is not None
    archive = Archive(request.settings.archive.url, dict(request.settings.archive.options))
    assert [] == check(archive)
    return {name: read_table(archive, name).collect().sort(TABLES[name].keys(), nulls_last=True) for name in TABLES}


def asleep(batch: Sequence[float]) -> None:
    """A batch that takes longer than anybody here waits."""
    time.sleep(batch[0])


def test_two_workers_one_of_them_killed_give_the_table_of_local(
    s3: ObjectStore, two: Cluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Simulated incidents, scored from the store; one worker is killed in the middle: the same rows, nothing twice."""
    monkeypatch.setattr(rescoring, "BATCH", TASK)
    write_simulated(tmp_path / "one", simulate(COUNT))
    local = offline(tmp_path / "one", s3, "local", [])
    done = rescore_kept(local, Choice("local", 2), timer=time.monotonic)
    assert (COUNT, COUNT) == (done.listed, done.written)

    said: list[str] = []
    request = offline(
        tmp_path / "other", s3, "dask", said
    )  # nothing lies in that folder: all there is, is in the store

    def say(line: str) -> None:
        said.append(line)
        if len(said) == 2:
            two.kill_worker("worker-1")

    object.__setattr__(request, "say", say)
    again = rescore_kept(request, Choice(f"dask://{two.address}"), timer=time.monotonic)
    two.start_worker("worker-2")
    two.wait_for_workers(2)

    assert (COUNT, COUNT, 0) == (again.listed, again.written, again.there)
    assert again.lacking == done.lacking
    assert f"archived: {COUNT} of {COUNT} incidents" == said[-1]
    expected, found = tables(local), tables(request)
    assert COUNT == found["incidents"].height
    for name in TABLES:
        assert_frame_equal(expected[name], found[name])


def test_an_item_that_its_workers_die_of_costs_itself(two: Cluster) -> None:
    """Nannies start the killed workers again; the others' results all come, the deadly item is named, and there is an end."""
    for number in range(2):
        two.start_worker(f"nursed-{number}", "--nanny")
    two.wait_for_workers(4)
    for name in [one for one in two.servers.running if one.startswith("worker")]:
        two.servers.stop(name)
    with closing(DaskEngine(two.address)) as engine:
        done = list(spread(engine, doubled, [list(range(first, first + 5)) for first in range(0, 40, 5)]))
    lost = [batch for batch, result in done if isinstance(result, Died)]
    results = [one for _, result in done if not isinstance(result, Died) for one in result]

    assert [[DEADLY]] == lost
    assert [2 * one for one in range(40) if one != DEADLY] == sorted(results)


def test_a_cluster_that_cannot_be_used_is_one_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No worker; a worker of another version; no worker any more; a scheduler that is lost."""
    monkeypatch.setattr("incident_timeline.engines.cluster._CONNECT_S", 5)  # how long it tries to find a lost one again
    other = tmp_path / "other" / "incident_timeline-0.0.1.dist-info"
    other.mkdir(parents=True)
    (other / "METADATA").write_text("Metadata-Version: 2.1\nName: incident-timeline\nVersion: 0.0.1\n")
    with cluster(tmp_path / "dask", 0) as one:
        with pytest.raises(EngineError, match="has no worker; start some with `dask worker"):
            DaskEngine(one.address)
        one.start_worker("old", variables={"PYTHONPATH": str(other.parent)})
        one.wait_for_workers(1)
        with pytest.raises(EngineError, match=r"1 of 1 Dask workers have another version.*has 0\.0\.1\); install"):
            DaskEngine(one.address)
        one.servers.stop("old")
        one.start_worker("new")
        one.wait_for_workers(1)
        with closing(DaskEngine(one.address)) as engine:
            assert 1 == len(list(spread(engine, own_process, [[1]])))
            one.servers.stop("new")
            monkeypatch.setattr("incident_timeline.engines.spread._LOOK_S", 0.2)
            with pytest.raises(EngineError, match=r"^no worker .* is left; what was scored is archived: start workers"):
                list(spread(engine, own_process, [[2]]))
        one.start_worker("newer")
        one.wait_for_workers(1)
        with closing(DaskEngine(one.address)) as engine:
            under_way = engine.submit(asleep, [60])
            one.servers.stop("scheduler")
            with pytest.raises(EngineError, match=r"was lost .*run the same command to go on"):
                list(spread(engine, doubled, [[1]]))
            assert under_way.cancelled()
