"""Reads changes of version out of series whose labels name it: which version is live at each step, and when that changes."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from incident_timeline.collect.prometheus_api import Matrix
from incident_timeline.collect.rule_jobs import SERVICE_LABELS

REFS = ("version", "tag", "release", "image")
SHAS = ("revision", "sha", "commit", "image_id")

Labels = Mapping[str, str]
Version = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Seen:
    """A version that became live at a place where another was: on a grid of steps, to be refined by raw samples."""

    metric: str
    labels: Labels  # of the place and the version together
    version: Version
    previous: str  # the version that was live, in words
    first: datetime  # the first step that has it
    last_old: datetime  # the last step that has another one, `first` where none overlaps
    back: bool  # whether it was live there before, with another in between
    selector: str
    evidence: str

    @property
    def ref(self) -> str | None:
        """What people call the version; an image by its tag."""
        named = next((value for key, value in self.version if key in REFS), None)
        return named.rsplit(":", 1)[-1] if named and "/" in named else named

    @property
    def sha(self) -> str | None:
        """The commit, where the labels name one; else the version as it stands, which tells a rollback as well."""
        return next((value for key, value in self.version if key in SHAS), None) or next(
            (value for _, value in self.version), None
        )

    def is_new(self, labels: Labels) -> bool:
        """Whether labels are of this version."""
        return version_of(labels) == self.version


def service_of(labels: Labels) -> str | None:
    """The service that labels name: `service` and its like, for a pod its container."""
    return next((labels[key] for key in (*SERVICE_LABELS, "container") if labels.get(key)), None)


def version_of(labels: Labels) -> Version:
    """The labels that name a version."""
    return tuple((key, labels[key]) for key in (*REFS, *SHAS) if labels.get(key))


def read_changes(series: Iterable[Matrix], step_s: float) -> list[Seen]:
    """Every version that became live where another one was, in time order; the first one at a place is no change."""
    places: dict[tuple[tuple[str, str], ...], list[Matrix]] = {}
    for one in series:
        if version_of(one.labels):
            places.setdefault(_place(one.labels), []).append(one)
    found = []
    for place, versions in sorted(places.items()):
        found += _changes(dict(place), versions, timedelta(seconds=step_s))
    return sorted(found, key=lambda seen: (seen.first, seen.metric))


def _place(labels: Labels) -> tuple[tuple[str, str], ...]:
    return tuple(sorted((k, v) for k, v in labels.items() if k not in (*REFS, *SHAS)))


def _changes(place: Labels, versions: list[Matrix], step: timedelta) -> list[Seen]:
    by_step: dict[datetime, list[Matrix]] = {}
    for one in versions:
        for at in one.samples["at"]:
            by_step.setdefault(at, []).append(one)
    steps = sorted(by_step)
    live: set[Version] = set()
    known: set[Version] = set()
    found = []
    for at in steps:
        here = {version_of(one.labels): one for one in by_step[at]}
        for version in sorted(here.keys() - live):
            if live:
                others = [t for t in steps if t >= at and any(version_of(o.labels) != version for o in by_step[t])]
                seen = _seen(place, here[version], version, live, at)
                found.append(replace(seen, last_old=_unbroken(at, others, step), back=version in known))
        live = set(here)
        known |= live
    return found


def _unbroken(start: datetime, times: list[datetime], step: timedelta) -> datetime:
    """The last of the steps that follow `start` without a hole; `start` itself when the first is not there."""
    last = start
    for at in times:
        if at - last > step:
            break
        last = at
    return last


def _seen(place: Labels, one: Matrix, version: Version, live: set[Version], at: datetime) -> Seen:
    metric = one.labels.get("__name__", "kube_pod_container_info")
    matchers = ", ".join(f'{key}="{_escaped(value)}"' for key, value in sorted(place.items()) if key != "__name__")
    previous = " and ".join(sorted(next(value for _, value in other) for other in live if other != version))
    return Seen(metric, one.labels, version, previous, at, at, False, f"{metric}{{{matchers}}}", one.evidence)


def _escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
