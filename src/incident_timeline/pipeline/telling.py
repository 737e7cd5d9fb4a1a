"""Explains a scored incident for its documents: numbers, roles, pictures and claims, over what earlier builds and people gave."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import tzinfo
from pathlib import Path

from incident_timeline.config.settings import ReportSettings
from incident_timeline.explain.case import open_case
from incident_timeline.explain.charts import describe_all
from incident_timeline.explain.claims import claim_all
from incident_timeline.explain.evidence import number_evidence
from incident_timeline.explain.roles import assign_roles, name_people
from incident_timeline.explain.short import is_small
from incident_timeline.model.findings import Claim, Coverage
from incident_timeline.model.kin import Kin
from incident_timeline.model.pictures import NoPicture, Picture
from incident_timeline.model.scored import Scored
from incident_timeline.pipeline.postmortem_file import FILE, Postmortem, open_postmortem
from incident_timeline.pipeline.writing import read_if_there

NUMBERS = "evidence/numbers.json"


@dataclass(frozen=True, slots=True)
class Told:
    """Everything that the documents of one build are made of."""

    shown: Scored  # with a line of coverage for every chart that could not be drawn
    numbers: Mapping[str, str]
    roles: Mapping[str, str]
    claims: tuple[Claim, ...]
    pictures: tuple[Picture, ...]
    postmortem: Postmortem
    small: bool  # small enough for the short form


def tell(
    folder: Path, scored: Scored, asked: ReportSettings, templates: Mapping[str, str], kin: Kin | None,
    zone: tzinfo | None = None,
) -> Told:  # fmt: skip
    """Explains an incident, beside what the archive knows of its `kin`.

    Numbers that earlier builds gave keep their meaning, and people's hypotheses are tested.
    """
    postmortem = open_postmortem(read_if_there(folder / FILE), asked, templates)
    roles = name_people(scored.events) if asked.names else assign_roles(scored.events)
    given = read_if_there(folder / NUMBERS)
    numbers = number_evidence(scored, json.loads(given) if given else None)
    described = describe_all(scored, roles, numbers, zone)
    shown = _with_lacking(scored, [one for one in described if isinstance(one, NoPicture)])
    numbers = number_evidence(shown, numbers, archive=kin is not None)
    claims = claim_all(shown, numbers, roles, postmortem.hypotheses, kin)
    pictures = tuple(one for one in described if not isinstance(one, NoPicture))
    return Told(shown, numbers, roles, claims, pictures, postmortem, is_small(open_case(shown, numbers, roles)))


def _with_lacking(scored: Scored, lacking: Sequence[NoPicture]) -> Scored:
    """The incident with a line of coverage for every chart that could not be drawn, so that the documents say why."""
    rows = tuple(Coverage(f"chart: {one.name}", False, skipped=True, reason=one.reason) for one in lacking)
    return replace(scored, coverage=(*scored.coverage, *rows)) if rows else scored
