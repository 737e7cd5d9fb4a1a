"""All sentences of the documents for one scored incident, each with the evidence it rests on."""

from collections.abc import Mapping, Sequence

from incident_timeline.explain.case import open_case
from incident_timeline.explain.cover import claim_cover
from incident_timeline.explain.detection import claim_detection
from incident_timeline.explain.diagnosis import claim_diagnosis
from incident_timeline.explain.headline import claim_headlines
from incident_timeline.explain.hypotheses import Hypothesis, claim_hypotheses
from incident_timeline.explain.impact import claim_impact
from incident_timeline.explain.kin import claim_kin
from incident_timeline.explain.knowing import claim_knowing
from incident_timeline.explain.open_points import claim_open, claim_title
from incident_timeline.explain.paging import claim_paging
from incident_timeline.explain.record import claim_evidence, claim_ledgers, claim_record
from incident_timeline.explain.resolution import claim_resolution
from incident_timeline.explain.room import claim_room
from incident_timeline.explain.short import claim_short
from incident_timeline.explain.silence import claim_silences
from incident_timeline.model.findings import Claim
from incident_timeline.model.kin import Kin
from incident_timeline.model.scored import Scored


def claim_all(
    scored: Scored, numbers: Mapping[str, str], roles: Mapping[str, str], hypotheses: Sequence[Hypothesis] = (),
    kin: Kin | None = None,
) -> tuple[Claim, ...]:  # fmt: skip
    """Every claim in the order of the documents; `section` names the block.

    `numbers` is what number_evidence gives, `roles` what assign_roles gives. Quotations carry roles in the place of names.
    Sections: heading, headline, open, impact, silence, detection, diagnosis, knew, resolution (RESPONSE); surprise.*,
    conditions.*, systemic.*, needed.* (the room's questions; what the archive knows is in systemic.*); hypotheses (as people
    wrote them, tested); cover; short.* (the short form);
    ledger.*, record.*, evidence.*, paging (the annex).
    """
    case = open_case(scored, numbers, roles, kin)
    return (
        *claim_title(case),
        *claim_headlines(case),
        *claim_open(case),
        *claim_impact(case),
        *claim_silences(case),
        *claim_detection(case),
        *claim_diagnosis(case),
        *claim_knowing(case),
        *claim_resolution(case),
        *claim_room(case),
        *claim_hypotheses(case, hypotheses),
        *claim_cover(case),
        *claim_kin(case),
        *claim_short(case),
        *claim_ledgers(case),
        *claim_record(case),
        *claim_evidence(case),
        *claim_paging(case),
    )
