"""The recorded milestones of many incidents as pandas and DuckDB give them: what find_recorded is measured against.

Each is written as its own documentation advises and by what was fastest of the forms tried; both may keep what ours has to find
out: incidents and kinds are categories (pandas) or enumerations (DuckDB), made while loading, which is not measured.
"""

from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
import polars as pl

from incident_timeline.score.recorded import MOMENT, RECORDED

SPOKEN, ENGAGING = ("note.added", "chat.said", "status.updated"), ("note.added", "chat.said", "responder.joined")
ALERTS = ("alert.received", "alert.fired")
COLUMNS = [f"{name}_{part}" for name in RECORDED for part in MOMENT]

_LOAD = """
create table raw as select * from read_parquet('{path}');
create type incidents as enum (select distinct incident_id from raw order by 1);
create type kinds as enum (select distinct kind::varchar from raw);
create type actors as enum (select distinct actor_kind::varchar from raw);
create table events as select row_number() over () - 1 as row, incident_id::incidents as incident_id, raw.at as moment,
    earliest, latest, kind::varchar::kinds as kind, actor_kind::varchar::actors as actor_kind, event_id from raw;
drop table raw;
"""
_MOMENTS = ", ".join(f"{n}.moment {n}_at, {n}.earliest {n}_earliest, {n}.latest {n}_latest, {n}.event_id {n}_event_id"
                     for n in RECORDED)  # fmt: skip
_JOINS = " ".join(f"left join picked {name} on {name}.row = moments.{name}_row" for name in RECORDED)
QUERY = f"""
with found as (
    select incident_id,
        min(row) filter (kind = 'page.sent') page,
        min(row) filter (kind in {ALERTS}) alert,
        min(row) filter (kind = 'incident.acknowledged') ack,
        min(row) filter (kind in {SPOKEN} and actor_kind <> 'machine') told,
        min(row) filter (kind = 'alert.fired') fired_row,
        min(row) filter (kind = 'incident.acknowledged' and actor_kind = 'human') acknowledged_row,
        min(moment) filter (kind = 'incident.acknowledged' and actor_kind = 'human') taken_at,
        max(row) filter (kind = 'incident.resolved') resolve,
        max(moment) filter (kind = 'incident.resolved') resolved_at,
        max(moment) filter (kind = 'incident.reopened') reopened_at
    from events group by 1),
engaged as (
    select incident_id, min(row) engaged_row from events join found using (incident_id)
    where kind in {ENGAGING} and actor_kind = 'human' and (taken_at is null or moment >= taken_at) group by 1),
moments as (
    select incident_id, coalesce(page, alert, ack, told) detected_row, fired_row, acknowledged_row, engaged_row,
        case when reopened_at > resolved_at then null else resolve end resolved_row
    from found left join engaged using (incident_id)),
needed as (select unnest([{", ".join(f"{name}_row" for name in RECORDED)}]) row from moments),
picked as materialized (
    select row, moment, earliest, latest, event_id from events where row in (select row from needed))
select moments.incident_id::varchar incident_id, {_MOMENTS} from moments {_JOINS} order by moments.incident_id
"""


def to_pandas(events: pl.DataFrame) -> pd.DataFrame:
    """The frame as pandas holds it best: categories for what repeats."""
    held = {
        name: pd.Categorical(events[name].cast(pl.String).to_list()) for name in ("incident_id", "kind", "actor_kind")
    }
    times = {name: events[name].dt.replace_time_zone(None).to_numpy() for name in ("at", "earliest", "latest")}
    return pd.DataFrame({**held, **times, "event_id": events["event_id"].to_list()})


def by_pandas(events: pd.DataFrame) -> pd.DataFrame:
    """One row for each incident, in the order of the categories; no loop over incidents, no groupby: first rows by duplicates."""
    codes, kind, who = pd.Series(events["incident_id"].cat.codes), events["kind"], events["actor_kind"]
    incidents = range(len(events["incident_id"].cat.categories))

    def pick(where: pd.Series, keep: str = "first") -> pd.Series:
        """The number of the first or last row of each incident where something holds; NaN where nowhere."""
        rows = codes[where].drop_duplicates(keep=keep)
        return pd.Series(rows.index, index=rows.to_numpy()).reindex(incidents)

    def read(rows: pd.Series, column: str) -> np.ndarray:
        return events[column].reindex(rows).to_numpy()

    acks, human = kind == "incident.acknowledged", who == "human"
    taken, resolve = pick(acks & human), pick(kind == "incident.resolved", "last")
    detected = pick(kind == "page.sent").fillna(pick(kind.isin(ALERTS))).fillna(pick(acks))
    detected = detected.fillna(pick(kind.isin(SPOKEN) & (who != "machine")))
    since = read(taken, "at")[codes.to_numpy()]
    early = events["at"].to_numpy() < since  # False where there is no acknowledgement
    open_again = read(pick(kind == "incident.reopened", "last"), "at") > read(resolve, "at")
    rows = {
        "detected": detected,
        "fired": pick(kind == "alert.fired"),
        "acknowledged": taken,
        "engaged": pick(kind.isin(ENGAGING) & human & ~early),
        "resolved": resolve.mask(open_again),
    }
    moments = {f"{name}_{part}": read(rows[name], part) for name in RECORDED for part in MOMENT}
    return pd.DataFrame({"incident_id": events["incident_id"].cat.categories, **moments})


def to_duckdb(events: pl.DataFrame, folder: Path) -> duckdb.DuckDBPyConnection:
    """A database in memory with the frame as its table."""
    path = folder / "events.parquet"
    events.write_parquet(path)
    base = duckdb.connect()
    base.execute("set TimeZone = 'UTC'; set enable_progress_bar = false")
    base.execute(_LOAD.format(path=path))
    path.unlink()
    return base


def by_duckdb(base: duckdb.DuckDBPyConnection) -> pl.DataFrame:
    """One row for each incident as a Polars frame, by Arrow."""
    return pl.DataFrame(base.sql(QUERY))


def as_table(found: pl.DataFrame | pd.DataFrame) -> pl.DataFrame:
    """The answer of any of the three in one shape: incident_id and COLUMNS, times as microseconds."""
    if isinstance(found, pd.DataFrame):
        times = [name for name in COLUMNS if not name.endswith("event_id")]
        held = {name: pl.Series(found[name].to_numpy().astype("datetime64[us]")) for name in times}
        ids = {name: [None if one != one else one for one in found[name]] for name in COLUMNS if name not in times}
        found = pl.DataFrame({"incident_id": found["incident_id"].tolist(), **held, **ids})
    elif "detected" in found.columns:
        parts = (pl.col(name).struct.field(part).alias(f"{name}_{part}") for name in RECORDED for part in MOMENT)
        found = found.select("incident_id", *parts)
    return found.select("incident_id", *COLUMNS).with_columns(pl.col(pl.Datetime).dt.epoch("us"))
