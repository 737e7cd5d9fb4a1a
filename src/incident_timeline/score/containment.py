"""From when on it stopped spreading: the share of hurt requests, or the number of hurt services, grew no more."""

from dataclasses import replace

import numpy as np
import polars as pl

from incident_timeline.model.instants import from_micros, micros
from incident_timeline.model.milestones import Milestone, missing
from incident_timeline.model.onset import NoOnset, Onset
from incident_timeline.model.series import SeriesSet
from incident_timeline.score.onset import find_onset
from incident_timeline.score.onset_joint import CLEAR, overlaps, search
from incident_timeline.score.onset_signals import SLI_ROLES, Floats, Ints, Signal, signal, signals_of
from incident_timeline.score.recovery import settled
from incident_timeline.score.request_counts import added, request_pairs
from incident_timeline.score.slow import slow_share

MIN_SAMPLES = 6
PEAK = 0.9  # the quantile of the share after the onset that counts as its peak; single worse scrapes lie above it
HURT = 0.5  # of the peak: the share lies on its plateau or near it, so the median of these samples is the plateau


def contain(series: SeriesSet, onset: Onset | NoOnset) -> Milestone:
    """When the share of hurt requests first came within a tenth of its plateau; from a fifth below the plateau to its peak.

    Hurt are failed requests, over all of the services whose queries give both, else an error-ratio SLI. Where their share never
    grew, hurt are the slow ones, if the buckets of a histogram were kept; the two are not added, as nobody knows how many
    requests are both. Where neither grew, it is when the last of several watched services began to be hurt. Of one service
    alone that is missing.
    """
    if isinstance(onset, NoOnset):
        return missing("contained", onset.reason)
    services = series.labels.filter(pl.col("role").is_in(list(SLI_ROLES)))["service"].drop_nulls().unique().sort()
    failed, slow = failed_share(series), slow_share(series, services.to_list(), micros(onset.earliest))
    shares = [share for share in (failed, slow) if share is not None]
    if not shares:
        return from_services(series, onset, "no series gives the share of failed or of slow requests")
    for share in shares:
        grown = grown_to(share, onset)
        if grown is not None:
            return grown
    told = " and ".join(f"of {share.name}" for share in shares)
    beyond = "; slow ones are not in it" if slow is None else ""
    return from_services(series, onset, f"the share {told} did not grow beyond what it was before{beyond}")


def failed_share(series: SeriesSet) -> Signal | None:
    """Failed over all requests instant by instant; None where no series says it."""
    pairs = request_pairs(series)
    rates = added(series, pairs) if pairs else None
    if rates is not None:
        some = rates.total > 0
        value, range_s = rates.bad[some] / rates.total[some], rates.range_us / 1e6
        one = signal("share", "failed requests", rates.at[some], value, "up", range_s, counter=False)
        requests = float(np.median(rates.total[some])) * range_s if some.any() else 0.0
        return replace(one, event=1 / requests if requests else None)
    ratios = series.labels.filter(
        (pl.col("signal") == "errors") & (pl.col("unit") == "ratio") & (pl.col("worse") != "down")
    )
    found = [s for s in signals_of(series, SLI_ROLES) if s.series_id in set(ratios["series_id"])]
    return found[0] if found else None


def grown_to(share: Signal, onset: Onset) -> Milestone | None:
    """When a share was nearly where it then stayed; None where it did not grow after the onset beyond what it was before.

    It grew where that is as clear as an onset must be: of slow requests a few time out, and how many is chance.
    The plateau is the median of the samples that reach half of the peak: noise on a long plateau does not move it.
    """
    after = share.at >= micros(onset.earliest)
    at, value = share.at[after], smooth(share.value[after])
    usual = float(np.max(share.value[~after], initial=0.0))
    peak = float(np.quantile(value, PEAK)) if len(at) >= MIN_SAMPLES else 0.0
    found = search((share,), overlaps((share,))) if peak > usual else None
    if found is None or found.evidence < CLEAR or found.first < micros(onset.earliest):
        return None
    plateau = float(np.median(value[value >= HURT * peak]))
    # Where the hurt was short, the peak as a quantile can lie under the plateau.
    levels = (0.8 * plateau, 0.9 * plateau, max(peak, plateau))
    low, middle, high = (reached(at, value, level) for level in levels)
    start = from_micros(round(low - (share.range_s or 0.0) * 1e6))
    return Milestone(
        "contained", max(start, from_micros(round(middle - settled(share)))), start, from_micros(round(high)), "measured",
        "found", f"the share of {share.name} first came within a tenth of its plateau of {plateau:.1%}", (),
    )  # fmt: skip


def reached(at: Ints, value: Floats, level: float) -> float:
    """When values first reached a level that some of them has, microseconds, on the straight line from the sample before.

    A share over a range rises along such a line; the sample that shows it is up to one step late.
    """
    first = int(np.argmax(value >= level))
    if first == 0:
        return float(at[0])
    before, after = first - 1, first
    part = (level - value[before]) / (value[after] - value[before])
    return float(at[before] + part * (at[after] - at[before]))


def from_services(series: SeriesSet, onset: Onset, why: str) -> Milestone:
    """When the last of several services began to be hurt; missing, for the reason given, where one alone is watched."""
    labels = series.labels.filter(pl.col("role").is_in(list(SLI_ROLES)))
    services = labels["service"].drop_nulls().unique().sort()
    if len(services) < 2:
        return missing("contained", why)
    onsets = []
    for service in services:
        ids = labels.filter(pl.col("service") == service)["series_id"].to_list()
        found = find_onset(SeriesSet(labels, series.samples.filter(pl.col("series_id").is_in(ids))))
        if isinstance(found, Onset) and found.latest >= onset.earliest:
            onsets.append((found.at, service, found))
    if not onsets:
        return missing("contained", f"{why}, and no service has a clear onset")
    at, service, last = max(onsets, key=lambda entry: entry[:2])
    reason = (
        f"{service} was the last of {len(onsets)} services to be hurt"
        if len(onsets) > 1
        else f"{service} was the only one of {len(services)} watched services to be hurt"
    )
    return Milestone("contained", at, last.earliest, last.latest, "measured", "found", reason, ())


def smooth(value: Floats) -> Floats:
    """A running median of five: one bad scrape is no growth."""
    if len(value) < 5:
        return value
    padded = np.pad(value, 2, mode="edge")
    return np.asarray(np.median(np.lib.stride_tricks.sliding_window_view(padded, 5), axis=1), dtype=np.float64)
