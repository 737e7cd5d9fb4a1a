"""Writes down the truth of a played scenario: when each milestone really was, and the segments of the three ledgers."""

import re
from datetime import UTC, datetime
from typing import Any

from tests.lab.play import Played

_WELL_SHARE = 0.02  # users are well when fewer than this share are hurt over the next half minute


def iso(at: float) -> str:
    """RFC 3339 UTC with microseconds."""
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def truth_of(played: Played, raw: dict[str, Any]) -> dict[str, Any]:
    """Milestones, changes, explanations, ledgers and client counts, all from what really happened."""
    steps = {row["step"]: row["at"] for row in played.steps}
    labels = {row["label"]: row for row in played.steps if row.get("label")}
    page = played.simulators.triggered[0]
    times = {
        "started": steps["bad_deploy.live"], "detected": page, "acknowledged": steps["acknowledge"],
        "knew_enough": labels["knew_enough"]["at"], "diagnosed": labels["knew_enough"]["at"],
        "fix_started": steps["rollback.requested"], "fix_landed": steps["rollback.succeeded"],
        "mitigated": _well_from(played, steps["rollback.live"]), "resolved": steps["resolve"],
    }  # fmt: skip
    after_ack = [
        row["at"] for row in played.steps if row["at"] > times["acknowledged"] and row["step"] in ("chat", "note")
    ]
    times["engaged"] = min(after_ack)
    pending, fired = _alert_times(raw)
    times |= {"visible": times["started"], "fired": fired}
    names = dict(times) | {"page": page} | steps
    scenario = played.scenario
    does = scenario["versions"]["v418"]
    errors_from = times["started"] + does["fail_from_s"]
    times["contained"] = times["started"] + does["fail_full_s"]  # from then on the share of hurt requests grew no more
    detection = [
        (times["started"], errors_from, "no_rule"), (errors_from, pending, "below_threshold"),
        (pending, fired, "pending"), (fired, page, "grouping"),
    ]  # fmt: skip
    return {
        "incident": scenario["name"],
        "milestones": {name: iso(at) for name, at in sorted(times.items(), key=lambda item: item[1])},
        "knew_enough_ref": labels["knew_enough"]["ref"],
        "attempt": {"from": iso(steps["restart"]), "to": iso(steps["restarted"])} if "restart" in steps else None,
        "changes": {name: iso(at) for name, at in steps.items() if "." in name},
        "explanations": scenario["truth"]["explanations"],
        "ledgers": {
            "detection": [_segment(*row) for row in detection],
            "knowing": [_segment(_when(a, names), _when(b, names), c) for a, b, c in scenario["truth"]["knowing"]],
            "response": [_segment(_when(a, names), _when(b, names), c) for a, b, c in scenario["truth"]["response"]],
        },
        "client": _client(played, times["started"], times["mitigated"]),
    }


def _segment(start: float, end: float, category: str) -> dict[str, str]:
    return {"from": iso(start), "to": iso(end), "category": category}


def _when(text: str, names: dict[str, float]) -> float:
    match = re.fullmatch(r"([\w.]+?)(?:\+(\d+))?", text)
    assert match is not None, text
    return names[match[1]] + float(match[2] or 0)


def _alert_times(raw: dict[str, Any]) -> tuple[float, float]:
    """When the rule's condition was first seen to hold, and when it fired, from the raw samples."""
    active = [
        float(v)
        for s in raw["ALERTS_FOR_STATE"]
        for _, v in s["values"]
        if s["metric"]["alertname"] == "CheckoutErrors"
    ]
    fired = [
        float(t) for s in raw["ALERTS"] for t, _ in s["values"]
        if s["metric"]["alertname"] == "CheckoutErrors" and s["metric"]["alertstate"] == "firing"
    ]  # fmt: skip
    first_fired = min(fired)
    return max(at for at in active if at <= first_fired), first_fired


def _well_from(played: Played, live: float) -> float:
    """The first second after the rollback went live from which fewer than 2 % were hurt over the next 30 s."""
    counts = played.load.seconds
    for second in range(int(live), int(live) + 600):
        ahead = [counts[s] for s in range(second, second + 30) if s in counts]
        total, hurt = sum(c["total"] for c in ahead), sum(c["hurt"] for c in ahead)
        if total and hurt / total < _WELL_SHARE and not (second in counts and counts[second]["hurt"]):
            return max(float(second), live)
    raise ValueError("users were not well again within ten minutes of the rollback")


def _client(played: Played, start: float, end: float) -> dict[str, Any]:
    inside = [c for s, c in played.load.seconds.items() if start <= s < end]
    totals = {key: sum(c[key] for c in inside) for key in ("total", "failed", "slow", "hurt")}
    minutes: dict[int, list[int]] = {}
    for second, counts in played.load.seconds.items():
        row = minutes.setdefault(second - second % 60, [0, 0])
        row[0] += counts["total"]
        row[1] += counts["hurt"]
    worst = max(((hurt / total, minute) for minute, (total, hurt) in minutes.items() if total >= 30), default=(0.0, 0))
    return {
        "from": iso(start),
        "to": iso(end),
        **totals,
        "worst_minute": {"at": iso(worst[1]), "share": round(worst[0], 4)},
    }
