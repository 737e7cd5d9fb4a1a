"""Facts about files of series that a user gives."""

import io
from datetime import UTC, datetime

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from incident_timeline.collect.series_file import read_series_file
from incident_timeline.collect.series_words import guess
from incident_timeline.errors import InputFileError, NaiveTimeError
from incident_timeline.model.series import SAMPLES_SCHEMA, SeriesSet

NAME = "series.csv"


def read(text: str, zone: str | None = None) -> SeriesSet:
    """The series of a CSV text."""
    return read_series_file(text.encode(), NAME, zone)


def parquet(frame: pl.DataFrame) -> bytes:
    """The frame as a Parquet file."""
    held = io.BytesIO()
    frame.write_parquet(held)
    return held.getvalue()


def test_a_csv_in_long_form_becomes_labels_and_samples() -> None:
    """Two series of one service; what the file says of them is kept, repeated samples keep the last, rows are sorted."""
    told = read(
        "at,series,service,value,signal,worse,role\n"
        "2026-11-17T14:00:15Z,p99,checkout,0.3,latency,up,\n"
        "2026-11-17T15:00:00+01:00,p99,checkout,0.2,latency,up,\n"
        "2026-11-17T14:00:15Z,p99,checkout,0.4,latency,up,\n"
        "2026-11-17T14:00:00Z,pool,checkout,7,saturation,both,resource\n"
    )

    kept = told.labels.sort("name").select("name", "service", "signal", "worse", "role", "source")
    assert [
        ("p99", "checkout", "latency", "up", "sli", "series"),
        ("pool", "checkout", "saturation", "both", "resource", "series"),
    ] == kept.rows()
    p99 = told.labels.filter(pl.col("name") == "p99")["series_id"][0]
    expected = pl.DataFrame(
        {"at": [datetime(2026, 11, 17, 14, 0, s, tzinfo=UTC) for s in (0, 15)], "value": [0.2, 0.4]},
        schema={name: SAMPLES_SCHEMA[name] for name in ("at", "value")},
    )
    assert_frame_equal(expected, told.samples_of(p99))


def test_unix_seconds_and_other_column_names_are_read_as_they_are() -> None:
    """The columns of a benchmark file: metric, timestamp, roles that are no resource, one column too many."""
    frame = pl.DataFrame(
        {
            "case_id": ["c"] * 3,
            "service": ["front", "front", "db"],
            "metric": ["latency_p95_s", "success_rate_pct", "cpu_pct"],
            "role": ["entry", "target", "resource"],
            "timestamp": [1_763_388_000, 1_763_388_000, 1_763_388_000],
            "value": [0.5, 99.0, 12.0],
        },
        schema_overrides={"value": pl.Float32, "metric": pl.Categorical, "service": pl.Categorical},
    )

    told = read_series_file(parquet(frame), "series.parquet")

    assert {
        ("latency_p95_s", "sli", "up"),
        ("success_rate_pct", "sli", "down"),
        ("cpu_pct", "resource", "both"),
    } == set(told.labels.select("name", "role", "worse").rows())
    assert [datetime(2025, 11, 17, 14, tzinfo=UTC)] * 3 == told.samples["at"].to_list()


def test_the_same_series_has_the_same_id_in_every_file() -> None:
    """The id comes from service and name alone."""
    first = read("at,series,value\n2026-11-17T14:00:00Z,p99,1\n")
    second = read("time,metric,value\n2026-11-18T14:00:00Z,p99,2\n2026-11-18T14:00:15Z,p50,2\n")

    assert set(first.labels["series_id"]) < set(second.labels["series_id"])


def test_an_empty_value_and_nan_are_samples_without_a_value() -> None:
    """Both are kept as NaN."""
    told = read("at,series,value\n2026-11-17T14:00:00Z,p99,\n2026-11-17T14:00:15Z,p99,NaN\n")

    assert [True, True] == told.samples["value"].is_nan().to_list()


def test_a_naive_time_is_read_in_the_zone_that_is_given() -> None:
    """Berlin in November is one hour before UTC."""
    told = read("at,series,value\n2026-11-17 15:00:00,p99,1\n", zone="Europe/Berlin")

    assert [datetime(2026, 11, 17, 14, tzinfo=UTC)] == told.samples["at"].to_list()


def test_a_naive_time_without_a_zone_is_refused() -> None:
    """The message names the file, the row, the text and what to do."""
    with pytest.raises(NaiveTimeError, match=r"series\.csv: row 2: '2026-11-17 14:00:15' has no zone.*--tz"):
        read("at,series,value\n2026-11-17T14:00:00Z,p99,1\n2026-11-17 14:00:15,p99,1\n")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "series.csv is neither Parquet nor CSV"),
        ("series,value\np99,1\n", "there is no time column"),
        ("at,value\n2026-11-17T14:00:00Z,1\n", "there is no name column"),
        ("at,series\n2026-11-17T14:00:00Z,p99\n", "there is no column value"),
        ("at,series,value\n2026-11-17T14:00:00Z,p99,fast\n", "row 1: value 'fast' is no number"),
        ("at,series,value,worse\n2026-11-17T14:00:00Z,p99,1,sideways\n", "row 1: worse is 'sideways'"),
        ("at,series,value,signal\n2026-11-17T14:00:00Z,p99,1,mood\n", "row 1: signal is 'mood'"),
        ("at,series,value\n2026-11-17T14:00:00Z,p99,1\n,p99,1\n", "row 2: the time is empty"),
        ("at,series,value\n2026-13-17T14:00:00Z,p99,1\n", "row 1: '2026-13-17T14:00:00Z' is not an RFC 3339 time"),
        ("at,series,value\ninf,p99,1\n1,p99,1\n", "row 1: inf is not a time in Unix seconds"),
        ("at,series,value\n1795000000000,p99,1\n", "row 1: 1795000000000 is not a time in Unix seconds; divide"),
        ("at,series,value\n9999-12-31T23:59:59Z,p99,1\n", "row 1: 9999-12-31T23:59:59Z is not a time"),
        ("at,series,value\nsoonZ,p99,1\n", "row 1: 'soonZ' is not an RFC 3339 time"),
        ("at,series,value\n", "series.csv: holds no samples; write one row for each"),
    ],
)
def test_what_cannot_be_read_is_named_with_file_and_row(text: str, words: str) -> None:
    """One sentence for each."""
    with pytest.raises(InputFileError) as caught:
        read(text)
    assert words in str(caught.value)
    assert NAME in str(caught.value)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("latency_p95_s", ("latency", "up")),
        ("http_request_duration_seconds:p99", ("latency", "up")),
        ("checkout.errorRatio", ("errors", "up")),
        ("http_5xx_rate", ("errors", "up")),
        ("success_rate_pct", ("errors", "down")),
        ("throughput_rps", ("traffic", "both")),
        ("cpu_user_pct", ("saturation", "both")),
        ("grok_asg_anomaly", ("other", "both")),
    ],
)
def test_a_name_says_which_way_is_worse(name: str, said: tuple[str, str]) -> None:
    """Where the file does not."""
    assert said == guess(name)


def test_what_the_file_says_wins_over_the_name() -> None:
    """A latency that is worse when it falls, because somebody says so."""
    told = read("at,series,value,worse,signal\n2026-11-17T14:00:00Z,latency,1,down,other\n")

    assert [("down", "other")] == told.labels.select("worse", "signal").rows()
