"""The recorded windows as the product would have them: the series of each, what its alerts and its client said, and the truth."""

from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import polars as pl

from incident_timeline.model.instants import micros
from incident_timeline.model.series import LABELS_SCHEMA, SAMPLES_SCHEMA, SeriesSet
from tests.lab.servers import ROOT
from tests.lab.windows.plan import DRAWINGS, Slot, read
from tests.lab.windows.record import SCRAPE_S

FOLDERS = tuple(ROOT / "fixtures" / name for name in DRAWINGS)
ABOUT = ("service", "name", "role", "signal", "unit", "worse", "range_s", "labels")


@dataclass(frozen=True)
class Recorded:
    """One window that was lived through; `begun` is when the recording began, Unix seconds."""

    slot: Slot
    begun: float
    samples: pl.DataFrame
    counts: pl.DataFrame = field(repr=False)  # what every client of the recording counted, second by second

    def series(self, *services: str) -> SeriesSet:
        """The series of these services of the shop, all where none is named."""
        names = [f"{self.slot.shop}-{service}" for service in services]
        part = self.samples.filter(pl.col("service").is_in(names)) if names else self.samples
        labels, samples = [], []
        for number, one in enumerate(part.partition_by("service", "name", "role", "labels", maintain_order=True)):
            series_id = f"{number:02}.{one['service'][0]}.{one['name'][0]}"
            row = dict.fromkeys(LABELS_SCHEMA, "") | dict(zip(ABOUT, one.select(ABOUT).row(0), strict=True))
            row |= {"series_id": series_id, "source": "prometheus"}
            labels.append(row | {"step_s": float(SCRAPE_S), "scrape_s": float(SCRAPE_S)})
            at = pl.from_epoch(pl.col("at"), time_unit="s").dt.replace_time_zone("UTC").cast(SAMPLES_SCHEMA["at"])
            samples.append(one.select(pl.lit(series_id).alias("series_id"), at, "value"))
        return SeriesSet(
            pl.DataFrame(labels, schema=LABELS_SCHEMA).sort("series_id"), pl.concat(samples).sort("series_id", "at")
        )

    def failed(self) -> int:
        """Requests that failed at the client while the fault lasted, by when they were sent."""
        return self.counted("failed")

    def counted(self, name: str) -> int:
        """What the client counted while the fault lasted, by when it was sent: total, failed, slow or hurt."""
        assert self.slot.fault is not None
        first, last = self.begun + self.slot.fault.begins, self.begun + self.slot.fault.ends
        inside = (pl.col("shop") == self.slot.shop) & pl.col("second").is_between(int(first), int(last))
        return int(self.counts.filter(inside)[name].sum())

    def since(self, at: object, instant: float) -> float:
        """Seconds from an instant of the plan to a moment that was found."""
        return micros(at) / 1e6 - self.begun - instant  # type: ignore[arg-type]


@cache
def recorded(folder: Path) -> tuple[Recorded, ...]:
    """All windows of a recording, in the order of the plan."""
    table, counts = pl.read_parquet(folder / "series.parquet"), pl.read_parquet(folder / "clients.parquet")
    begun = float((folder / "begun.txt").read_text(encoding="utf-8"))
    return tuple(
        Recorded(
            slot, begun,
            table.filter(
                (pl.col("shop") == slot.shop) & pl.col("at").is_between(begun + slot.starts, begun + slot.ends)
            ),
            counts,
        )
        for slot in read(folder.name).slots
    )  # fmt: skip
