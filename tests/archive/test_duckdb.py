"""The README's query, asked of an exported archive by DuckDB itself."""

import re
import time
from pathlib import Path

import duckdb

from incident_timeline.archive.store import Archive, export, upsert
from tests.archive.test_store import ROOT, batch


def test_the_query_of_the_readme_is_answered(tmp_path: Path) -> None:
    """Two incidents with half a minute of deploy and of verify each, summed over both."""
    (query,) = re.findall(r"```sql\n(.*?)```", (ROOT / "README.md").read_text(encoding="utf-8"), re.DOTALL)
    archive = Archive(str(tmp_path / "archive"))
    upsert(archive, batch("INC-1", "INC-2"), time.sleep)
    export(archive, tmp_path / "tables")

    answered = duckdb.sql(query.replace("'tables/", f"'{tmp_path}/tables/")).fetchall()

    assert [("deploy", 2, 1.0), ("verify", 2, 1.0)] == sorted(answered)
