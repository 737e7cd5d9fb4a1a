"""How strongly each entry is tied to the rest of its incident, by the words and names that it shares."""

import math
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import replace

from incident_timeline.score.statements import SAID, Entry

LOOSE = 0.5  # a remark tied less than this shares next to nothing with the others: perhaps another matter
# A remark with less than a twentieth of the average reach leads back to no record, whatever other remarks it is like. In a
# crowded channel, where every word is shared with some line, more is asked: the average from a hundred remarks on.
FAINT = 0.05
_COMMON = 0.25  # the part of its strength that a common word keeps
_RETURN = 0.15  # how often the walk starts anew, the usual value of PageRank (Brin and Page 1998)
_UNSURE = 0.01  # how likely the walk starts at a remark, against 1 at a record: a remark may open a matter of its own
_STEPS = 10  # after ten steps at 0.15 what is left to move is under a fifth, spread over everything
_SPREAD = 40  # a term in more entries than this ties nothing together, and would make long channels slow


def tie(entries: Sequence[Entry], common: frozenset[str]) -> list[Entry]:
    """The entries with `tied` (what they share, added up), `reach` (a walk from the records) and, from both, `of_it`."""
    ties = _ties(entries, common)
    least = max(FAINT, 2 * crowd(entries) - 1)
    found = []
    for entry, reach in zip(entries, _reach(entries, common), strict=True):
        tied = math.fsum(sorted(ties.get(term, 0.0) for term in entry.words | entry.names))
        of_it = entry.kind not in SAID or (tied >= LOOSE and reach >= least)
        found.append(replace(entry, tied=tied, reach=reach, of_it=of_it))
    return found


def crowd(entries: Sequence[Entry]) -> float:
    """How crowded the record is: 0 for ten remarks of people or fewer, 1 for a hundred or more, by their logarithm."""
    return max(0.0, min(1.0, math.log10(max(1, sum(entry.said for entry in entries)) / 10)))


def _ties(entries: Sequence[Entry], common: frozenset[str]) -> dict[str, float]:
    """How strongly each term ties an entry to the others: terms of recorded rows most, then terms that entries share.

    Terms shared among entries that themselves use a term of a recorded row count a little: a second step away.
    """
    uses = Counter(term for e in entries for term in e.words | e.names)
    recorded = frozenset().union(*(e.words | e.names for e in entries if e.kind not in SAID))
    rare = recorded - common
    near = Counter(t for e in entries if e.kind in SAID and (e.words | e.names) & rare for t in e.words | e.names)
    ties = {}
    for term, count in uses.items():
        if count > 1:
            strength = 0.5 + (1.0 if term in recorded else 0.0) + (0.25 if near[term] > 1 else 0.0)
            ties[term] = strength * (_COMMON if term in common else 1.0)
    return ties


def _reach(entries: Sequence[Entry], common: frozenset[str]) -> list[float]:
    """Where a walk that starts at recorded rows and steps to entries with shared terms is found, times their number.

    Personalised PageRank (Jeh and Widom 2003) over the likeness of entries: shared terms weighted by their rarity in this
    incident, divided by all that both say. In a channel with ten idle lines for each useful one every word is shared with
    some line; what counts there is whether the sharing leads back to an alert, a page, a deploy.
    """
    steps = _likeness(entries, common)
    out = {i: math.fsum(row.values()) for i, row in steps.items()}
    seeds = [_UNSURE if e.kind in SAID else 1.0 for e in entries]
    whole = math.fsum(seeds)
    start = [seed / whole for seed in seeds]
    found = start
    for _ in range(_STEPS):
        following = [_RETURN * share for share in start]
        for i, row in steps.items():
            if found[i] > 0:
                part = (1 - _RETURN) * found[i] / out[i]
                for j, like in row.items():
                    following[j] += part * like
        found = following
    return [share * len(entries) for share in found]


def _likeness(entries: Sequence[Entry], common: frozenset[str]) -> dict[int, dict[int, float]]:
    """For each entry the entries that it shares a term with, and how much."""
    terms = [sorted(e.words | e.names) for e in entries]
    uses: dict[str, list[int]] = defaultdict(list)
    for i, said in enumerate(terms):
        for term in said:
            uses[term].append(i)
    rarity = {
        term: (0.5 if term in common else 1.0) * math.log((len(entries) + 1) / len(where))
        for term, where in uses.items()
    }
    lengths = [math.sqrt(math.fsum(rarity[term] ** 2 for term in said)) for said in terms]
    like: dict[int, dict[int, float]] = defaultdict(lambda: defaultdict(float))
    for term in sorted(uses):
        where = uses[term]
        if 1 < len(where) <= _SPREAD and rarity[term] > 0:
            for i in where:
                for j in where:
                    if i != j:
                        like[i][j] += rarity[term] ** 2 / (lengths[i] * lengths[j])
    return {i: like[i] for i in sorted(like)}
