"""Writes down the truth of a played scenario: when each milestone really was, and the segments of the three ledgers."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

WELL_SHARE = 0.02  # users are well when fewer than this share are hurt over the next half minute
_SAME_S = 1.0  # an act really happened within this of its time in the scenario
WHY = {
    "no_rule": "requests were slow and no rule reads latency",
    "below_threshold": "requests failed too, but the rule's ratio had not been seen above 2 %",
    "pending": "the rule's `for`",
    "grouping": "Alertmanager's `group_wait`, then delivery",
    "page_to_ack": "the page had arrived and nobody had acknowledged it",
    "investigating": "people looked, and what they saw is on record",
    "attempt_without_effect": "the checkout pods were restarted, which changed nothing",
    "mobilising": "the orders team was asked and had not yet joined",
    "no_record": "nothing about the incident was written anywhere",
    "implement": "the decision was made and the rollback was being prepared",
    "approval": "the rollback waited for a reviewer of production",
    "tooling": "the approved rollback waited for a runner",
    "deploy": "the rollback was being rolled out",
    "recovery": "the old version was live and requests were not yet well",
    "verify": "people watched it",
    "closing": "recovery had been announced and the incident was still open",
}


@dataclass(frozen=True)
class Lived:
    """What is known of a played scenario: its acts and their exact times, pages, what the client counted, the raw alert samples."""

    scenario: dict[str, Any]
    steps: list[dict[str, Any]]
    pages: list[float]
    seconds: dict[int, dict[str, int]]
    alerts: dict[str, Any]  # ALERTS and ALERTS_FOR_STATE as instant queries with a range selector answer them


def iso(at: float) -> str:
    """RFC 3339 UTC with microseconds."""
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def truth_of(lived: Lived) -> dict[str, Any]:
    """Milestones, changes, explanations, ledgers and client counts, all from what really happened."""
    steps = {row["step"]: row["at"] for row in lived.steps}
    labels = {row["label"]: row for row in lived.steps if row.get("label")}
    page, does = lived.pages[0], lived.scenario["versions"]["v418"]
    pending, fired = alert_times(lived.alerts, "CheckoutErrors")
    started, knew = steps["bad_deploy.live"], labels["knew_enough"]
    times = {
        "started": started, "visible": started, "fired": fired, "detected": page,
        "acknowledged": steps["acknowledge"],
        "engaged": min(row["at"] for row in lived.steps if row["at"] > steps["acknowledge"] and row["step"] in ("chat", "note")),
        "knew_enough": knew["at"], "diagnosed": knew["at"],
        "contained": started + does["fail_full_s"],  # from then on the share of hurt requests grew no more
        "fix_started": steps["rollback.requested"], "fix_landed": steps["rollback.succeeded"],
        "mitigated": well_from(lived.seconds, steps["rollback.live"]), "resolved": steps["resolve"],
    }  # fmt: skip
    errors_from = started + does["fail_from_s"]
    detection = [(started, errors_from, "no_rule"), (errors_from, pending, "below_threshold"), (pending, fired, "pending"),
                 (fired, page, "grouping")]  # fmt: skip
    moments = Moments(times | {"page": page} | steps, sorted(row["at"] for row in lived.steps))
    said = lived.scenario["truth"]
    return {
        "incident": lived.scenario["name"],
        "milestones": {name: iso(at) for name, at in sorted(times.items(), key=lambda item: item[1])},
        "knew_enough_ref": knew["ref"],
        "knew_enough_is": f"PagerDuty note by {knew['by']}",
        "attempt": {"from": iso(steps["restart"]), "to": iso(steps["restarted"])} if "restart" in steps else None,
        "changes": {name: iso(at) for name, at in steps.items() if "." in name},
        "explanations": said["explanations"],
        "ledgers": {
            "detection": segments(detection),
            "knowing": segments([(moments.of(a), moments.of(b), c) for a, b, c in said["knowing"]]),
            "response": segments([(moments.of(a), moments.of(b), c) for a, b, c in said["response"]]),
        },
        "client": client_counts(lived.seconds, times["started"], times["mitigated"]),
    }


@dataclass(frozen=True)
class Moments:
    """Words of a scenario (`page+173`, `rollback.approved`) as the exact times of what really happened."""

    names: dict[str, float]
    acts: list[float]

    def of(self, text: str) -> float:
        """The exact time that a word means; of the act at that time, when there is one."""
        match = re.fullmatch(r"([\w.]+?)(?:\+(\d+))?", text)
        assert match is not None, text
        meant = self.names[match[1]] + float(match[2] or 0)
        if match[2] is None:
            return meant
        nearest = min(self.acts, key=lambda at: abs(at - meant))
        return nearest if abs(nearest - meant) <= _SAME_S else meant


def segments(rows: list[tuple[float, float, str]], why: dict[str, str] = WHY) -> list[dict[str, str]]:
    """Segments end to end; one without a length (users well before the deploy said success) is left out."""
    found: list[dict[str, str]] = []
    reached = rows[0][0] if rows else 0.0
    for _, end, category in rows:
        if end > reached:
            found.append({"from": iso(reached), "to": iso(end), "category": category, "why": why[category]})
            reached = end
    return found


def alert_times(raw: dict[str, Any], alert: str) -> tuple[float, float]:
    """When the rule's condition was first seen to hold, and when it fired, from the raw samples."""
    active = [float(v) for s in raw["ALERTS_FOR_STATE"] for _, v in s["values"] if s["metric"]["alertname"] == alert]
    fired = [
        float(t) for s in raw["ALERTS"] for t, _ in s["values"]
        if s["metric"]["alertname"] == alert and s["metric"]["alertstate"] == "firing"
    ]  # fmt: skip
    first_fired = min(fired)
    return max(at for at in active if at <= first_fired), first_fired


def well_from(seconds: dict[int, dict[str, int]], live: float) -> float:
    """The first second after the fix was live from which fewer than 2 % were hurt over the next 30 s."""
    for second in range(int(live), int(live) + 600):
        ahead = [seconds[s] for s in range(second, second + 30) if s in seconds]
        total, hurt = sum(c["total"] for c in ahead), sum(c["hurt"] for c in ahead)
        if total and hurt / total < WELL_SHARE and not (second in seconds and seconds[second]["hurt"]):
            return max(float(second), live)
    raise ValueError("users were not well again within ten minutes of it")


def client_counts(seconds: dict[int, dict[str, int]], start: float, end: float) -> dict[str, Any]:
    """What the client counted from start to end, the worst whole minute, and every minute of the recording."""
    names = ("total", "failed", "slow", "hurt")
    inside = [counts for second, counts in seconds.items() if start <= second < end]
    minutes: dict[int, dict[str, int]] = {}
    for second, counts in sorted(seconds.items()):
        row = minutes.setdefault(second - second % 60, dict.fromkeys(names, 0))
        for name in names:
            row[name] += counts[name]
    worst = max(
        ((row["hurt"] / row["total"], minute) for minute, row in minutes.items() if row["total"] >= 30),
        default=(0.0, 0),
    )
    return {
        "from": iso(start), "to": iso(end), **{name: sum(counts[name] for counts in inside) for name in names},
        "worst_minute": {"at": iso(worst[1]), "share": round(worst[0], 4)},
        "minutes": [{"at": iso(minute), **row} for minute, row in minutes.items()],
    }  # fmt: skip
