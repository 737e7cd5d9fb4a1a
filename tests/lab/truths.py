"""The truth of a scenario of any kind: a release (truth.py), a degradation that nobody explained, a lack of capacity."""

from collections.abc import Callable
from typing import Any

from tests.lab.truth import Lived, Moments, alert_times, client_counts, iso, segments, truth_of, well_from

_AHEAD_S = 30  # shares of hurt requests are read over so many seconds ahead
_HURT_SHARE = 0.02  # users are hurt from a second on in which somebody is, with this share of the seconds ahead
_MOST = 0.98  # the share of hurt requests grew no more once it had reached this part of its maximum

_UNEXPLAINED_WHY = {
    "below_threshold": "the rule reads this latency, and its p95 had not been seen above 0.8 s",
    "pending": "the rule's `for`",
    "grouping": "Alertmanager's `group_wait`, then delivery",
    "page_to_ack": "the page had arrived and nobody had acknowledged it",
    "investigating": "people looked and asked, and that is on record",
    "no_record": "nothing about the incident was written anywhere; it ended by itself in between",
    "closing": "the last note was written and the incident was still open",
}
_CAPACITY_WHY = {
    "no_rule": "requests waited for a worker and timed out at the client; the server counted no error, and no rule reads waiting",
    "below_threshold": "the queue was full and requests were refused, but the rule's ratio had not been seen above 5 %",
    "pending": "the rule's `for`",
    "grouping": "Alertmanager's `group_wait`, then delivery",
    "page_to_ack": "the page had arrived and nobody had acknowledged it",
    "investigating": "people looked, and what they saw is on record",
    "attempt_without_effect": "orders was suspected and restarted, which changed nothing",
    "mobilising": "it was plain that orders was not it; the platform team was asked and had not yet joined",
    "investigate": "what to do about it was being asked and answered",
    "implement": "the decision was made and the limit was being changed",
    "recovery": "there were more workers, and the queue was still being worked off",
    "verify": "people watched it",
    "closing": "recovery had been announced and the incident was still open",
}


def truth_for(lived: Lived) -> dict[str, Any]:
    """The truth of a played scenario, by its `kind` (a release when it names none)."""
    return _KINDS[lived.scenario.get("kind", "release")](lived)


def unexplained(lived: Lived) -> dict[str, Any]:
    """A degradation that began and ended by itself: nobody knew, nothing was fixed."""
    steps = {row["step"]: row["at"] for row in lived.steps}
    pending, fired = alert_times(lived.alerts, lived.scenario["alert"])
    began = next(row for row in lived.steps if row["step"] == "degradation.began")
    times = _signalled(lived, steps, fired) | {
        "started": began["at"], "visible": began["at"],
        "contained": began["at"],  # the same share of the requests of one process was slow from first to last
        "mitigated": well_from(lived.seconds, steps["degradation.ended"]),
    }  # fmt: skip
    nobody = "it ended by itself: nobody stated a fact or took a decision that its end rests on"
    detection = [
        (began["at"], pending, "below_threshold"),
        (pending, fired, "pending"),
        (fired, times["detected"], "grouping"),
    ]
    absent = {
        "knew_enough": nobody, "diagnosed": "nobody named a cause, then or later",
        "fix_started": "nobody changed anything", "fix_landed": "nobody changed anything",
    }  # fmt: skip
    return _told(lived, times, absent) | {
        "knew_enough": None, "knew_enough_ref": None, "knew_enough_is": nobody, "attempt": None,
        "degradation": {"process": began["process"], "of": lived.scenario["pods"], "share_of_its_requests": began["share"],
                        "slower_by_s": began["mean_s"], "from": iso(began["at"]), "to": iso(steps["degradation.ended"])},
        "ledgers": {
            "detection": segments(detection, _UNEXPLAINED_WHY), "knowing": None, "response": None,
            "detected_to_resolved": _ledger(lived, times | steps, "until_resolved", _UNEXPLAINED_WHY),
        },
    }  # fmt: skip


