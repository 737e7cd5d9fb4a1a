"""The knew-enough bench as cases: feeds turned into `--events` files and read by the product's own reader."""

import json
import os
import random
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from importlib.resources import files
from pathlib import Path
from typing import Any

import polars as pl

from incident_timeline.collect.events_file import read_events_file
from incident_timeline.model.cues import Cues, parse_cues
from incident_timeline.model.incident import Change
from incident_timeline.model.milestones import Milestone
from incident_timeline.score.fixes import Fix, find_fix
from incident_timeline.score.knew_enough import propose_knew_enough

DEFAULT = Path(__file__).resolve().parents[3] / "shared" / "bench" / "knew_enough"


@dataclass(frozen=True)
class Case:
    """One incident of the bench: its feed as events, and its labels."""

    id: str
    source: str  # the organisation whose report it is: what is held out together
    feed: Mapping[str, Any]
    labels: Mapping[str, Any]

    @property
    def type(self) -> str:
        return str(self.labels["knew_enough_type"])

    @property
    def scored(self) -> bool:
        return self.type in {"stated", "decision"}


def bench_folder(argument: str | None = None) -> Path | None:
    """The bench folder by argument, TIMELINE_BENCH_KNEW_ENOUGH or its usual place; None when it is not there."""
    folder = Path(argument or os.environ.get("TIMELINE_BENCH_KNEW_ENOUGH") or DEFAULT)
    return folder if (folder / "feed" / "dev").is_dir() else None


def cases(folder: Path, split: str = "dev") -> list[Case]:
    """All cases of a split, by id."""
    found = []
    for path in sorted((folder / "feed" / split).glob("*.json")):
        labels = json.loads((folder / split / path.name).read_text(encoding="utf-8"))
        feed = json.loads(path.read_text(encoding="utf-8"))
        found.append(Case(feed["id"], organisation(labels["source"]), feed, labels))
    return found


def organisation(source: str) -> str:
    """What reports of one team share: the host or owner in front of the report's own name."""
    return source.split(" ")[0].split("/")[0] if not source.startswith("gitlab.com") else "gitlab.com"


def events_of(rows: list[dict[str, Any]], name: str) -> pl.DataFrame:
    """Feed rows as an `--events` file, read back by the product's reader; the entry number goes into `ref`."""
    lines = [
        {"at": row["ts"], "kind": row["kind"], "actor": row["actor"], "text": row["text"], "ref": str(row["n"])}
        for row in rows
    ]
    content = "\n".join(json.dumps(line, ensure_ascii=False) for line in lines).encode()
    return read_events_file(content, f"{name}.jsonl").events


def changes_of(events: pl.DataFrame) -> list[Change]:
    """Deploy rows as changes, as a build makes them from an events file: no lifecycle, no sha, no ref."""
    rows = events.filter(pl.col("kind").is_in(["service.deployed", "service.rolledback", "change.made"])).to_dicts()
    return [
        Change(
            row["event_id"], row["at"], row["at"], row["until"] or row["at"], "succeeded", row["service"], None, None, None,
            row["actor"], row["url"], row["kind"] == "service.rolledback", None, "",
        )
        for row in rows
    ]  # fmt: skip


def packaged_tables() -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """The language files and the weights file that ship in the package, parsed."""
    folder = files("incident_timeline") / "data" / "knew_enough"
    languages = [
        tomllib.loads(entry.read_text(encoding="utf-8"))
        for entry in sorted(folder.iterdir(), key=lambda entry: entry.name)
        if entry.name.endswith(".toml")
    ]
    return languages, json.loads((folder / "weights.json").read_text(encoding="utf-8"))


def packaged_cues(weights: Mapping[str, Any] | None = None) -> Cues:
    """The packaged cues, with other weights if given."""
    languages, shipped = packaged_tables()
    return parse_cues(languages, weights or shipped)


def propose(events: pl.DataFrame, cues: Cues) -> tuple[Milestone, Fix]:
    """What a build without series does: find the fix, then propose the moment."""
    changes = changes_of(events)
    resolves = events.filter(pl.col("kind") == "incident.resolved")["at"]
    resolved = resolves.max() if resolves.len() else None
    fix = find_fix(events, changes, None, resolved, cues)
    alarms = events.filter(pl.col("kind").is_in(["page.sent", "alert.fired"]))["at"]
    detected = alarms.min() if alarms.len() else None
    said = propose_knew_enough(
        events, changes, detected=detected, recovered=None, resolved=resolved, fix=fix, cues=cues
    )
    return said, fix


def noisy(
    case: Case, others: list[Case], per_line: int, seed: int, *, kinds: frozenset[str] | None
) -> list[dict[str, Any]]:
    """The feed with `per_line` lines of other feeds for each own line, at random times of its window, numbered from 10,000."""
    own = list(case.feed["events"])
    rng = random.Random(f"{case.id}/{per_line}/{seed}")
    pool = [
        row
        for other in others
        if other.id != case.id
        for row in other.feed["events"]
        if kinds is None or row["kind"] in kinds
    ]
    times = [datetime.fromisoformat(row["ts"]) for row in own]
    start, span = min(times), (max(times) - min(times)).total_seconds()
    added = []
    for number, row in enumerate(rng.choices(pool, k=per_line * len(own))):
        at = start + timedelta(seconds=round(rng.random() * span / 60) * 60)
        added.append({**row, "n": 10_000 + number, "ts": at.strftime("%Y-%m-%dT%H:%M:%SZ")})
    return own + added


def refs(events: pl.DataFrame) -> dict[str, str]:
    """event_id -> ref, to get back to the entry's number."""
    return dict(zip(events["event_id"], events["ref"], strict=True))


def clean_cases(folder: Path) -> Iterator[tuple[Case, pl.DataFrame]]:
    """Each dev case with its events."""
    for case in cases(folder):
        yield case, events_of(case.feed["events"], case.id)
