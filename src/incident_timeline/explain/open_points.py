"""What the document still asks of people: moments to confirm, stretches without a record, what was not collected."""

from incident_timeline.explain.case import Case
from incident_timeline.explain.silence import silent_segments
from incident_timeline.explain.wording import Cell, cell, claim, clean, listed, plural
from incident_timeline.model.findings import Claim
from incident_timeline.model.milestones import candidates

SECTION = "open"


def claim_open(case: Case) -> list[Claim]:
    """Claims of section `open`: moments to confirm, stretches, then what was not collected with the reasons."""
    found = []
    knew = case.milestone("knew_enough")
    unsure = candidates(knew)
    if unsure or (knew.at is None and knew.basis is None):
        ids = [one.event_id for one in unsure]
        found.append(
            claim(SECTION, cell(f"{plural(1, 'moment')} to confirm"), form="knew", evidence=_ids(case.cite(ids)))
        )
    silent = silent_segments(case)
    if silent:
        ids = [one for _, s in silent for one in s.evidence]
        found.append(
            claim(SECTION, cell(plural(len(silent), "stretch", "stretches"), " without any record"), form="silence",
                  evidence=_ids(case.cite(ids)))
        )  # fmt: skip
    lacking = [c for c in case.scored.coverage if c.skipped or not c.ok]
    if lacking:
        names: list[Cell] = []
        for one in dict.fromkeys(c.source for c in lacking):
            names.append(cell(", " if names else "", case.hidden(one, 40), " ", case.cite([f"source:{one}"])))
        found.append(claim(SECTION, cell("Not collected, or not whole: ", *names, "."), form="lacking"))
    return found


def _ids(refs: Cell) -> list[str]:
    return [word.text for word in refs]


def claim_title(case: Case) -> list[Claim]:
    """Claims of section `heading`: the incident's title, its day and service, and when and from what it was built."""
    incident, day = case.scored.incident, case.first_day
    title = case.hidden(incident.title, 140) or "no title recorded"
    where = case.hidden(incident.service, 60)
    date = f"{day:%a %Y-%m-%d}" if day is not None else "no date"
    sources = listed([c.source for c in case.scored.coverage if c.ok and not c.skipped])
    collected = f"collected {case.scored.collected_at:%Y-%m-%d %H:%M:%S} UTC"
    return [
        claim("heading", cell(clean(incident.id, 80)), cell(title), cell(date), cell(where), form="title"),
        claim("heading", cell(f"from {sources or 'no source'}, {collected}"), form="sources"),
    ]
