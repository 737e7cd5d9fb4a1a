"""The moment they knew enough: the earliest entry that states the fact, or takes the decision, on which the fix acted."""

import math
from collections.abc import Mapping, Sequence
from datetime import datetime

from incident_timeline.model.cues import Cues, Weights
from incident_timeline.model.milestones import Alternative, Milestone, missing
from incident_timeline.score.fixes import Fix, Recovered, first_signal, well_by_words
from incident_timeline.score.knew_enough_features import Scene, candidates, features, scene_of
from incident_timeline.score.knew_enough_words import against, why
from incident_timeline.score.statements import Entry

LISTED = 5  # rivals listed
QUOTED = 500  # characters of a quotation


ENDED = {
    "by itself": "it seems to have ended by itself",
    "by a vendor": "it seems to have been ended by a vendor",
    "by a restart": "it seems to have been ended by an unexplained restart",
}


def propose_knew_enough(
    entries: Sequence[Entry],
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
    if not entries:
        return missing("knew_enough", "nothing was written down: there are no entries")
    scene = set_scene(entries, detected=detected, recovered=recovered, resolved=resolved, fix=fix)
    ranked, nobody = rank(scene, cues.weights.features)
    rivals = tuple(_alternative(entry, share, scene) for entry, share in ranked[:LISTED])
    reason = _abstention(ranked, nobody, fix, cues.weights.abstain_ratio)
    return missing("knew_enough", reason, rivals) if reason else _proposal(rivals, cues.weights)


def set_scene(
    entries: Sequence[Entry],
    *,
    detected: datetime | None,
    recovered: Recovered | None,
    resolved: datetime | None,
    fix: Fix,
) -> Scene:
    """The entries of one incident with its first signal and its recovery, measured or by words."""
    first = first_signal(entries)
    well = recovered[2] if recovered else well_by_words(entries, first, resolved or entries[-1].at)
    return scene_of(entries, min(detected or first, first), well, fix)


def candidate_features(scene: Scene) -> list[tuple[Entry | None, dict[str, float]]]:
    """The features of every candidate, and last those of nobody having said it (entry None)."""
    rows: list[tuple[Entry | None, dict[str, float]]] = [(entry, features(entry, scene)) for entry in candidates(scene)]
    no_fix = scene.fix.started.at is None
    nobody = {
        "nobody": 1.0,
        "nobody_by_itself": float(no_fix and (scene.well is not None or scene.fix.ended == "by a restart")),
        "nobody_no_fix": float(no_fix and scene.well is None and scene.fix.ended != "by a restart"),
        "nobody_said_by_itself": float(any("by_itself" in entry.cues for entry in scene.entries)),
        "nobody_vendor": float(any("vendor_fixed" in entry.cues for entry in scene.entries)),
    }
    return [*rows, (None, nobody)]


def rank(scene: Scene, weights: Mapping[str, float]) -> tuple[list[tuple[Entry, float]], float]:
    """Candidates with their shares, best first, and the share of "nobody said it"; together they make 1."""
    rows = candidate_features(scene)
    scores = [math.fsum(weights.get(name, 0.0) * value for name, value in row.items()) for _, row in rows]
    top = max(scores)
    total = math.fsum(math.exp(score - top) for score in scores)
    shares = [math.exp(score - top) / total for score in scores]
    ranked = [(entry, share) for (entry, _), share in zip(rows, shares, strict=True) if entry is not None]
    return sorted(ranked, key=lambda pair: (-pair[1], pair[0].at, pair[0].text, pair[0].event_id)), shares[-1]


def _abstention(ranked: Sequence[tuple[Entry, float]], nobody: float, fix: Fix, ratio: float) -> str:
    """Why nothing is proposed; empty when something is."""
    if not ranked:
        return "nothing was written down by a person"
    if nobody < ratio * ranked[0][1]:
        return ""
    if fix.ended in ENDED:
        return f"{ENDED[fix.ended]}: {fix.why}"
    return "no entry clearly states a fact, or takes a decision, on which the fix acted"


def _alternative(entry: Entry, share: float, scene: Scene) -> Alternative:
    text = entry.text if len(entry.text) <= QUOTED else entry.text[: QUOTED - 1] + "\u2026"
    return Alternative(entry.at, entry.event_id, text, round(share, 4), why(entry, scene), against(entry, scene))


def _proposal(rivals: Sequence[Alternative], weights: Weights) -> Milestone:
    """The best candidate, with a range over those of the first three that are near enough in score."""
    best = rivals[0]
    ratios = (0.0, weights.second_ratio, weights.third_ratio)
    near = [rival.at for rival, ratio in zip(rivals, ratios, strict=False) if rival.score >= ratio * best.score]
    evidence = (best.event_id,)
    return Milestone(
        "knew_enough", best.at, min(near), max(near), "proposed", "found", best.why, evidence, tuple(rivals)
    )
