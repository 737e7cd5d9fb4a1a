"""Finds what the incident is: one or several PagerDuty pages, a span of time of a service, or what given files hold."""

import re
from collections.abc import Callable
from dataclasses import replace

from incident_timeline.collect.base import Collected, Transport
from incident_timeline.collect.bundle import Bundle
from incident_timeline.collect.pagerduty import PagerDutyCollector, key_of
from incident_timeline.errors import ConfigError, NothingBuilt, RefError, SourceError
from incident_timeline.model.findings import Coverage
from incident_timeline.model.incident import Incident
from incident_timeline.pipeline.archiving import FOLDER
from incident_timeline.pipeline.request import BuildRequest

_FREE = re.compile(r"[A-Za-z0-9._-]+")
Chain = Callable[[str, str], Transport]  # (source, kind) -> transports
Found = tuple[Incident, tuple[Incident, ...], tuple[Coverage, ...]]  # the incident, its pages, what PagerDuty lacked


def find_incident(request: BuildRequest, bundle: Bundle, files: tuple[Collected, ...], chain: Chain) -> Found:
    """The incident, its pages, and why PagerDuty did not say more.

    Raises RefError for a reference that means nothing here and NothingBuilt when no source can say what the incident is.
    """
    keys, prefix = _keys(request, bundle, known=bool(files) or request.span is not None)
    if keys:
        try:
            collector, transport = PagerDutyCollector(prefix), chain("pagerduty", "pagerduty")
            pages = tuple(collector.find_incident(transport, key) for key in keys)
        except SourceError as error:
            if not files and request.span is None:
                raise NothingBuilt(str(error)) from None
            return _without_page(request, files), (), (Coverage("pagerduty", False, reason=str(error)),)
        if not request.offline:
            closed, joined = all(page.resolved_at for page in pages), bool(request.pagerduty)
            yes_no = {True: "yes", False: "no"}
            bundle.note(
                key=",".join(keys), pagerduty="yes", prefix=prefix, closed=yes_no[closed], joined=yes_no[joined]
            )
        return (_joined(request, pages) if bundle.about.get("joined") == "yes" else pages[0]), pages, ()
    if not files and request.span is None:
        raise NothingBuilt(
            f"nothing says what {request.ref} is: configure PagerDuty (PAGERDUTY_TOKEN), or give --events FILE, --series FILE, "
            "or --from, --to and --service"
        )
    return _without_page(request, files), (), ()


def key_or_ref(request: BuildRequest) -> str:
    """What PagerDuty would be asked for, else the reference as it was given."""
    try:
        return key_of(request.ref, request.settings.prefix)
    except RefError:
        return request.ref


def folder_name(request: BuildRequest) -> str:
    """The incident's own name, which its folder carries: prefix and number, or the reference."""
    key = key_or_ref(request)
    if key.isdigit():
        return f"{request.settings.prefix}{key}"
    if not _FREE.fullmatch(key) or key.strip(".") == "":
        raise RefError(f"{request.ref!r} cannot name an incident: use letters, digits, dot, dash and underscore")
    if key == FOLDER:
        raise RefError(f"{key!r} cannot name an incident: the archive of all incidents lies there; take another name")
    return key


def _keys(request: BuildRequest, bundle: Bundle, *, known: bool) -> tuple[tuple[str, ...], str]:
    """The PagerDuty keys to ask for, none where PagerDuty is not one of this build's sources; and the prefix in use."""
    about, prefix = bundle.about, request.settings.prefix
    if "pagerduty" not in request.only:
        return (), prefix
    if request.offline:
        kept = about.get("key", "") if about.get("pagerduty") == "yes" else ""
        return tuple(one for one in kept.split(",") if one), about.get("prefix", prefix)
    if request.settings.pagerduty is None:
        if request.pagerduty:
            raise ConfigError(
                "--pagerduty needs a PagerDuty token: set PAGERDUTY_TOKEN, or write [pagerduty] into timeline.toml"
            )
        return (), prefix
    if request.pagerduty:
        return tuple(key_of(one, prefix) for one in request.pagerduty), prefix
    try:
        return (key_of(request.ref, prefix),), prefix
    except RefError:
        if not known:
            raise
        return (), prefix


def _joined(request: BuildRequest, pages: tuple[Incident, ...]) -> Incident:
    """Several pages as one incident: the first one's title and service, open as long as any of them is."""
    first = min(pages, key=lambda page: (page.created_at is None, page.created_at, page.id))
    ends = [page.resolved_at for page in pages]
    services = tuple(dict.fromkeys(service for page in pages for service in page.services))
    resolved = max(end for end in ends if end) if all(ends) else None
    status = "resolved" if resolved else "triggered"
    return replace(first, id=folder_name(request), resolved_at=resolved, status=status, services=services)


def _without_page(request: BuildRequest, files: tuple[Collected, ...]) -> Incident:
    services = [
        s for f in files for s in [*f.events["service"].drop_nulls(), *f.series.labels["service"].drop_nulls()] if s
    ]
    service = request.service or max(sorted(set(services)), key=services.count, default=None)
    resolved = [at for f in files for at in f.events.filter(f.events["kind"] == "incident.resolved")["at"]]
    return Incident(
        id=folder_name(request), title="", service=service, url=None, created_at=None,
        resolved_at=max(resolved, default=None), status="resolved" if resolved else "unknown",
    )  # fmt: skip
