"""Finds like incidents: by service, alerts, signals that moved, changes, how it ended and words, with the reasons said."""

import math
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import polars as pl

from incident_timeline.model.compared import Alike, OwnFind
from incident_timeline.model.cues import STEM
from incident_timeline.model.kin import KINDS, Shared

# What each kind of likeness weighs. Set by hand, not learned: what fired and what moved says more than how people put it.
WEIGHTS = {"alerts": 3.0, "named": 1.5, "signals": 2.0, "service": 1.5, "changes": 1.5, "fix": 1.0, "words": 3.0}
_PART = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")  # of an alert's name: Webhooks and TLS, disk and full
_NAMED_WORDS = 4  # shared words that a reason names, the rarest first
_COMMON = 1 / 3  # what a word that incidents of all kinds use counts beside one that few do
_BESIDE = frozenset({"fix"})  # a rollback ends unlike incidents too: nothing is like another by that alone
_SINCE = 2  # the schema of model.archived from which on alerts, words and fix hold what they are called
_FEW = 8  # incidents; among fewer what most of them have may still be what makes a kind

Traits = Mapping[str, frozenset[str]]  # by kind of WEIGHTS


@dataclass(frozen=True, slots=True)
class Rarity:
    """How much it says that two incidents share a thing, and how often the archive holds it; made by `rarity_of`."""

    incidents: int
    held: Mapping[str, Counter[str]]  # by kind
    common: frozenset[str]  # model.cues.Cues.common

    def weight(self, kind: str, one: str) -> float:
        """ln((n + 1) / n with it) (Sparck Jones 1972, smoothed so that two alike incidents alone share something)."""
        plain = math.log((self.incidents + 1) / self.held[kind][one])
        return plain * _COMMON if kind == "words" and one[:STEM] in self.common else plain

    def square(self, kind: str, things: Iterable[str]) -> float:
        """The squared length of a set of things, each as long as its weight."""
        return math.fsum(self.weight(kind, one) ** 2 for one in things)  # exact, so that the order changes nothing


def rarity_of(traits: Iterable[Traits], common: frozenset[str]) -> Rarity:
    """Counted over all incidents that are looked at."""
    rows = list(traits)
    return Rarity(len(rows), {kind: Counter(one for row in rows for one in row[kind]) for kind in WEIGHTS}, common)


def find_similar(incidents: pl.DataFrame, incident: str, common: frozenset[str]) -> tuple[Alike, ...]:
    """The like ones of the archived incidents, the most alike first and of equals the latest; KeyError for one not archived.

    Each kind of likeness gives 0 to 1: the cosine of what both have, weighted by rarity. The score is the weighted mean over
    the kinds that the incident has anything of: what another one lacks counts as unlike. An incident that shares nothing, or
    only how it ended, is left out.
    """
    rows = {row["incident_id"]: _current(row) for row in incidents.iter_rows(named=True)}
    traits = {name: _traits(row) for name, row in rows.items()}
    mine = traits[incident]
    rarity = rarity_of(traits.values(), common)
    found = [_compare(mine, traits[name], row, rarity) for name, row in rows.items() if name != incident]
    alike = (one for one in found if one is not None)
    return tuple(sorted(alike, key=lambda one: (-one.score, -one.began_at.timestamp(), one.incident)))


def own_finds(incidents: pl.DataFrame, incident: str) -> tuple[tuple[OwnFind, ...], str | None]:
    """What the paging tool itself takes for like this one, under our name where it is archived; and why there is none."""
    row = incidents.filter(pl.col("incident_id") == incident).row(0, named=True)
    names = {
        str(url).rstrip("/").rsplit("/", 1)[-1]: name
        for url, name in incidents.select("url", "incident_id").iter_rows()
    }
    found = tuple(
        OwnFind(one["relation"], one["key"], names.get(one["key"]), one["title"], one["at"], one["why"])
        for one in row["pagerduty_like"] or ()
    )
    return found, row["pagerduty_lacks"]


def shared_by(incidents: pl.DataFrame, group: Iterable[str], common: frozenset[str]) -> tuple[Shared, ...]:
    """What at least two and half of a group have, by kind and then most often held first; words only where few others use them."""
    names = set(group)
    traits = [
        _traits(_current(row))
        for row in incidents.filter(pl.col("incident_id").is_in(list(names))).iter_rows(named=True)
    ]
    found = []
    for kind in WEIGHTS:
        held = Counter(one for row in traits for one in row[kind] if kind != "words" or one[:STEM] not in common)
        often = [(one, count) for one, count in held.items() if count >= 2 and count * 2 >= len(names)]
        found += [Shared(kind, one, count) for one, count in sorted(often, key=lambda pair: (-pair[1], pair[0]))]
    same = {one.thing for one in found if one.kind == "alerts"}
    return tuple(one for one in found if one.kind != "named" or not same)


