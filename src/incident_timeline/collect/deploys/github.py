"""GitHub deployments with their statuses: who asked for what, when it waited, ran and finished, and whether it went back."""

import json
import math
import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import httpx

from incident_timeline.collect.asking import check_refusal, in_flight, open_client
from incident_timeline.collect.base import Collected
from incident_timeline.collect.deploys.github_rows import Asked, Row, Status, rows_of
from incident_timeline.collect.record import EVIDENCE
from incident_timeline.errors import NaiveTimeError, SourceError, SourceMalformed, SourceMissing
from incident_timeline.model.events import events_frame
from incident_timeline.model.findings import Coverage
from incident_timeline.model.incident import Incident, Window
from incident_timeline.model.instants import parse_instant
from incident_timeline.model.rollback import directions

PER_PAGE = 100
MOST_PAGES = 20
LEAD = timedelta(hours=24)  # the newest that long before the window are kept: a cause may be hours older than the page
LIVE = 3  # of each service and environment, so that what was live is among them when the newest failed
HISTORY = timedelta(days=7)  # older ones are read only to tell a rollback by its sha
_LAST = re.compile(r'[?&]page=(\d+)[^>]*>; rel="last"')


class GitHubDeploys:
    """Collects the deployments of one repository, `environment` only where one is configured."""

    name = "deploys"

    def __init__(self, repo: str, environment: str | None, services: Sequence[str] = ()) -> None:
        self.repo, self.environment, self.services = repo, environment, tuple(services)

    def collect(self, transport: httpx.BaseTransport, window: Window, incident: Incident) -> Collected:  # noqa: ARG002
        """Deployments of the window and what was live when it began; what is older only tells what a rollback went back to."""
        client = open_client(transport)
        source = f"deploys: {self.repo}"
        try:
            listed, lacking = self._deployments(client, window.start - HISTORY)
        except SourceError as error:
            return Collected((Coverage(source, False, reason=str(error), requests=1),))
        wanted = _wanted(listed, window)
        told = [lacking] if lacking else []
        asked = in_flight(lambda one: self._with_statuses(client, one, told), wanted)
        notes: list[str] = []
        asked = in_flight(lambda one: self._with_approvals(client, one, notes), asked)
        known = {one.id: one for one in listed} | {one.id: one for one in asked}
        went = directions(one.facts() for one in known.values())
        rows = [row for one in asked for row in rows_of(one, went[one.id], self.repo) if row["at"] <= window.end]
        if not rows:
            notes.append("no deployment in the window or the 24 h before it")
        reason = "; ".join(dict.fromkeys([*sorted(told), *sorted(notes)]))
        return Collected((Coverage(source, not told, reason=reason, requests=len(wanted) + 1),), events_frame(rows))

    def _deployments(self, client: httpx.Client, oldest: datetime) -> tuple[list[Asked], str]:
        """Newest first, until a whole page is older than `oldest`; and what was left out, in words.

        Pages are asked by number and never by following a link, which could lead to another host. From the first page it is
        guessed how many there are, and these are asked for together.
        """
        first, link = self._page(client, 1)
        ahead = _pages_ahead(first, link, oldest)
        pages = [first, *(page for page, _ in in_flight(lambda n: self._page(client, n), range(2, ahead + 1)))]
        lacking = ""
        while len(pages[-1]) == PER_PAGE and any(one.at >= oldest for one in pages[-1]):
            if len(pages) == MOST_PAGES:
                lacking = f"only the newest {MOST_PAGES * PER_PAGE} deployments were read"
                break
            pages.append(self._page(client, len(pages) + 1)[0])
        found: dict[str, Asked] = {}
        for one in (one for page in pages for one in page):
            found.setdefault(one.id, one)  # a new deployment pushes older ones to the next page
        return list(found.values()), lacking

    def _page(self, client: httpx.Client, number: int) -> tuple[list[Asked], str]:
        path = f"/repos/{self.repo}/deployments"
        params: dict[str, Any] = {"per_page": PER_PAGE, "page": number}
        if self.environment:
            params["environment"] = self.environment
        rows, where, link = _list(client, path, params)
        page = []
        for index, row in enumerate(rows):
            at = _instant(row.get("created_at")) if isinstance(row, dict) and "id" in row else None
            if at is None:
                raise SourceMalformed(f"github: {path} lists something that is no deployment; check url and repo")
            page.append(Asked(row, at, f"{where}#/{index}", self._service(row)))
        return page, link

    def _with_statuses(self, client: httpx.Client, one: Asked, told: list[str]) -> Asked:
        try:
            rows, where, _ = _list(client, f"/repos/{self.repo}/deployments/{one.id}/statuses", {"per_page": PER_PAGE})
        except SourceError as error:
            told.append(f"statuses of deployment {one.id}: {error}")
            return one
        dated = [
            (row, _instant(row.get("created_at")), f"{where}#/{i}")
            for i, row in enumerate(rows)
            if isinstance(row, dict)
        ]
        statuses = [Status(row, at, pointer) for row, at, pointer in dated if at is not None and "id" in row]
        return replace(one, statuses=tuple(sorted(statuses, key=lambda s: (s.at, s.row["id"]))))

    def _with_approvals(self, client: httpx.Client, one: Asked, notes: list[str]) -> Asked:
        """Who let a waiting deployment run; a token without the right to read Actions costs only this."""
        if not one.waited or one.run is None:
            return one
        try:
            rows, where, _ = _list(client, f"/repos/{self.repo}/actions/runs/{one.run}/approvals", {})
        except SourceError as error:
            notes.append(f"who approved deployment {one.id} is not known: {error}")
            return one
        return replace(
            one, approvals=tuple((row, f"{where}#/{i}") for i, row in enumerate(rows) if isinstance(row, dict))
        )

    def _service(self, deployment: Row) -> str | None:
        """The service that a deployment names in its payload, environment, task or ref; None when it names none."""
        payload = deployment.get("payload")
        if isinstance(payload, str):
            try:
                payload = json.loads(payload)
            except ValueError:
                payload = {}
        if isinstance(payload, dict) and isinstance(payload.get("service"), str):
            return str(payload["service"])
        text = " ".join(str(deployment.get(key) or "") for key in ("environment", "task", "ref", "description"))
        named = [one for one in self.services if re.search(rf"(?<!\w){re.escape(one)}(?!\w)", text)]
        return named[0] if len(named) == 1 else None


