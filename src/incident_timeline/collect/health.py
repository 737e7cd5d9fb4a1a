"""Whether a source can be reached, what its token may read, how far back it sees, and how its clock stands to ours."""

from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, quote

import httpx
from polars.exceptions import PolarsError

from incident_timeline.collect.asking import check_refusal, open_client
from incident_timeline.collect.limit import Clock
from incident_timeline.collect.prometheus_api import ask_range
from incident_timeline.errors import SourceError, SourceMalformed, SourceMissing, SourceRefused, system_words
from incident_timeline.model.instants import rfc3339

HORIZON = timedelta(days=400)
_DAY_S = 86_400.0
_CLOCK_S = 2.0  # an HTTP date is a whole second, and so long may pass between its making and its reading


@dataclass(frozen=True, slots=True)
class Health:
    """What is known of one source; `may` lists what was tried with what came of it, `problem` says what to do next."""

    source: str
    reached: bool
    may: tuple[str, ...] = ()
    sees_back: str = ""
    clock_s: float | None = None  # the source's clock minus ours, seconds; HTTP dates are whole seconds
    problem: str = ""

    @property
    def next_steps(self) -> tuple[str, ...]:
        """What to do: about the problem, and about a clock that is off by more than whole seconds explain."""
        steps = [self.problem] if self.problem else []
        if self.clock_s is not None and abs(self.clock_s) > _CLOCK_S:
            steps.append(
                f"its clock and ours are {abs(self.clock_s):.0f} s apart, so its times and those of other sources do not agree; "
                "check time synchronisation here and there"
            )
        return tuple(steps)


def check_source(
    source: str, kind: str, transport: httpx.BaseTransport, clock: Clock, what: str | None = None
) -> Health:
    """Asks a source the least that tells whether a build will work; `what` is its repository, project, job or channel.

    `transport` is a chain without a record: nothing of this is evidence. Never raises for what the source says.
    """
    dates: list[float] = []
    client, now, began = open_client(transport), clock.now(), clock.monotonic()
    client.event_hooks["response"] = [
        lambda answer: _note_date(answer, now + timedelta(seconds=clock.monotonic() - began), dates)
    ]
    checks = {"pagerduty": _pagerduty, "prometheus": _prometheus, "github": _github, "slack": _slack}
    try:
        may, back = _probed(client, kind, what) if kind in _PROBES else checks.get(kind, _any)(client, now, what)
    except SourceError as error:
        return Health(source, bool(dates), clock_s=dates[0] if dates else None, problem=str(error))
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError, PolarsError):
        wrong = f"{source}: answers JSON of another shape than {kind}'s; check that url is the API's address"
        return Health(source, bool(dates), clock_s=dates[0] if dates else None, problem=wrong)
    return Health(source, True, may, back, dates[0] if dates else None)


def check_export(source: str, path: Path) -> Health:
    """Whether an export on disk can be read, and from when it was last written."""
    try:
        written = datetime.fromtimestamp(path.stat().st_mtime, UTC)
        with path.open("rb") if path.is_file() else nullcontext():
            pass
    except OSError as error:
        return Health(
            source,
            False,
            problem=f"{source}: {path.name} cannot be read ({system_words(error)}); check path in timeline.toml",
        )
    return Health(
        source, True, (f"read {path.name}: yes",), f"as far as the export does; it was written {rfc3339(written)}"
    )


def _pagerduty(client: httpx.Client, now: datetime, _: str | None) -> tuple[tuple[str, ...], str]:
    span = {
        "since": rfc3339((now - timedelta(days=30)).replace(microsecond=0)),
        "until": rfc3339(now.replace(microsecond=0)),
    }
    page = {"limit": 1, "time_zone": "UTC", **span}
    listed = _get(client, "pagerduty", "/incidents", page)
    parts: dict[str, tuple[str, dict[str, Any]]] = {
        "on call": ("/oncalls", page),
        "change events": ("/change_events", {"limit": 1}),
    }
    incidents = listed["incidents"]
    for row in incidents:
        parts["past incidents"] = f"/incidents/{row['id']}/past_incidents", {"limit": 1}
        parts["analytics"] = f"/analytics/raw/incidents/{row['id']}", {}
    may = ["incidents: yes" + ("" if incidents else ", but there was none in the last 30 days")]
    may += [_tried(what, lambda one=one: _get(client, "pagerduty", *one)) for what, one in parts.items()]  # type: ignore[misc]
    return tuple(may), "incidents: no end is documented; change events: 90 days; past incidents: 6 months"


