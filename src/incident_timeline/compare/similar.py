"""Finds like incidents: by service, alerts, signals that moved, changes, how it ended and words, with the reasons said."""

import math
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

import polars as pl

from incident_timeline.model.compared import Alike

# What each kind of likeness weighs. Set by hand, not learned: what fired and what moved says more than how people put it.
WEIGHTS = {"alerts": 3.0, "signals": 2.0, "service": 1.5, "changes": 1.5, "fix": 1.0, "words": 3.0}
_SETS = {"alerts": "same alerts", "signals": "the same signals moved", "changes": "changed before"}
_NAMED_WORDS = 4  # shared words that a reason names, the rarest first


def find_similar(incidents: pl.DataFrame, incident: str, *, most: int = 5) -> tuple[Alike, ...]:
    """The most alike archived incidents, best first; KeyError when the incident is not archived.

    Each kind of likeness gives 0 to 1 (Jaccard of sets, 1 for equal values, cosine of words weighted by rarity); the score is
    their weighted mean over the kinds that both incidents have anything of. An incident that shares nothing is left out.
    """
    rows = {row["incident_id"]: row for row in incidents.iter_rows(named=True)}
    mine = rows.pop(incident)
    rarity = _rarity([mine, *rows.values()])
    found = [_compare(mine, other, rarity) for other in rows.values()]
    ranked = sorted((one for one in found if one.shared), key=lambda one: (-one.score, one.incident))
    return tuple(ranked[:most])


def _compare(mine: Mapping[str, Any], other: Mapping[str, Any], rarity: Mapping[str, float]) -> Alike:
    likeness: dict[str, float] = {}
    shared, different = [], []
    for kind, words in _SETS.items():
        ours, theirs = set(mine[kind] or ()), set(other[kind] or ())
        if not ours and not theirs:
            continue
        both = ours & theirs
        likeness[kind] = len(both) / len(ours | theirs)
        if both:
            shared.append(f"{words}: {', '.join(sorted(both))}")
        if theirs - ours:
            different.append(f"{words.removeprefix('same ')} only there: {', '.join(sorted(theirs - ours))}")
    for kind in ("service", "fix"):
        if mine[kind] is None or other[kind] is None:
            continue
        likeness[kind] = float(mine[kind] == other[kind])
        what = "service" if kind == "service" else "how it ended"
        if mine[kind] == other[kind]:
            shared.append(f"{what}: {mine[kind]}")
        else:
            different.append(f"{what} there: {other[kind]}")
    likeness["words"], named = _words_alike(mine["words"] or (), other["words"] or (), rarity)
    if named:
        shared.append(f"words: {', '.join(named)}")
    weight = math.fsum(WEIGHTS[kind] for kind in likeness)
    score = math.fsum(WEIGHTS[kind] * value for kind, value in likeness.items()) / weight
    return Alike(other["incident_id"], other["title"] or "", score, tuple(shared), tuple(different), other["category"],
                 other["fix"] or "")  # fmt: skip


def _rarity(rows: Iterable[Mapping[str, Any]]) -> dict[str, float]:
    """ln(n / n with the word) (Sparck Jones 1972): a word of every incident weighs nothing."""
    held = [set(row["words"] or ()) for row in rows]
    counts = Counter(word for words in held for word in words)
    return {word: math.log(len(held) / count) for word, count in counts.items()}


def _words_alike(ours: Iterable[str], theirs: Iterable[str], rarity: Mapping[str, float]) -> tuple[float, list[str]]:
    mine, other = set(ours), set(theirs)
    both = sorted((word for word in mine & other if rarity[word] > 0), key=lambda word: (-rarity[word], word))
    norm = math.sqrt(_square(mine, rarity) * _square(other, rarity))
    return (_square(both, rarity) / norm if norm else 0.0), both[:_NAMED_WORDS]


def _square(words: Iterable[str], rarity: Mapping[str, float]) -> float:
    return math.fsum(rarity[word] ** 2 for word in sorted(words))
