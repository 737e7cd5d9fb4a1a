"""Looks after the archive: whether it is whole, joining small files, and writing it out."""

from pathlib import Path

from incident_timeline.archive import store
from incident_timeline.config import Settings
from incident_timeline.pipeline.comparing import open_archive
from incident_timeline.pipeline.rereading import reread


def check_archive(settings: Settings, base: Path) -> tuple[str, bool]:
    """What is wrong with the archive in one sentence, and whether anything is."""
    archive = open_archive(settings, base)
    wrong = [*store.check(archive), *reread(archive)]
    return f"{archive.url}: {len(store.builds(archive))} incidents; {'; '.join(wrong) or 'nothing is wrong'}", bool(
        wrong
    )


def vacuum_archive(settings: Settings, base: Path) -> dict[str, int]:
    """Joins small files and removes what no version of the last week needs; files removed by table."""
    return store.compact(open_archive(settings, base))


def export_archive(settings: Settings, base: Path, folder: Path) -> list[Path]:
    """Every table as one Parquet file in a folder."""
    return store.export(open_archive(settings, base), folder)
