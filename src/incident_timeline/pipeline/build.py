"""Builds one incident: opens it, collects, scores, explains, and writes its folder."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

from incident_timeline.collect.base import Collected, guarded
from incident_timeline.collect.pagerduty import PagerDutyCollector
from incident_timeline.config.packaged import load_cues, load_templates
from incident_timeline.config.settings import ReportSettings
from incident_timeline.config.starter import HINTS
from incident_timeline.model.findings import Coverage
from incident_timeline.model.incident import Incident, Window
from incident_timeline.model.instants import parse_instant, zone_named
from incident_timeline.model.scored import Scored
from incident_timeline.pipeline.archiving import archive_build
from incident_timeline.pipeline.documents import Look, write_documents
from incident_timeline.pipeline.gather import ask_sources, join_parts, need_sources, window_of
from incident_timeline.pipeline.given_files import within
from incident_timeline.pipeline.kin import ask_archive
from incident_timeline.pipeline.marks_file import FILE, read_marks
from incident_timeline.pipeline.opening import Chains, Opened, open_incident, remember_build
from incident_timeline.pipeline.plan import Plan, make_plan, read_plan, with_alert_queries
from incident_timeline.pipeline.request import BuildRequest, BuildResult
from incident_timeline.pipeline.scoring import Evidence, score_incident
from incident_timeline.pipeline.sharing import seal
from incident_timeline.pipeline.writing import read_if_there


def build(request: BuildRequest) -> BuildResult:
    """Collects, scores and writes one incident; one bundle always gives one result, byte for byte.

    Raises UsageError, NothingBuilt or StorageError; whatever else a source lacks is in the result.
    """
    need_sources(request)
    opened = open_incident(request)
    evidence = collect_evidence(request, opened)
    seal(request.settings, opened.folder)  # before marks are read: others may have stored theirs meanwhile
    request.say("scoring")
    marks = read_marks(read_if_there(opened.folder / FILE))
    scored = score_incident(evidence, load_cues(), marks)
    zone = request.zone or request.settings.report.zone or opened.bundle.about.get("zone")
    look = Look(zone_named(zone, "the zone of the charts") if zone else None, png=request.png)
    known = ask_archive(request.settings, opened.folder, scored, marks.category)
    told = known.beside(scored)
    scores = write_documents(opened.folder, told, load_templates(), request.say, asked_of(request), look, known.kin)
    archive_build(request.settings, opened.folder, known.rows)
    lacking = lacking_of(told)
    code = (4 if request.strict else 3) if lacking else 0
    skipped = [c.source for c in scored.coverage if c.skipped and not request.offline]
    hints = tuple(HINTS[source] for source in skipped if source in HINTS and source in request.only)
    return BuildResult(opened.folder, scored, scores, code, hints, lacking, known.sentence)


def lacking_of(scored: Scored) -> tuple[str, ...]:
    """A sentence for each configured source that gave less than was asked."""
    return tuple(_sentence(c) for c in scored.coverage if not c.ok and not c.skipped)


def asked_of(request: BuildRequest) -> ReportSettings:
    """How the post-mortem is to be written: the command line over the configuration."""
    asked = request.settings.report
    return replace(asked, form=request.form or asked.form, names=request.names or asked.names)


def _sentence(coverage: Coverage) -> str:
    """What a source lacked, naming it once."""
    kind = coverage.source.rsplit(": ", 1)[-1]  # `deploys: prometheus` is named by what it asks
    return f"{coverage.source}: {coverage.reason.removeprefix(f'{kind}: ')}"


def collect_evidence(request: BuildRequest, opened: Opened) -> Evidence:
    """Asks every source for what the bundle lacks, and seals the bundle; offline it only reads it."""
    plan, window = _plan_and_window(request, opened)
    chains = Chains(request, opened.bundle)
    given = [within(part, window) for part in opened.files]
    collector = PagerDutyCollector(plan.prefix)
    with ThreadPoolExecutor(max_workers=2 * len(opened.pages) or 1) as pool:
        pages = [pool.submit(_pagerduty, collector, chains, window, page, request.say) for page in opened.pages]
        if not request.offline:
            # what to ask elsewhere rests on the alerts alone, so that nobody waits for the last page of log entries
            alerts = list(
                pool.map(lambda page: collector.collect_alerts(chains("pagerduty", "pagerduty"), page), opened.pages)
            )
            frames = [*(part.events for part in given), *alerts]
            plan = with_alert_queries(plan, frames, request.settings, opened.incident, request.queries)
            remember_build(opened.bundle, plan.to_json(), window)
        rest = ask_sources(plan, window, opened.incident, chains, request.say)
        parts = [*given, *(page.result() for page in pages), Collected(opened.lacking), *rest]
    evidence = join_parts(plan, opened.incident, window, opened.bundle.collected_at or request.now, parts)
    if not request.offline:
        opened.bundle.finish(evidence.coverage)
    return evidence


def _pagerduty(
    collector: PagerDutyCollector, chains: Chains, window: Window, page: Incident, say: Callable[[str], None]
) -> Collected:
    found = guarded("pagerduty", lambda: collector.collect(chains("pagerduty", "pagerduty"), window, page))
    say(f"pagerduty: {found.events.height} events")
    return found


def _plan_and_window(request: BuildRequest, opened: Opened) -> tuple[Plan, Window]:
    """Offline the plan and the window of the build that collected, so that the same requests are made."""
    about = opened.bundle.about
    if request.offline and "plan" in about:
        plan = read_plan(about["plan"])
        if "prometheus" not in request.only:
            plan = replace(plan, prometheus=False)
        return plan, Window(parse_instant(about["window_start"]), parse_instant(about["window_end"]))
    collected_at = opened.bundle.collected_at or request.now
    plan = make_plan(request.settings, opened.incident, request.only, request.queries)
    return plan, window_of(opened.incident, opened.windows, collected_at)