def capacity(lived: Lived) -> dict[str, Any]:
    """More requests than the workers could do; more workers; a queue that drains."""
    steps = {row["step"]: row["at"] for row in lived.steps}
    knew = next(row for row in lived.steps if row.get("label") == "knew_enough")
    pending, fired = alert_times(lived.alerts, lived.scenario["alert"])
    started = hurt_from(lived.seconds, steps["load.began"])
    times = _signalled(lived, steps, fired) | {
        "visible": steps["load.began"],  # the rate of requests is a signal too, and rose first
        "started": started, "contained": most_hurt_from(lived.seconds, started),
        "knew_enough": knew["at"], "diagnosed": knew["at"],
        "fix_started": steps["scale.live"], "fix_landed": steps["scale.live"],  # one call, which answered at once
        "mitigated": well_from(lived.seconds, steps["scale.live"]),
    }  # fmt: skip
    refused = refused_from(lived.seconds, started)
    detection = [(started, refused, "no_rule"), (refused, pending, "below_threshold"), (pending, fired, "pending"),
                 (fired, times["detected"], "grouping")]  # fmt: skip
    return _told(lived, times, {}) | {
        "knew_enough_ref": knew["ref"],
        "knew_enough_is": f"a message in chat by {knew['by']}",
        "attempt": {"from": iso(steps["restart"]), "to": iso(steps["restarted"])},
        "changes": {"load.began": iso(steps["load.began"]), "scale.live": iso(steps["scale.live"])},
        "fix_on_record": "only in chat: a bot's line, and people's; no deployment, no change event",
        "ledgers": {
            "detection": segments(detection, _CAPACITY_WHY),
            "knowing": _ledger(lived, times | steps, "knowing", _CAPACITY_WHY),
            "response": _ledger(lived, times | steps, "response", _CAPACITY_WHY),
        },
    }


def share_ahead(seconds: dict[int, dict[str, int]], second: int, count: str = "hurt") -> float:
    """The share of the requests of the next half minute that were hurt (or what `count` names)."""
    ahead = [seconds[s] for s in range(second, second + _AHEAD_S) if s in seconds]
    total = sum(row["total"] for row in ahead)
    return sum(row[count] for row in ahead) / total if total else 0.0


def hurt_from(seconds: dict[int, dict[str, int]], after: float) -> float:
    """The first second after `after` in which somebody is hurt, with at least 2 % over the next half minute."""
    return float(
        min(s for s in seconds if s >= after and seconds[s]["hurt"] and share_ahead(seconds, s) >= _HURT_SHARE)
    )


def most_hurt_from(seconds: dict[int, dict[str, int]], started: float) -> float:
    """From when the share of hurt requests over the next half minute grew no more, to 2 % of its maximum."""
    shares = {s: share_ahead(seconds, s) for s in sorted(seconds) if s >= started}
    most = max(shares.values())
    return float(next(s for s, share in shares.items() if share >= _MOST * most))


def refused_from(seconds: dict[int, dict[str, int]], started: float) -> float:
    """The first second in which a request failed at once (it did not time out), with 2 % such over the next half minute."""
    quick = {s: row | {"quick": row["hurt"] - row["slow"]} for s, row in seconds.items()}
    return float(
        min(s for s in quick if s >= started and quick[s]["quick"] and share_ahead(quick, s, "quick") >= _HURT_SHARE)
    )


def _signalled(lived: Lived, steps: dict[str, float], fired: float) -> dict[str, float]:
    """The milestones that every kind has: the rule, the page, the acknowledgement, the first human act after it, the resolve."""
    after = [row["at"] for row in lived.steps if row["at"] > steps["acknowledge"] and row["step"] in ("chat", "note")]
    return {
        "fired": fired, "detected": lived.pages[0], "acknowledged": steps["acknowledge"], "engaged": min(after),
        "resolved": steps["resolve"],
    }  # fmt: skip


def _told(lived: Lived, times: dict[str, float], absent: dict[str, str]) -> dict[str, Any]:
    there = {name: iso(at) for name, at in sorted(times.items(), key=lambda item: item[1])}
    return {
        "incident": lived.scenario["name"],
        "milestones": there | dict.fromkeys(absent),
        "absent": absent,
        "explanations": lived.scenario["truth"]["explanations"],
        "changes": {},
        "client": client_counts(lived.seconds, times["started"], times["mitigated"]),
    }


def _ledger(lived: Lived, times: dict[str, float], name: str, why: dict[str, str]) -> list[dict[str, str]]:
    moments = Moments(times | {"page": lived.pages[0]}, sorted(row["at"] for row in lived.steps))
    return segments([(moments.of(a), moments.of(b), word) for a, b, word in lived.scenario["truth"][name]], why)


_KINDS: dict[str, Callable[[Lived], dict[str, Any]]] = {
    "release": truth_of,
    "unexplained": unexplained,
    "capacity": capacity,
}
