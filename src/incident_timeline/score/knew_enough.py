"""The moment they knew enough: the earliest entry that states the fact, or takes the decision, on which the fix acted."""

import math
from collections.abc import Sequence
from datetime import datetime

import polars as pl

from incident_timeline.model.cues import Cues
from incident_timeline.model.incident import Change
from incident_timeline.model.milestones import Alternative, Milestone, missing
from incident_timeline.score.fixes import Fix, Recovered, first_signal, well_by_words
from incident_timeline.score.knew_enough_features import Scene, candidates, features, scene_of
from incident_timeline.score.knew_enough_words import against, why
from incident_timeline.score.statements import Entry, read_entries

LISTED = 5  # rivals listed
IN_RANGE = 3  # rivals that may widen the printed range


def propose_knew_enough(
    events: pl.DataFrame,
    changes: Sequence[Change],
    *,
    detected: datetime | None,
    recovered: Recovered | None,
    resolved: datetime | None,
    fix: Fix,
    cues: Cues,
) -> Milestone:
    """The proposal with its rivals, or a missing milestone with the reason why nothing is proposed.

    `at` is the best candidate, `earliest` and `latest` span at most three candidates that are near enough in score.
    A score is a candidate's share in a conditional logit (McFadden 1974) over all candidates and "nobody said it".
    """
    entries = read_entries(events, changes, cues)
    if not entries:
        return missing("knew_enough", "nothing was written down: there are no entries")
    first = first_signal(entries)
    well = recovered[2] if recovered else well_by_words(entries, first, resolved or entries[-1].at)
    scene = scene_of(entries, min(detected or first, first), well, fix)
    ranked = rank(scene, cues)
    nobody = 1.0 - sum(share for _, share in ranked)
    rivals = tuple(_alternative(entry, share, scene) for entry, share in ranked[:LISTED])
    reason = _abstention(ranked, nobody, fix, cues)
    if reason:
        return missing("knew_enough", reason, rivals)
    return _proposal(rivals, cues.weights.keep_ratio)


def rank(scene: Scene, cues: Cues) -> list[tuple[Entry, float]]:
    """Candidates with their shares, best first; the shares and that of "nobody said it" add up to 1."""
    weights = cues.weights.features
    scored = [
        (entry, sum(weights.get(name, 0.0) * value for name, value in features(entry, scene).items()))
        for entry in candidates(scene)
    ]
    nobody = nobody_score(scene, cues)
    top = max([nobody, *(score for _, score in scored)])
    total = math.exp(nobody - top) + math.fsum(math.exp(score - top) for _, score in scored)
    shares = [(entry, math.exp(score - top) / total) for entry, score in scored]
    return sorted(shares, key=lambda pair: (-pair[1], pair[0].at, pair[0].text, pair[0].event_id))


def nobody_score(scene: Scene, cues: Cues) -> float:
    """The score of "nobody said it", which competes with the candidates."""
    weights = cues.weights.features
    return sum(weights.get(name, 0.0) * value for name, value in nobody_features(scene).items())


def nobody_features(scene: Scene) -> dict[str, float]:
    """What speaks for nobody having known: it ended by itself, by a vendor, or nothing is on record."""
    no_fix = scene.fix.started.at is None
    return {
        "nobody": 1.0,
        "nobody_by_itself": float(no_fix and scene.well is not None),
        "nobody_no_fix": float(no_fix and scene.well is None),
        "nobody_said_by_itself": float(any("by_itself" in e.cues for e in scene.entries)),
        "nobody_vendor": float(any("vendor_fixed" in e.cues for e in scene.entries)),
    }


def _abstention(ranked: Sequence[tuple[Entry, float]], nobody: float, fix: Fix, cues: Cues) -> str:
    if not ranked:
        return "nothing was written down by a person"
    if nobody < cues.weights.abstain_share:
        return ""
    if fix.ended == "by itself":
        return "it seems to have ended by itself: " + fix.why
    if fix.ended == "by a vendor":
        return "it seems to have been ended by a vendor: " + fix.why
    return "no entry states a fact or a decision that the fix clearly acted on"


def _alternative(entry: Entry, share: float, scene: Scene) -> Alternative:
    return Alternative(entry.at, entry.event_id, entry.text, round(share, 4), why(entry, scene), against(entry, scene))


def _proposal(rivals: Sequence[Alternative], keep_ratio: float) -> Milestone:
    best = rivals[0]
    near = [rival for rival in rivals[:IN_RANGE] if rival.score >= keep_ratio * best.score]
    return Milestone(
        "knew_enough",
        best.at,
        min(rival.at for rival in near),
        max(rival.at for rival in near),
        "proposed",
        "found",
        best.why,
        (best.event_id,),
        tuple(rivals),
    )