def _prometheus(client: httpx.Client, now: datetime, _: str | None) -> tuple[tuple[str, ...], str]:
    try:
        build = _get(client, "prometheus", "/api/v1/status/buildinfo", {})
    except (SourceMissing, SourceMalformed):
        build = {}  # some gateways hide it, and queries work all the same
    version = (build.get("data") or {}).get("version") if isinstance(build, dict) else None
    may = [f"queries: yes, {'version ' + str(version) if version else 'no version named'}"]
    may.append(_tried("rules", lambda: _get(client, "prometheus", "/api/v1/rules", {})))
    start = datetime.fromtimestamp((now - HORIZON).timestamp() // _DAY_S * _DAY_S, UTC)
    seen = ask_range(client, "count(up)", start, now, _DAY_S / 24)
    firsts = [one.samples["at"].min() for one in seen.series if one.samples.height]
    if not firsts:
        raise SourceMissing(
            "prometheus: holds no sample of `up`; check that it scrapes, and that url names the right tenant"
        )
    first = min(at for at in firsts if isinstance(at, datetime))
    whole = " or further" if first <= start + timedelta(days=1) else ""
    return tuple(may), f"{rfc3339(first)}{whole}, {(now - first).total_seconds() / _DAY_S:.1f} days"


def _github(client: httpx.Client, _: datetime, repo: str | None) -> tuple[tuple[str, ...], str]:
    rows = _get(client, "github", f"/repos/{repo}/deployments", {"per_page": 1})
    may = [f"deployments: yes{'' if rows else ', but there is none'}"]
    may.append(_tried("actions", lambda: _get(client, "github", f"/repos/{repo}/actions/runs", {"per_page": 1})))
    return tuple(may), "all deployments; workflow runs as long as the repository keeps them"


def _slack(client: httpx.Client, _: datetime, channel: str | None) -> tuple[tuple[str, ...], str]:
    body = _get(client, "slack", "/conversations.history", {"channel": channel or "", "limit": 1})
    if not body.get("ok"):
        raise SourceMissing(
            f"slack: conversations.history says {body.get('error')}; invite the app, or check channel and scopes"
        )
    people = _get(client, "slack", "/users.list", {"limit": 1})
    return (f"messages of {channel}: yes", f"names of people: {'yes' if people.get('ok') else people.get('error')}"), (
        "as long as the workspace's plan keeps messages"
    )


# The least that tells whether a kind of deploys can be read: path of what it is configured for, what that shows, how far back.
_PROBES: dict[str, tuple[Callable[[str], str], str, str]] = {
    "gitlab": (lambda it: f"/api/v4/projects/{quote(it, safe='')}/deployments?per_page=1", "deployments", "all deployments"),
    "jenkins": (
        lambda it: "".join(f"/job/{quote(part, safe='')}" for part in it.strip("/").split("/")) + "/api/json?tree=name",
        "the job", "the builds that the job keeps",
    ),
    "argocd": (
        lambda it: f"/api/v1/applications/{quote(it, safe='')}", "the application",
        "its last 10 syncs, unless revisionHistoryLimit says otherwise",
    ),
    "buildbot": (lambda _: "/api/v2/builders?limit=1", "builders", "the builds that it keeps"),
}  # fmt: skip


def _probed(client: httpx.Client, kind: str, what: str | None) -> tuple[tuple[str, ...], str]:
    path_of, shows, back = _PROBES[kind]
    path, _, query = path_of(what or "").partition("?")
    _get(client, kind, path, dict(parse_qsl(query)))
    return (f"{shows}: yes",), back


def _any(client: httpx.Client, _: datetime, __: str | None) -> tuple[tuple[str, ...], str]:
    status = client.get("/").status_code
    return (f"answers {status} at its address; this kind has no check of its own",), ""


def _get(client: httpx.Client, source: str, path: str, params: dict[str, Any]) -> Any:
    answer = client.get(path, params=params)
    check_refusal(source, path, answer.status_code, answer.content)
    if answer.status_code == 402:
        raise SourceRefused(f"{source}: {path} is not part of this account's plan; a build does without it and says so")
    if answer.status_code == 404:
        raise SourceMissing(
            f"{source}: {path} is not there, or the token may not see it; check url, its path and the token"
        )
    try:
        return answer.json()
    except ValueError:
        raise SourceMalformed(
            f"{source}: {path} answers {answer.status_code} without JSON; check that url is the API's address"
        ) from None


def _tried(what: str, ask: Callable[[], Any]) -> str:
    try:
        ask()
    except SourceError as error:
        return f"{what}: no ({error})"
    return f"{what}: yes"


def _note_date(answer: httpx.Response, now: datetime, dates: list[float]) -> None:
    try:
        at = parsedate_to_datetime(answer.headers["date"])
    except (KeyError, ValueError):
        return
    dates.append(round((at - now).total_seconds()))
