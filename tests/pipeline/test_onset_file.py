"""Facts about `timeline onset FILE`."""

import csv
import io
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from typer.testing import CliRunner

from incident_timeline.cli.app import app
from incident_timeline.pipeline.onset_file import HEADER

START = 1_763_388_000


def write(path: Path, *, text_times: bool = False) -> Path:
    """Two cases of 60 samples every 15 s, written last case first: `hurt` rises at sample 40, `calm` does not."""
    rng = np.random.default_rng(6)
    rows = []
    for case, rise in (("hurt", 1.0), ("calm", 0.0)):
        for i in range(60):
            at: object = START + 15 * i
            if text_times:
                at = f"2025-11-17T14:{i // 4:02}:{15 * (i % 4):02}Z"
            rows.append(
                {
                    "case_id": case,
                    "series": "latency",
                    "at": at,
                    "value": 0.2 + 0.01 * rng.standard_normal() + rise * (i >= 40),
                }
            )
    frame = pl.DataFrame(rows)
    frame.write_parquet(path) if path.suffix == ".parquet" else frame.write_csv(path)
    return path


def run(*arguments: object) -> tuple[int, str, str]:
    """(exit code, output, errors) of `timeline onset` with these arguments."""
    result = CliRunner().invoke(app, ["onset", *map(str, arguments)])
    return result.exit_code, result.stdout, result.stderr if result.stderr_bytes else ""


def rows(text: str) -> list[dict[str, str]]:
    """The rows of the CSV output."""
    return list(csv.DictReader(io.StringIO(text)))


@pytest.mark.parametrize("name", ["series.csv", "series.parquet"])
def test_each_group_gets_its_row_in_the_unit_of_the_input(tmp_path: Path, name: str) -> None:
    """Unix seconds in, Unix seconds out; the quiet case has an empty onset."""
    code, out, _ = run(write(tmp_path / name), "--by", "case_id", "--csv")

    hurt, calm = rows(out)
    assert 0 == code
    assert ",".join(HEADER) == out.splitlines()[0]
    assert ("hurt", START + 39.5 * 15, START + 40 * 15) == (hurt["case"], float(hurt["onset"]), float(hurt["latest"]))
    assert ("calm", "", "", "", "") == (
        calm["case"],
        calm["onset"],
        calm["earliest"],
        calm["latest"],
        calm["confidence"],
    )
    assert float(calm["runtime_s"]) >= 0


def test_text_times_come_back_as_text(tmp_path: Path) -> None:
    """RFC 3339 in, RFC 3339 out."""
    _, out, _ = run(write(tmp_path / "series.csv", text_times=True), "--by", "case_id", "--csv")

    assert "2025-11-17T14:09:52.500000Z" == rows(out)[0]["onset"]


def test_without_csv_it_says_it_in_words(tmp_path: Path) -> None:
    """A range for the one, the reason for the other."""
    _, out, _ = run(write(tmp_path / "series.csv"), "--by", "case_id")

    hurt, calm = out.splitlines()
    assert hurt.startswith("hurt: 2025-11-17T14:09:52.500000Z [2025-11-17T14:")
    assert calm.startswith("calm: no clear onset: ")


def test_without_a_group_the_file_is_one_case(tmp_path: Path) -> None:
    """All series of the file together."""
    path = tmp_path / "one.csv"
    pl.read_csv(write(tmp_path / "series.csv")).filter(pl.col("case_id") == "hurt").write_csv(path)

    assert ["all"] == [row["case"] for row in rows(run(path, "--csv")[1])]


def test_the_latest_possible_onset_bounds_the_answer(tmp_path: Path) -> None:
    """An alert ten samples before the fault: nothing got worse before it."""
    latest = tmp_path / "first_alert.csv"
    latest.write_text(f"case,at\nhurt,{START + 30 * 15}\n", encoding="utf-8")
    series = write(tmp_path / "series.csv")

    assert "" == rows(run(series, "--by", "case_id", "--latest", latest, "--csv")[1])[0]["onset"]
    latest.write_text(f"case,at\nhurt,{START + 44 * 15}\n", encoding="utf-8")
    assert str(START + 39.5 * 15) == rows(run(series, "--by", "case_id", "--latest", latest, "--csv")[1])[0]["onset"]
