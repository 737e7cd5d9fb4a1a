"""The knew-enough bench as cases: feeds turned into `--events` files and put through what a build runs."""

import json
import os
import random
import tomllib
from collections.abc import Iterator, Mapping, Sequence
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
from incident_timeline.score.entries import read_entries
from incident_timeline.score.fixes import Fix, find_fix
from incident_timeline.score.knew_enough import propose_knew_enough, set_scene
from incident_timeline.score.knew_enough_features import Scene
from incident_timeline.score.milestones import recorded_milestones

USUAL_PLACE = Path(__file__).resolve().parents[3] / "shared" / "bench" / "knew_enough"
VARIABLE = "TIMELINE_BENCH_KNEW_ENOUGH"
FIRST_NOISE = 10_000  # noise lines are numbered from here, so that no label can mean one
CHAT = frozenset({"chat"})
ALL_KINDS = frozenset({"alert", "page", "ack", "deploy", "resolve", "chat"})

Row = Mapping[str, Any]


@dataclass(frozen=True)
class Case:
    """One incident of the bench: its feed and its labels."""

    id: str
    source: str  # the organisation whose report it is: what is held out together
    rows: tuple[Row, ...]
    labels: Mapping[str, Any]

    @property
    def type(self) -> str:
        """stated, decision, action or none."""
        return str(self.labels["knew_enough_type"])

    @property
    def number(self) -> int | None:
        """The number of the labelled entry."""
        return self.labels["label_event"].get("knew_enough")

    @property
    def scored(self) -> bool:
        """Whether the shares count it."""
        return self.type in {"stated", "decision"}

    @property
    def others(self) -> frozenset[int]:
        """Entries that another reader could pick."""
        return frozenset(entry["event"] for entry in self.labels["label_alternatives"].get("knew_enough", []))


@dataclass(frozen=True)
class Built:
    """What a build makes of one feed."""

    proposal: Milestone
    fix: Fix
    scene: Scene
    numbers: Mapping[str, int]  # event_id -> entry number


def bench_folder(argument: str | None = None) -> Path | None:
    """The bench folder by argument, by variable or in its usual place; None when it is not there."""
    folder = Path(argument or os.environ.get(VARIABLE) or USUAL_PLACE)
    return folder if (folder / "feed").is_dir() else None


def read_cases(folder: Path, split: str = "dev") -> list[Case]:
    """All cases of a split, by id."""
    found = []
    for path in sorted((folder / "feed" / split).glob("*.json")):
        feed = json.loads(path.read_text(encoding="utf-8"))
        labels = json.loads((folder / split / path.name).read_text(encoding="utf-8"))
        found.append(Case(feed["id"], organisation(labels["source"]), tuple(feed["events"]), labels))
    return found


def organisation(source: str) -> str:
    """What reports of one team share: the host or the owner in front of the report's own name."""
    return source.split(" ")[0].split("/")[0]


def events_of(rows: Sequence[Row], name: str) -> pl.DataFrame:
    """Feed rows as an `--events` file, read back by the product's reader; the entry number goes into `ref`."""
    lines = [
        {"at": row["ts"], "kind": row["kind"], "actor": row["actor"], "text": row["text"], "ref": str(row["n"])}
        for row in rows
    ]
    content = "\n".join(json.dumps(line, ensure_ascii=False) for line in lines).encode()
    return read_events_file(content, f"{name}.jsonl").events


def changes_of(events: pl.DataFrame) -> list[Change]:
    """Deploy rows as changes, as an events file gives them: no life cycle, no commit, no ref."""
    deploys = events.filter(pl.col("kind").is_in(["service.deployed", "service.rolledback", "change.made"]))
    return [
        Change(
            row["event_id"], row["at"], row["at"], row["until"] or row["at"], "succeeded", row["service"], None, None, None,
            row["actor"], row["url"], row["kind"] == "service.rolledback", None, "",
        )
        for row in deploys.to_dicts()
    ]  # fmt: skip


def packaged_tables() -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """The language files and the weights file of the package, parsed."""
    folder = files("incident_timeline") / "data" / "knew_enough"
    paths = sorted(folder.iterdir(), key=lambda path: path.name)
    languages = [tomllib.loads(path.read_text(encoding="utf-8")) for path in paths if path.name.endswith(".toml")]
    return languages, json.loads((folder / "weights.json").read_text(encoding="utf-8"))


def packaged_reading() -> dict[str, Any]:
    """The weights file of the ledgers' reading, parsed."""
    folder = files("incident_timeline") / "data" / "knew_enough"
    return dict(json.loads((folder / "ledgers.json").read_text(encoding="utf-8")))


def cues_with(weights: Mapping[str, Any], reading: Mapping[str, Any] | None = None) -> Cues:
    """The packaged cue lists with other weights."""
    return parse_cues(packaged_tables()[0], weights, reading or packaged_reading())


def build(rows: Sequence[Row], name: str, cues: Cues) -> Built:
    """What a build without series does with these rows."""
    events = events_of(rows, name)
    changes = changes_of(events)
    recorded = recorded_milestones(events, events["at"].max())
    detected, resolved = recorded["detected"].at, recorded["resolved"].at
    entries = read_entries(events, changes, cues)
    fix = find_fix(entries, changes, None, resolved)
    return Built(
        propose_knew_enough(entries, detected=detected, recovered=None, resolved=resolved, fix=fix, cues=cues),
        fix,
        set_scene(entries, detected=detected, recovered=None, resolved=resolved, fix=fix),
        {event_id: int(ref) for event_id, ref in zip(events["event_id"], events["ref"], strict=True)},
    )


def noisy(case: Case, others: Sequence[Case], per_line: int, seed: int, kinds: frozenset[str] = CHAT) -> list[Row]:
    """The feed with `per_line` chat lines of other feeds for each own line, at random minutes of its window."""
    rng = random.Random(f"{case.id}/{per_line}/{seed}")
    pool = [row for other in others if other.id != case.id for row in other.rows if row["kind"] in kinds]
    times = [datetime.fromisoformat(row["ts"]) for row in case.rows]
    minutes = (max(times) - min(times)).total_seconds() / 60
    added = []
    for number, row in enumerate(rng.choices(pool, k=per_line * len(case.rows)), start=FIRST_NOISE):
        at = min(times) + timedelta(minutes=round(rng.random() * minutes))
        added.append({**row, "n": number, "ts": at.strftime("%Y-%m-%dT%H:%M:%SZ")})
    return [*case.rows, *added]


def by_source(cases: Sequence[Case]) -> Iterator[tuple[str, list[Case], list[Case]]]:
    """Each source with its own cases and all others."""
    for source in sorted({case.source for case in cases}):
        yield source, [c for c in cases if c.source == source], [c for c in cases if c.source != source]