def _current(row: dict[str, Any]) -> dict[str, Any]:
    """A row without what an older schema kept under the same names: first words of alerts, stop words, why no fix was found."""
    return row if row["schema_version"] >= _SINCE else row | {"alerts": None, "words": None, "fix": None}


def _traits(row: Mapping[str, Any]) -> Traits:
    ended = str(row["fix"]).split(" of ")[0] if row["fix"] else None  # a rollback is one, whatever was rolled back
    own = {part.casefold() for part in re.findall(r"[^\W_]+", row["service"] or "")}
    parts = (part.casefold() for name in row["alerts"] or () for part in _PART.findall(name))
    return {
        **{kind: frozenset(row[kind] or ()) for kind in ("alerts", "signals", "changes", "words")},
        "named": frozenset(one for one in parts if len(one) > 2 and one not in own),
        "service": frozenset(filter(None, [row["service"]])),
        "fix": frozenset(filter(None, [ended])),
    }


def _compare(mine: Traits, theirs: Traits, row: Mapping[str, Any], rarity: Rarity) -> Alike | None:
    """One archived incident beside ours; None where they share nothing that says anything by itself."""
    both = {kind: mine[kind] & theirs[kind] for kind in WEIGHTS if mine[kind]}
    telling = any(_is_telling(kind, things, rarity) for kind, things in both.items() if kind != "words")
    if "words" in both and not _is_reason(both["words"], rarity, alone=not telling):
        both["words"] = frozenset()
    if not telling and not both.get("words"):
        return None
    score = math.fsum(WEIGHTS[kind] * _likeness(kind, mine, theirs, both[kind], rarity) for kind in both)
    kinds = [kind for kind, things in both.items() if things and not (kind == "named" and both["alerts"])]
    shared = [_reason(kind, both[kind], rarity) for kind in kinds]
    different = [
        f"{KINDS[kind]}: {', '.join(sorted(theirs[kind] - mine[kind]))}"
        for kind in both
        if kind not in ("words", "named") and theirs[kind] - mine[kind]
    ]
    return Alike(
        row["incident_id"], row["title"] or "", score / math.fsum(WEIGHTS[kind] for kind in both), tuple(kinds), tuple(shared),
        tuple(different), row["category"], row["fix"] or "", row["fix_said"] or "", row["began_at"],
    )  # fmt: skip


def _likeness(kind: str, mine: Traits, theirs: Traits, both: frozenset[str], rarity: Rarity) -> float:
    if not both:
        return 0.0
    return rarity.square(kind, both) / math.sqrt(rarity.square(kind, mine[kind]) * rarity.square(kind, theirs[kind]))


def _is_telling(kind: str, both: frozenset[str], rarity: Rarity) -> bool:
    """Whether a shared thing makes two incidents alike by itself: not what more than half of a larger archive has."""
    if kind in _BESIDE or not both:
        return False
    few = rarity.incidents < _FEW and kind != "named"
    return few or _held(kind, both, rarity) * 2 <= rarity.incidents


def _reason(kind: str, both: frozenset[str], rarity: Rarity) -> str:
    """What both have, and, except of words, how many archived incidents have it: a usual thing is then seen as that."""
    rarest = sorted(both, key=lambda one: (-rarity.weight(kind, one), one))
    if kind == "words":
        return f"{KINDS[kind]}: {', '.join(rarest[:_NAMED_WORDS])}"
    return f"{KINDS[kind]}: {', '.join(rarest)} ({_held(kind, both, rarity)} of {rarity.incidents} have it)"


def _held(kind: str, both: frozenset[str], rarity: Rarity) -> int:
    """How many archived incidents have the rarest of these things."""
    return min(rarity.held[kind][one] for one in both)


def _is_reason(words: frozenset[str], rarity: Rarity, *, alone: bool) -> bool:
    """Whether shared words say anything: one that few use beside another likeness, two without; a common one is a third of one."""
    counted = math.fsum(_COMMON if one[:STEM] in rarity.common else 1.0 for one in words)
    return counted > (2 if alone else 1) - _COMMON / 2
