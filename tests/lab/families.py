"""Simulated incidents of known families, one of which changes at a known date: what comparing can be held against.

Everything here is made up by a seeded draw and says so: `python -m tests.lab.families FOLDER` writes incidents/ as a team has it.
"""

import json
import math
import random
import sys
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from incident_timeline.config import Settings
from incident_timeline.pipeline.build import collect_evidence
from incident_timeline.pipeline.opening import open_incident
from incident_timeline.pipeline.request import BuildRequest

CHANGED = "bad deploy"  # the family that changes
SINCE = datetime(2026, 6, 1, tzinfo=UTC)  # from then on it is resolved faster once people know enough
CUT = 0.6  # by so much: 60 % shorter
FIRST, LAST = datetime(2026, 1, 4, tzinfo=UTC), datetime(2026, 10, 28, tzinfo=UTC)
SPREAD = 0.6  # standard deviation of the logarithms of all lengths


@dataclass(frozen=True)
class Family:
    """What incidents of one family look like; braces are filled in for each incident."""

    services: tuple[str, ...]
    alert: str
    title: str
    asked: tuple[str, ...]
    knew: tuple[str, ...]
    done: tuple[str, ...]
    well: tuple[str, ...]
    minutes: tuple[float, float, float]  # medians: page to knowing, knowing to fix, fix to resolved


FAMILIES: dict[str, Family] = {
    "bad deploy": Family(
        ("checkout", "search", "cart"), "{Service}Errors", "{service} answers 500",
        ("anything released lately?", "did somebody ship {service} today?"),
        ("errors began with {version} of {service}, the stack trace is in its new code",
         "{version} broke the {service} parser, the old one was fine"),
        ("rolling {service} back to {older}", "reverting {version}, {older} goes out now"),
        ("{older} is live, errors are gone", "500s stopped with the rollback"), (14, 9, 16),
    ),
    "pool exhausted": Family(
        ("orders", "accounts"), "{Service}Slow", "{service} is slow and times out",
        ("is the database ok?", "could it be a lock again?"),
        ("all connections of the {service} pool are in use, requests queue for one",
         "the {service} pool is exhausted: 40 of 40 connections busy"),
        ("raising the pool of {service} to 80", "giving {service} more connections"),
        ("queue drained, latency normal", "pool has room, p99 is back"), (22, 12, 14),
    ),
    "provider down": Family(
        ("payments",), "{Service}Upstream", "payments fail at the provider",
        ("is it us or the provider?",),
        ("the card provider returns 503 for everybody, their status page is red",
         "provider confirms an outage on their side"),
        ("switching payments to the second provider", "routing cards through the fallback provider"),
        ("payments go through the fallback", "card success rate is back"), (10, 18, 35),
    ),
    "certificate expired": Family(
        ("gateway", "webhooks"), "{Service}TLS", "{service} refuses TLS handshakes",
        ("did dns change?", "clients say handshake failure, anyone?"),
        ("the certificate of {service} expired at midnight, renewal never ran",
         "expired certificate on {service}, cert-manager shows a failed order"),
        ("issuing a new certificate for {service} by hand", "renewed the {service} certificate, reloading"),
        ("handshakes succeed again", "new certificate is served everywhere"), (18, 15, 10),
    ),
    "disk full": Family(
        ("ingest", "reports"), "{Service}Backlog", "{service} stopped writing",
        ("is kafka stuck?", "why does the backlog of {service} grow?"),
        ("the volume of {service} is 100 % full, old segments were never deleted",
         "no space left on device on {service}, log rotation is off"),
        ("deleting old segments of {service}", "growing the {service} volume by 200 GB"),
        ("writes work again, backlog shrinks", "disk at 60 %, consumers catch up"), (16, 8, 40),
    ),
}  # fmt: skip
IDLE = ("lunch?", "standup in five", "who has the conference link", "nice weather today", "can somebody review my docs change",
        "printer is out of paper again", "welcome to the new colleague", "parking garage closes early")  # fmt: skip


@dataclass(frozen=True)
class Simulated:
    """One simulated incident: its name, family, events file and the moment they knew enough, which a person may have marked."""

    name: str
    family: str
    events: str
    knew: datetime
    confirmed: bool


