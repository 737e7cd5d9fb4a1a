"""Gathers what the archive knows about incidents like one: its kind, its nearest kin, what these share, whether actions helped."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime

import polars as pl

from incident_timeline.compare.outcome import measure_outcome
from incident_timeline.compare.similar import own_finds, shared_by
from incident_timeline.model.actions import Standing
from incident_timeline.model.compared import Alike
from incident_timeline.model.kin import Kin, Proposal, Tested

VOTERS = 3  # of the nearest kin that people have categorized
LIKE_ENOUGH = 0.5  # below, half of what an incident has is different there, and a category would be a guess


def know_kin(
    incidents: pl.DataFrame, gaps: pl.DataFrame, segments: pl.DataFrame, incident: str, alike: tuple[Alike, ...],
    standings: Sequence[Standing], without: int, common: frozenset[str], *, most: int,
) -> Kin:  # fmt: skip
    """What archived tables (model.archived) and action items say beside one incident, whose own row is among `incidents`.

    `alike` is all that find_similar gives, of which `most` are told; a proposed category looks at all. `gaps` and `segments`
    need only hold incidents of its category, `standings` only those of `kin_names`; `without` is how many of these have no
    post-mortem at hand, `common` is model.cues.Cues.common. The same tables give the same answer, as of their newest row.
    """
    mine = incidents.filter(pl.col("incident_id") == incident).row(0, named=True)
    kind = _kind(incidents, incident, mine["category"])
    as_of: datetime = incidents.select(pl.col("collected_at").max()).item()
    wanted = {*kind, *(one.incident for one in alike[:most])}
    actions = tuple(one for one in standings if one.incident in wanted)
    tests = [
        Tested(one, measure_outcome(incidents, gaps, segments, mine["category"], one.since, as_of))
        for one in actions
        if one.since is not None and one.incident in kind and one.since <= as_of
    ]
    near = alike[:most]
    group = (*kind, incident) if kind else (*(one.incident for one in near), incident)
    finds, lacks = own_finds(incidents, incident)
    earlier = incidents.filter(pl.col("incident_id").is_in(list(kind)) & (pl.col("began_at") < mine["began_at"]))
    return Kin(
        incident, as_of, incidents.height - 1, mine["category"], earlier.height + 1 if mine["category"] else 0, kind,
        None if mine["category"] else propose_category(alike), near, len(group), shared_by(incidents, group, common),
        actions, without, tuple(sorted(tests, key=_proven_first)), finds, lacks,
    )  # fmt: skip


def kin_names(incidents: pl.DataFrame, incident: str, alike: Sequence[Alike]) -> tuple[str, ...]:
    """The incidents whose action items matter beside one: those of its category, the latest first, then the like ones."""
    category = incidents.filter(pl.col("incident_id") == incident)["category"][0]
    return tuple(dict.fromkeys([*_kind(incidents, incident, category), *(one.incident for one in alike)]))


def propose_category(alike: Sequence[Alike]) -> Proposal | None:
    """The category that most of the nearest categorized incidents have, the nearer one at a tie; None where none is near enough."""
    near = [one for one in alike if one.category and one.score >= LIKE_ENOUGH][:VOTERS]
    votes = Counter(
        one.category for one in near
    )  # counted in the order of nearness, so that the first of equals is the nearest
    for category, count in votes.most_common(1):
        nearest = next(one.incident for one in near if one.category == category)
        return Proposal(str(category), count, len(near), nearest)
    return None


def _proven_first(one: Tested) -> tuple[bool, float]:
    return one.action.state != "verified", -one.outcome.since.timestamp()


def _kind(incidents: pl.DataFrame, incident: str, category: str | None) -> tuple[str, ...]:
    if category is None:
        return ()
    same = incidents.filter((pl.col("category") == category) & (pl.col("incident_id") != incident))
    return tuple(same.sort("began_at", "incident_id", descending=[True, False])["incident_id"])
