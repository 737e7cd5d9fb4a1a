"""Counterfactual detection of a built incident: its candidates as text or data, and one of them as rule file and test."""

import json
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import polars as pl

from incident_timeline.collect.promql import longest_range_s, selectors
from incident_timeline.config.packaged import load_cues
from incident_timeline.errors import UsageError
from incident_timeline.model.counterfactual import Candidate
from incident_timeline.model.scored import Scored
from incident_timeline.model.series import SeriesSet
from incident_timeline.pipeline.build import collect_evidence
from incident_timeline.pipeline.marks_file import FILE, read_marks
from incident_timeline.pipeline.opening import open_incident
from incident_timeline.pipeline.request import BuildRequest
from incident_timeline.pipeline.scoring import score_incident
from incident_timeline.pipeline.writing import read_if_there, write_whole
from incident_timeline.report.counterfactual import counterfactual_json, counterfactual_text
from incident_timeline.report.rule_file import rule_file, rule_tests


@dataclass(frozen=True, slots=True)
class Written:
    """The files of one candidate, and which it was."""

    candidate: Candidate
    rules: Path
    tests: Path | None  # None where no raw samples of what it reads are on record


def score_offline(request: BuildRequest) -> Scored:
    """The incident as its evidence and its marks score it; nothing is contacted and nothing written."""
    opened = open_incident(request)
    marks = read_marks(read_if_there(opened.folder / FILE))
    return score_incident(collect_evidence(request, opened), load_cues(), marks)


def candidates_text(scored: Scored, *, as_json: bool) -> str:
    """The candidates as a table, or as scores.json has them."""
    if not as_json:
        return counterfactual_text(scored.counterfactual)
    return json.dumps(counterfactual_json(scored.counterfactual), indent=2, sort_keys=True) + "\n"


def write_candidate(scored: Scored, pick: int, path: Path) -> Written:
    """Writes the rule file of one candidate, and beside it `<name>.test.yml`; UsageError for a number that none has."""
    candidates = scored.counterfactual.candidates
    if not 1 <= pick <= len(candidates):
        known = f"1 to {len(candidates)}" if candidates else f"none ({scored.counterfactual.reason})"
        raise UsageError(
            f"there is no candidate {pick}; known are {known}; run timeline detect without --write to see them"
        )
    one = candidates[pick - 1]
    tests = path.with_name(f"{path.stem}.test{path.suffix or '.yml'}")
    text = _tests(scored, one, path.name)
    write_whole(path, rule_file(one, scored.incident.id).encode())
    if text is not None:
        write_whole(tests, text.encode())
    return Written(one, path, tests if text is not None else None)


def _tests(scored: Scored, one: Candidate, rules_name: str) -> str | None:
    wanted = [selector.text for selector in selectors(one.expr)]
    labels = scored.series.labels.filter((pl.col("role") == "selector") & pl.col("query").is_in(wanted))
    if set(wanted) - set(labels["query"]):
        return None
    ids = labels["series_id"].to_list()
    raw = SeriesSet(labels, scored.series.samples.filter(pl.col("series_id").is_in(ids)))
    end = one.fires_at + timedelta(seconds=one.saved_s)
    reach = timedelta(seconds=longest_range_s(one.expr))
    return rule_tests(one, raw, rules_name, scored.incident.id, reach=reach, end=end)
