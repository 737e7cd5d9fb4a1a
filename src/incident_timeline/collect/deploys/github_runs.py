"""Workflow runs of GitHub Actions: their jobs of all attempts, and runs that are deploys themselves."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import httpx

from incident_timeline.collect.asking import in_flight
from incident_timeline.collect.deploys.github_api import MOST_RUNS, PER_PAGE, ask_list, instant
from incident_timeline.collect.deploys.github_rows import Job
from incident_timeline.collect.deploys.rows import Deploy, Step, key_of, service_named, steps_of
from incident_timeline.errors import SourceError
from incident_timeline.model.instants import rfc3339

_STATUS = {"success": "succeeded", "failure": "failed", "timed_out": "failed", "startup_failure": "failed",
           "cancelled": "cancelled", "skipped": "superseded"}  # fmt: skip

Run = tuple[dict[str, Any], str]  # as the API lists it, and its place in the bundle


def read_jobs(client: httpx.Client, root: str, run: str) -> tuple[Job, ...]:
    """The jobs of a run, of all its attempts: `run_started_at` begins anew with each, so only jobs say what happened when."""
    rows, _ = ask_list(client, f"{root}/actions/runs/{run}/jobs", {"filter": "all", "per_page": PER_PAGE}, "jobs")
    return tuple(
        Job(row, pointer, *(instant(row.get(key)) for key in ("created_at", "started_at", "completed_at")))
        for row, pointer in rows
    )


def list_runs(
    client: httpx.Client, root: str, workflow: str | None, start: datetime, end: datetime, told: list[str]
) -> list[Run]:
    """The runs of one workflow file that were created in [start, end], newest first.

    GitHub gives 1,000 of a filtered list at most, so each day is asked for by itself; a day that holds more is told.
    """
    first = start.replace(microsecond=0)
    days = [first + timedelta(days=n) for n in range((end - first).days + 1)]
    found = [run for runs in in_flight(lambda day: _runs_of(client, root, day, end, told), days) for run in runs]
    return [(row, where) for row, where in found if str(row.get("path", "")).split("@")[0].endswith(f"/{workflow}")]


def _runs_of(client: httpx.Client, root: str, day: datetime, end: datetime, told: list[str]) -> list[Run]:
    until = min(day + timedelta(days=1) - timedelta(seconds=1), end)
    params: dict[str, Any] = {"created": f"{rfc3339(day)}..{rfc3339(until)}", "per_page": PER_PAGE}
    found: list[Run] = []
    for page in range(1, MOST_RUNS // PER_PAGE + 1):
        rows, _ = ask_list(client, f"{root}/actions/runs", {**params, "page": page}, "workflow_runs")
        found += rows
        if len(rows) < PER_PAGE:
            return found
    told.append(f"GitHub lists only {MOST_RUNS} of the runs of {day:%Y-%m-%d}")
    return found


def run_deploy(client: httpx.Client, root: str, run: Run, services: Sequence[str], notes: list[str]) -> Deploy | None:
    """A run as a deploy; its times are those of its jobs' last attempt, since `updated_at` is not when it finished."""
    row, pointer = run
    number, created = str(row.get("id")), instant(row.get("created_at"))
    if created is None:
        return None
    try:
        jobs = read_jobs(client, root, number)
    except SourceError as error:
        notes.append(f"the jobs of run {number} are not known: {error}")
        jobs = ()
    last = [job for job in jobs if job.attempt == max(one.attempt for one in jobs)]
    status = _STATUS.get(str(row.get("conclusion")), "running" if row.get("status") == "in_progress" else "queued")
    starts = [job.started for job in last if job.started]
    ends = [job.completed for job in last if job.completed]
    title = str(row.get("display_title") or row.get("name") or "run")
    actor = row.get("actor") or {}
    steps = steps_of(
        pointer, status, requested=created, started=min(starts, default=None), finished=max(ends, default=None),
        queued=min((job.created for job in last if job.created), default=None), actor=actor.get("login"),
        actor_kind="machine" if actor.get("type") == "Bot" else "human", description=title, state=row.get("conclusion"),
    )  # fmt: skip
    failed = [
        job for job in jobs if job.attempt < (row.get("run_attempt") or 1) and job.row.get("conclusion") == "failure"
    ]
    earlier = tuple(
        Step(job.completed, "other", f"job-{job.row.get('id')}", f"attempt {job.attempt} failed", job.pointer)
        for job in failed
        if job.completed is not None
    )
    return Deploy(
        key_of("run", number), tuple(sorted((*steps, *earlier), key=lambda step: step.at)), service_named(title, services),
        None, row.get("head_branch"), row.get("head_sha"), row.get("html_url"), title, _landed(status), str(row.get("name")),
    )  # fmt: skip


def _landed(status: str) -> bool | None:
    return {"succeeded": True, "failed": False, "cancelled": False}.get(status)
