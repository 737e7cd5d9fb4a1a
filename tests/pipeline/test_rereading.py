"""Facts about reading the archive anew: rows that other rules made are named, without any bundle."""

from datetime import timedelta
from pathlib import Path

import polars as pl
import pytest

from incident_timeline.archive.store import Archive, read_table
from incident_timeline.pipeline.rereading import reread
from tests.lab.families import simulate, write_simulated
from tests.pipeline.test_comparing import run

NEXT = "timeline backfill --offline scores kept bundles anew"


@pytest.fixture
def archive(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Archive:
    """Three incidents, scored by a backfill."""
    write_simulated(tmp_path, simulate()[:3])
    assert 0 == run(monkeypatch, tmp_path, "backfill", "--offline")
    return Archive(str(tmp_path / "incidents" / "archive"))


def rewrite(archive: Archive, table: str, *changed: pl.Expr) -> None:
    """A table as another version could have written it."""
    read_table(archive, table).collect().with_columns(*changed).write_delta(archive.table(table), mode="overwrite")


def test_what_a_build_archived_follows_from_its_own_events(archive: Archive) -> None:
    """The archive holds all that recorded milestones and gaps rest on."""
    assert [] == reread(archive)


def test_a_milestone_that_another_rule_chose_is_named(archive: Archive, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
                                                      capsys: pytest.CaptureFixture[str]) -> None:  # fmt: skip
    """Somebody's rules took the second acknowledgement of one incident; the command says which and ends with 5."""
    one = (pl.col("incident_id") == "SIM-002") & (pl.col("name") == "acknowledged")
    later = pl.col("at", "latest") + timedelta(seconds=90)
    rewrite(archive, "milestones", pl.when(one).then(later).otherwise(pl.col("at", "latest")))

    assert 5 == run(monkeypatch, tmp_path, "archive", "check")
    said = capsys.readouterr().out
    assert (
        f"1 incidents whose recorded milestones do not follow from their events by this version's rules (SIM-002); {NEXT}"
        in said
    )


def test_a_gap_that_is_not_the_difference_of_its_ends_is_named(archive: Archive) -> None:
    """A millisecond is enough; so is a status."""
    one = (pl.col("incident_id") == "SIM-001") & (pl.col("name") == "time_to_acknowledge")
    other = (pl.col("incident_id") == "SIM-003") & (pl.col("name") == "response_gap")
    rewrite(
        archive, "gaps", pl.when(one).then(pl.col("seconds") + 0.001).otherwise("seconds").alias("seconds"),
        pl.when(other).then(pl.lit("invalid")).otherwise("status").alias("status"),
    )  # fmt: skip

    assert reread(archive) == [
        f"2 incidents whose gaps do not follow from their milestones by this version's rules (SIM-001, SIM-003); {NEXT}"
    ]


def test_a_milestone_that_a_person_marked_is_nobody_s_rule(archive: Archive) -> None:
    """Where they marked the acknowledgement, events say nothing about it; the gaps still follow."""
    marked = pl.col("name") == "acknowledged"
    rewrite(
        archive, "milestones", pl.when(marked).then(pl.lit("stated")).otherwise("basis").alias("basis"),
        pl.when(marked).then(pl.col("at") + timedelta(hours=1)).otherwise("at").alias("at"),
    )  # fmt: skip

    assert ["gaps"] == [sentence.split(" ")[3] for sentence in reread(archive)]