def _wanted(listed: Sequence[Asked], window: Window) -> list[Asked]:
    """The deployments of the window, and the newest `LIVE` of each place within 24 h before it; newest first."""
    before: dict[tuple[str | None, str | None], int] = {}
    found = []
    for one in sorted(listed, key=lambda d: (d.at, d.id.zfill(20)), reverse=True):
        if one.at > window.end or one.at < window.start - LEAD:
            continue
        if one.at < window.start:
            place = one.facts().place
            before[place] = before.get(place, 0) + 1
            if before[place] > LIVE:
                continue
        found.append(one)
    return found


def _pages_ahead(first: Sequence[Asked], link: str, oldest: datetime) -> int:
    """How many pages reach back to `oldest` when deployments come as densely as on the first; 1 where nobody can tell."""
    last = _LAST.search(link)
    if last is None or len(first) < PER_PAGE or first[-1].at < oldest:
        return 1
    span = (first[0].at - first[-1].at).total_seconds()
    needed = math.ceil((first[0].at - oldest).total_seconds() / span) if span > 0 else MOST_PAGES
    return min(int(last[1]), needed, MOST_PAGES)


def _list(client: httpx.Client, path: str, params: dict[str, Any]) -> tuple[list[Any], str, str]:
    """The rows that a path lists, where in the bundle they lie, and the answer's Link header."""
    answer = client.get(path, params=params, headers={"accept": "application/vnd.github+json"})
    check_refusal("github", path, answer.status_code, answer.content)
    if answer.status_code == 404:
        raise SourceMissing(
            f"github: {path} is missing, or the token may not read it; check repo and the token's permissions"
        )
    try:
        rows = answer.json()
    except ValueError:
        rows = None
    if answer.status_code != 200 or not isinstance(rows, list):
        raise SourceMalformed(f"github: {path} answered {answer.status_code} without a list; check url")
    return rows, answer.headers.get(EVIDENCE, "deploys"), answer.headers.get("link", "")


def _instant(value: Any) -> datetime | None:
    try:
        return parse_instant(value, "github") if isinstance(value, str) else None
    except NaiveTimeError:
        return None
