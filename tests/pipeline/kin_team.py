"""A team with a handful of incidents, their action items and proofs: what the archive is asked about in the tests."""

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

Run = Callable[..., tuple[int, str, str]]

# day -> (name, category, service, what was said: cause, fix)
STORY = (
    ("2026-05-02", "INC-101", "bad deploy", "checkout", "v201 drops the pool of connections", "rolling back to v200"),
    ("2026-05-20", "INC-106", "disk full", "ingest", "the volume is full of old segments", "deleting old segments"),
    ("2026-08-10", "INC-119", "bad deploy", "checkout", "v233 leaks connections of the pool", "rolling back to v232"),
    (
        "2026-11-17",
        "INC-123",
        "bad deploy",
        "checkout",
        "v418 opens a pool of connections per item",
        "rolling back to v417",
    ),
)
ITEMS = {
    "INC-101": "1. WHAT: A-17: a canary watches the pool of checkout\n   - DONE WHEN: rule CheckoutPoolFull exists\n"
               "   - OWNER: Ada Li\n   - DUE: 2026-05-14\n   - VERIFY: replay on 2026-05-20\n",
    "INC-119": "1. WHAT: A-31: roll back without approval at night\n   - DONE WHEN: pr acme/shop#2291 is merged\n"
               "   - OWNER: Bo Ek\n   - DUE: 2026-08-20\n   - VERIFY: drill on 2026-12-01\n"
               "2. WHAT: A-32: name the pool in the runbook\n   - STATUS: done 2026-08-15\n",
}  # fmt: skip
PROVEN = ("INC-101", "2026-05-20T09:00:00Z")


def write_team(base: Path, run: Run, names: tuple[str, ...]) -> None:
    """Builds the named incidents one after the other as their days came, with what people said about them."""
    for day, name, category, service, cause, fix in STORY:
        if name in names:
            write_incident(base, run, day, name, service, cause, fix)
            code, _, err = run("categorize", name, category, "--by", "somebody")
            assert code == 0, err
            _add_items(base / "incidents" / name, name)


def write_incident(base: Path, run: Run, day: str, name: str, service: str, cause: str, fix: str) -> str:
    """Builds one incident from its events; what the command said on stderr."""
    at = datetime.fromisoformat(f"{day}T10:00:00")
    rows = [
        (0, "alert", "monitoring", f"{service.capitalize()}Errors"), (1, "page", "pagerduty", f"{service} answers 500"),
        (4, "ack", "Priya Nair", "on it"), (9, "chat", "Jonas Weber", "Priya, was the pool of connections touched?"),
        (15, "chat", "Priya Nair", cause), (19, "chat", "Priya Nair", fix), (31, "chat", "Jonas Weber", "errors are gone"),
        (40, "resolve", "Priya Nair", "resolved"),
    ]  # fmt: skip
    if service == "checkout":
        rows += [(-6, "deploy", "ci", "deploy of checkout"), (24, "deploy", "ci", "rollback of checkout")]
    lines = [
        json.dumps({"at": f"{at + timedelta(minutes=minute):%Y-%m-%dT%H:%M:%SZ}", "kind": kind, "actor": who, "text": text,
                    "service": service})
        for minute, kind, who, text in sorted(rows)
    ]  # fmt: skip
    path = base / f"{name}.jsonl"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    code, _, err = run("build", name, "--events", str(path))
    assert code == 0, err
    return err


def _add_items(folder: Path, name: str) -> None:
    """What people wrote under `Action items`, and the proof that a verification left."""
    if name not in ITEMS:
        return
    path = folder / "postmortem.md"
    head, _, tail = path.read_text(encoding="utf-8").partition("1. WHAT: ……")
    path.write_text(f"{head}{ITEMS[name]}\n{tail.partition('Projects (longer')[2]}", encoding="utf-8")
    if name == PROVEN[0]:
        from incident_timeline.pipeline.action_documents import read_document

        key = read_document(folder).items[0].key
        place = folder / "proofs" / PROVEN[1].replace(":", "-")
        place.mkdir(parents=True)
        row = {"at": PROVEN[1], "items": [{"key": key, "verdict": "holds"}]}
        (place / "proof.json").write_text(json.dumps(row), encoding="utf-8")
