"""Writes scores.json: every milestone, gap and ledger of one incident as data, in the form of scores.schema.json."""

import json
import math
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from incident_timeline.model.findings import Claim
from incident_timeline.model.gaps import GAPS, LEDGERS, Gap, Segment
from incident_timeline.model.incident import Change
from incident_timeline.model.instants import rfc3339
from incident_timeline.model.milestones import NAMES, Milestone, missing
from incident_timeline.model.paging import OnCall
from incident_timeline.model.scored import Amount, Impact, Scored
from incident_timeline.report.counterfactual import counterfactual_json

TOOL = "timeline"
# Blocks that lay out the document and claim nothing of their own.
_NOT_CLAIMS = frozenset({"heading", "headline", "ledger", "record", "evidence", "open", "short"})


def scores_json(scored: Scored, claims: Iterable[Claim], tool_version: str) -> bytes:
    """scores.json as UTF-8 with sorted keys, two spaces and a last newline; the same input gives the same bytes.

    Every name of model.milestones.NAMES, model.gaps.GAPS and model.gaps.LEDGERS is present. Times are RFC 3339 in UTC,
    those of ledgers with all six digits of the microsecond, since they are what adds up. NaN and infinities become null.
    """
    absent = "scoring gave no answer"
    document = {
        "tool": {"name": TOOL, "version": tool_version},
        "incident": _incident(scored),
        "impact": _impact(scored.impact),
        "milestones": {name: _milestone(scored.milestones.get(name) or missing(name, absent)) for name in NAMES},
        "gaps": {
            name: _gap(scored.gaps.get(name) or Gap(name, None, None, None, "missing", absent, start, end))
            for name, (start, end) in GAPS.items()
        },
        "ledgers": {name: [_segment(one) for one in scored.ledgers.get(name, ())] for name in LEDGERS},
        "changes": [_change(one) for one in scored.changes],
        "explanations": [
            {
                "at": rfc3339(one.at), "event_id": one.event_id, "text": one.text, "stance": one.stance, "fate": one.fate,
                "fate_evidence": list(one.fate_evidence),
            }
            for one in scored.explanations
        ],
        "on_call": [_on_call(one) for one in scored.paging.on_call],
        "like_incidents": [
            {"relation": one.relation, "id": one.key, "title": one.title, "at": rfc3339(one.at), "why": one.why}
            for one in scored.paging.like
        ],
        "cross_checks": [
            {
                "name": one.name, "ours": one.ours, "theirs": one.theirs, "agrees": one.agrees, "field": one.field,
                "reason": one.reason, "evidence": list(one.evidence),
            }
            for one in scored.cross_checks
        ],
        "counterfactual": counterfactual_json(scored.counterfactual),
        "coverage": [
            {"source": one.source, "ok": one.ok, "skipped": one.skipped, "reason": one.reason, "requests": one.requests}
            for one in scored.coverage
        ],
        "claims": [
            {"text": one.text, "section": one.section, "evidence": list(one.evidence)}
            for one in claims
            if one.section.split(".")[0] not in _NOT_CLAIMS
        ],
    }  # fmt: skip
    # ASCII only: a terminal that shows `--json` is then safe from control and bidi characters of outside texts.
    text = json.dumps(_finite(document), indent=2, sort_keys=True, ensure_ascii=True, allow_nan=False)
    return f"{text}\n".encode()


def _incident(scored: Scored) -> dict[str, Any]:
    incident = scored.incident
    return {
        "id": incident.id, "title": incident.title, "service": incident.service, "url": incident.url,
        "status": incident.status, "urgency": incident.urgency, "priority": incident.priority,
        "services": list(incident.services), "collected_at": rfc3339(scored.collected_at),
        "window": {"from": rfc3339(scored.window.start), "to": rfc3339(scored.window.end)},
        "decisive_series": scored.decisive,
    }  # fmt: skip


def _impact(impact: Impact) -> dict[str, Any]:
    return {
        "total": _amount(impact.total), "bad": _amount(impact.bad), "share": _amount(impact.share),
        "worst_minute": _amount(impact.worst_minute), "worst_minute_at": rfc3339(impact.worst_minute_at),
        "slow": _amount(impact.slow), "slow_over_s": impact.slow_over_s,
        "services": list(impact.services), "note": impact.note, "evidence": list(impact.evidence),
        "touched": [
            {"service": one.service, "total": _amount(one.total), "bad": _amount(one.bad), "share": _amount(one.share)}
            for one in impact.touched
        ],
        "budgets": [
            {
                "name": one.name, "service": one.service, "target": one.target, "period_s": one.period_s,
                "spent": _amount(one.spent), "burn_rate": _amount(one.burn_rate), "note": one.note,
                "evidence": list(one.evidence),
            }
            for one in impact.budgets
        ],
    }  # fmt: skip


def _on_call(turn: OnCall) -> dict[str, Any]:
    """Who was on call by id: names stand in the evidence alone."""
    return {
        "level": turn.level, "actor": turn.actor, "policy": turn.policy, "schedule": turn.schedule,
        "from": rfc3339(turn.start), "to": rfc3339(turn.end),
    }  # fmt: skip


def _amount(amount: Amount) -> dict[str, Any]:
    return {"value": amount.value, "low": amount.low, "high": amount.high, "reason": amount.reason}


def _milestone(milestone: Milestone) -> dict[str, Any]:
    return {
        "at": rfc3339(milestone.at), "earliest": rfc3339(milestone.earliest), "latest": rfc3339(milestone.latest),
        "basis": milestone.basis, "status": milestone.status, "reason": milestone.reason,
        "evidence": list(milestone.evidence),
        "alternatives": [
            {
                "at": rfc3339(one.at), "event_id": one.event_id, "text": one.text, "score": one.score, "why": one.why,
                "against": one.against,
            }
            for one in milestone.alternatives
        ],
    }  # fmt: skip


def _gap(gap: Gap) -> dict[str, Any]:
    return {
        "seconds": gap.seconds, "earliest": gap.earliest, "latest": gap.latest, "status": gap.status,
        "reason": gap.reason, "from": gap.start, "to": gap.end, "evidence": list(gap.evidence),
    }  # fmt: skip


def _segment(segment: Segment) -> dict[str, Any]:
    return {
        "from": _exact(segment.start), "to": _exact(segment.end), "seconds": segment.seconds,
        "category": segment.category, "rule": segment.rule, "note": segment.note, "confidence": round(segment.confidence, 3),
        "evidence": list(segment.evidence),
    }  # fmt: skip


def _change(change: Change) -> dict[str, Any]:
    return {
        "event_id": change.event_id, "at": rfc3339(change.at), "requested": rfc3339(change.requested_at),
        "started": rfc3339(change.started_at), "finished": rfc3339(change.finished_at), "status": change.status,
        "service": change.service, "environment": change.environment, "sha": change.sha, "ref": change.ref,
        "url": change.url, "is_rollback": change.is_rollback, "to_sha": change.to_sha, "verdict": change.verdict,
        "why": change.why,
    }  # fmt: skip


def _exact(at: datetime) -> str:
    return at.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"


def _finite(value: Any) -> Any:
    """The same value with what JSON or its readers cannot hold made safe: NaN, infinities, lone surrogates."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode()
    if isinstance(value, dict):
        return {key: _finite(one) for key, one in value.items()}
    if isinstance(value, list):
        return [_finite(one) for one in value]
    return value