def simulate(count: int = 60, seed: int = 1, cut: float = CUT) -> list[Simulated]:
    """Incidents in time order: two in five of the family that changes, the others alike; people confirmed four in five."""
    draw = random.Random(seed)
    others = sorted(FAMILIES.keys() - {CHANGED})
    begins = sorted(FIRST + (LAST - FIRST) * draw.random() for _ in range(count))
    changed = count * 2 // 5
    order = [CHANGED] * changed + [others[i % len(others)] for i in range(count - changed)]
    draw.shuffle(order)
    return [_one(draw, f"SIM-{i + 1:03d}", order[i], begins[i].replace(microsecond=0), cut) for i in range(count)]


def _one(draw: random.Random, name: str, family: str, begin: datetime, cut: float) -> Simulated:
    about = FAMILIES[family]
    service, version = draw.choice(about.services), draw.randrange(100, 400)
    fill = {"service": service, "Service": service.capitalize(), "version": f"v{version}", "older": f"v{version - 1}"}
    shorter = 1 - cut if family == CHANGED and begin >= SINCE else 1.0
    lengths = [median * math.exp(draw.gauss(0, SPREAD)) for median in about.minutes]
    page = begin + timedelta(minutes=2 + 3 * draw.random())
    knew = page + timedelta(minutes=lengths[0])
    fixed = knew + timedelta(minutes=lengths[1] * shorter)
    resolved = fixed + timedelta(minutes=lengths[2] * shorter)
    rows: list[tuple[datetime, str, str, str]] = [
        (page - timedelta(seconds=20), "alert", "monitoring", about.alert.format(**fill)),
        (page, "page", "pager", about.title.format(**fill)),
        (page + (knew - page) * 0.2, "ack", "asha", "acknowledged"),
        (page + (knew - page) * 0.45, "chat", "jonas", draw.choice(about.asked).format(**fill)),
        (knew, "chat", draw.choice(("asha", "priya")), draw.choice(about.knew).format(**fill)),
        (fixed - (fixed - knew) * 0.3, "chat", "asha", draw.choice(about.done).format(**fill)),
        (fixed + (resolved - fixed) * 0.5, "chat", "asha", draw.choice(about.well).format(**fill)),
        (resolved, "resolve", "asha", "resolved"),
    ]
    if family == CHANGED:
        rows.append((page - timedelta(minutes=6), "deploy", "jonas", f"release {fill['version']} of {service}"))
        rows.append((fixed, "deploy", "asha", f"rollback of {service} to {fill['older']}"))
    rows += [(page + (resolved - page) * draw.random(), "chat", "lena", text) for text in draw.sample(IDLE, 3)]
    lines = [
        json.dumps({"at": _text(at), "kind": kind, "actor": actor, "text": text, "service": service})
        for at, kind, actor, text in sorted(rows)
    ]
    return Simulated(name, family, "\n".join(lines) + "\n", knew, draw.random() < 0.8)


def _text(at: datetime) -> str:
    return at.replace(microsecond=0).isoformat().replace("+00:00", "Z")


def write_simulated(base: Path, incidents: list[Simulated]) -> None:
    """Writes `incidents/<name>/` with evidence and marks, as builds with --events and the people's marks would have left it."""
    for one in incidents:
        folder = base / "incidents" / one.name
        folder.mkdir(parents=True)
        path = folder / "events.jsonl"
        path.write_text(one.events, encoding="utf-8")
        request = BuildRequest(
            ref=one.name, settings=Settings(), folder=folder, base=base, now=LAST + timedelta(days=3), events_file=path
        )
        collect_evidence(request, open_incident(request))
        marks = f'[[category]]\nname = "{one.family}"\nby = "simulated"\n'
        if one.confirmed:
            marks += f'\n[[mark]]\nmilestone = "knew_enough"\nat = "{_text(one.knew)}"\nby = "simulated"\n'
        (folder / "marks.toml").write_text(marks, encoding="utf-8")


if __name__ == "__main__":
    write_simulated(Path(sys.argv[1]), simulate())
