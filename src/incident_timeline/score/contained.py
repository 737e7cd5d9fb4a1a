"""When it stopped spreading: the share of hurt requests, or the number of hurt services, grew no more."""

from datetime import datetime

import numpy as np
import polars as pl

from incident_timeline.model.instants import from_micros, micros
from incident_timeline.model.milestones import Milestone, missing
from incident_timeline.model.onset import NoOnset, Onset, Recovery
from incident_timeline.model.series import SeriesSet
from incident_timeline.score.impact import request_pairs
from incident_timeline.score.onset import find_onset
from incident_timeline.score.onset_signals import Floats, Signal, signal
from incident_timeline.score.recovery import find_recovery

MIN_SAMPLES = 4  # between onset and recovery; fewer say nothing about growth
NOISE = 2.0  # robust standard deviations under the top level that still count as the top


def find_contained(series: SeriesSet, onset: Onset | NoOnset) -> Milestone:
    """The milestone `contained`: [last sample below the top level of the hurt share, first sample on it].

    The hurt share is failed / all requests where queries give both, else an error-ratio SLI that voted, else the number
    of services with an onset of their own. Growth is read off an increasing fit (isotonic regression) between onset and
    recovery, so that a noisy plateau is one level. Missing, with the reason, where nothing says what share was hurt.
    """
    if isinstance(onset, NoOnset):
        return missing("contained", onset.reason)
    recovery = find_recovery(series, onset)
    until = recovery.earliest if isinstance(recovery, Recovery) and recovery.earliest > onset.at else None
    share = hurt_share(series, onset)
    if share is not None:
        return from_share(share, onset, until)
    return from_services(series, onset)


def hurt_share(series: SeriesSet, onset: Onset) -> Signal | None:
    """Failed / all requests over all pairs of queries, else the voting SLI of signal `errors`; None without either."""
    pairs = request_pairs(series)
    if pairs:
        frames = [
            series.samples_of(errors).join(series.samples_of(total), on="at", suffix="_total")
            for errors, total in pairs
        ]
        summed = pl.concat(frames).group_by("at").agg(pl.col("value").sum(), pl.col("value_total").sum()).sort("at")
        summed = summed.filter(pl.col("value_total") > 0)
        value = (summed["value"] / summed["value_total"]).to_numpy().astype(np.float64)
        range_s = float(series.describe(pairs[0][0])["range_s"] or 0.0)
        at = summed["at"].dt.epoch("us").to_numpy().astype(np.int64)
        return signal("share", "share of failed requests", at, value, "up", range_s, counter=False)
    voted = {vote.series_id for vote in onset.votes}
    for row in series.labels.sort("series_id").iter_rows(named=True):
        if row["signal"] == "errors" and row["series_id"] in voted:
            samples = series.samples_of(row["series_id"])
            at = samples["at"].dt.epoch("us").to_numpy().astype(np.int64)
            value = samples["value"].to_numpy().astype(np.float64)
            if row["worse"] == "down":
                value = -value
            return signal(row["series_id"], row["name"], at, value, "up", float(row["range_s"] or 0.0), counter=False)
    return None


def from_share(share: Signal, onset: Onset, until: datetime | None) -> Milestone:
    """When the hurt share reached the level it did not leave upwards any more."""
    end = np.iinfo(np.int64).max if until is None else micros(until)
    inside = (share.at >= micros(onset.earliest)) & (share.at <= end)
    if inside.sum() < MIN_SAMPLES:
        return missing("contained", f"{share.name} has fewer than {MIN_SAMPLES} samples between onset and recovery")
    at, value = share.at[inside], share.value[inside]
    level = rising_fit(value)
    noise = 1.4826 * float(np.median(np.abs(value - level)))
    tolerance = max(NOISE * noise, 0.05 * float(level[-1] - level[0]))
    first = int(np.argmax(level >= level[-1] - tolerance))
    if until is None and first >= len(at) - 2:
        return missing("contained", f"{share.name} was still growing at the end of the window")
    before = int(at[max(first - 1, 0)])
    latest = int(at[first])
    middle = round((before + latest) / 2 - share.lag)
    note = f"{share.name} grew no more"
    return Milestone(
        "contained", from_micros(middle), from_micros(round(before - 2 * share.lag)), from_micros(latest), "measured",
        "found", note, (f"series:{share.series_id}",) if share.series_id != "share" else (),
    )  # fmt: skip


def from_services(series: SeriesSet, onset: Onset) -> Milestone:
    """When the last of several services began to be hurt; missing for one service, which cannot spread."""
    services = series.labels.filter(pl.col("role") == "sli")["service"].drop_nulls().unique().sort()
    if len(services) < 2:
        return missing(
            "contained", "no series says what share of the requests was hurt, and only one service was watched"
        )
    onsets = []
    for service in services:
        labels = series.labels.filter(pl.col("service") == service)
        found = find_onset(
            SeriesSet(labels, series.samples.filter(pl.col("series_id").is_in(labels["series_id"].implode())))
        )
        if isinstance(found, Onset) and found.latest >= onset.earliest:
            onsets.append((found.at, found.earliest, found.latest, service))
    if not onsets:
        return missing("contained", "no service has a clear onset of its own")
    at, earliest, latest, service = max(onsets)
    note = f"{service} was the last of {len(onsets)} services to be hurt"
    return Milestone("contained", at, earliest, latest, "measured", "found", note)


def rising_fit(value: Floats) -> Floats:
    """The increasing sequence closest to the values (isotonic regression by pooling adjacent violators)."""
    levels: list[float] = []
    counts: list[int] = []
    for one in value.tolist():
        levels.append(one)
        counts.append(1)
        while len(levels) > 1 and levels[-2] >= levels[-1]:
            count = counts[-2] + counts[-1]
            levels[-2:] = [(levels[-2] * counts[-2] + levels[-1] * counts[-1]) / count]
            counts[-2:] = [count]
    return np.repeat(np.array(levels), counts)
