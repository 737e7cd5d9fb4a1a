"""`timeline build`: collects, scores and writes one incident's folder."""

import sys
from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from incident_timeline.cli.options import ConfigFile
from incident_timeline.cli.surroundings import load_settings, now
from incident_timeline.cli.terminal import hand_over, tell
from incident_timeline.errors import UsageError, system_words
from incident_timeline.model.incident import Window

_SOURCES = ("pagerduty", "prometheus", "deploys", "chat", "events", "series")


def build_command(
    ref: Annotated[
        str,
        typer.Argument(help="INC-123, 123, a PagerDuty id, an incident's URL, or any name with --events or --offline."),
    ],
    out: Annotated[
        Path | None, typer.Option("--out", help="The incident's own folder; by default incidents/<id> here.")
    ] = None,
    config: ConfigFile = None,
    offline: Annotated[
        bool, typer.Option("--offline", help="Rebuild from the evidence kept in the folder; nothing is contacted.")
    ] = False,
    events: Annotated[
        Path | None, typer.Option("--events", help="JSON Lines or CSV with at, kind, actor, text: a source of its own.")
    ] = None,
    series: Annotated[
        Path | None, typer.Option("--series", help="Parquet or CSV with at, series, value: a source of its own.")
    ] = None,
    paste: Annotated[
        str | None,
        typer.Option("--paste", help="Text copied from a channel, - for standard input: a source of its own."),
    ] = None,
    day: Annotated[
        str | None, typer.Option("--date", help="The day of --paste where its text names none, e.g. 2026-11-17.")
    ] = None,
    queries: Annotated[
        Path | None, typer.Option("--queries", help="A folder of query files that goes before the shipped ones.")
    ] = None,
    only: Annotated[str | None, typer.Option("--only", help=f"Ask only these sources: {','.join(_SOURCES)}.")] = None,
    tz: Annotated[
        str | None,
        typer.Option(
            "--tz", help="Your zone, e.g. Europe/Berlin: of bare times in the files, and beside UTC in charts."
        ),
    ] = None,
    pagerduty: Annotated[
        str | None, typer.Option("--pagerduty", help="Several PagerDuty incidents that are one: Q1,Q2 or 123,124.")
    ] = None,
    start: Annotated[
        str | None, typer.Option("--from", help="Start of an incident that has no page, e.g. 2026-11-17T13:50:00Z.")
    ] = None,
    end: Annotated[str | None, typer.Option("--to", help="End of an incident that has no page.")] = None,
    service: Annotated[
        str | None, typer.Option("--service", help="The service of an incident that has no page.")
    ] = None,
    json_out: Annotated[bool, typer.Option("--json", help="Print scores.json on stdout as well.")] = False,
    strict: Annotated[
        bool,
        typer.Option("--strict", help="End with 4 instead of 3 when a configured source gave less than was asked."),
    ] = False,
    short: Annotated[
        bool | None,
        typer.Option("--short/--long", help="The form of a new post-mortem; by default by the size of the incident."),
    ] = None,
    names: Annotated[
        bool, typer.Option("--names", help="People by name in the documents; by default they stand as roles.")
    ] = False,
    open_page: Annotated[bool, typer.Option("--open", help="Open report.html in the browser.")] = False,
) -> None:
    """Collect the evidence of one incident, score it and write its folder.

    The folder holds postmortem.md, report.html, charts/, scores.json, timeline.parquet and the evidence itself. A second
    build fetches only what is missing.

    Example: timeline build INC-123
    """
    from incident_timeline.pipeline.build import build
    from incident_timeline.pipeline.request import BuildRequest

    wanted = _wanted(only)
    settings = load_settings(config, frozenset({"archive"}) | (frozenset() if offline else wanted))
    if day is not None and paste is None:
        raise UsageError("--date is the day of a text given with --paste; give --paste too, or leave --date out")
    if queries is not None and not queries.is_dir():
        raise UsageError(f"--queries {queries} is no folder; give one that holds query files or folders of them")
    request = BuildRequest(
        ref=ref, settings=settings, folder=out, base=Path.cwd(), now=now(), offline=offline, events_file=events,
        series_file=series, paste=_pasted(paste), day=_day(day), queries=queries,
        span=_span(start, end, service), service=service, pagerduty=_pages(pagerduty),
        only=wanted, zone=tz, strict=strict, png=True, form=None if short is None else "short" if short else "long",
        names=names, say=lambda line: tell(line, err=True),
    )  # fmt: skip
    result = build(request)
    if json_out:
        hand_over(result.scores.decode())
    for sentence in result.lacking:
        tell(f"lacking: {sentence}", err=True)
    for hint in result.hints:
        tell(f"one more line would add: {hint}", err=True)
    tell(f"post-mortem: {result.folder / 'postmortem.md'}", err=json_out)
    tell(f"report:      {result.folder / 'report.html'}", err=json_out)
    if result.kin:
        tell(f"archive: {result.kin}", err=True)
    if open_page:
        typer.launch(str(result.folder / "report.html"))
    if result.exit_code:
        raise typer.Exit(result.exit_code)


def _pages(joined: str | None) -> tuple[str, ...]:
    """The pages that are one incident; UsageError where --pagerduty names none."""
    pages = tuple(one.strip() for one in (joined or "").split(",") if one.strip())
    if joined is not None and not pages:
        raise UsageError(f"--pagerduty {joined!r} names no incident; write it like 123,124")
    return pages


def _pasted(paste: str | None) -> tuple[str, bytes] | None:
    """The name and the bytes of a copied conversation; UsageError for a file that cannot be read."""
    if paste is None:
        return None
    if paste == "-":
        return "paste.txt", sys.stdin.buffer.read()
    try:
        return Path(paste).name, Path(paste).read_bytes()
    except OSError as error:
        raise UsageError(f"cannot read {paste}: {system_words(error)}; check the path given with --paste") from None


def _day(text: str | None) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise UsageError(f"--date {text!r} is no day; write it like 2026-11-17") from None


def _span(start: str | None, end: str | None, service: str | None) -> Window | None:
    """The span of an incident without a page; UsageError unless --from, --to and --service are given together."""
    from incident_timeline.model.instants import parse_instant

    if start is None and end is None and service is None:
        return None
    if start is None or end is None or service is None:
        raise UsageError("an incident without a page needs --from, --to and --service together")
    span = Window(parse_instant(start, "--from"), parse_instant(end, "--to"))
    if span.end <= span.start:
        raise UsageError(f"--to {end} is not after --from {start}")
    return span


def _wanted(only: str | None) -> frozenset[str]:
    if only is None:
        return frozenset(_SOURCES)
    names = {name.strip() for name in only.split(",") if name.strip()}
    if not names or names - set(_SOURCES):
        unknown = ", ".join(sorted(names - set(_SOURCES))) or "nothing"
        raise UsageError(f"--only names {unknown}; the sources are {', '.join(_SOURCES)}")
    return frozenset(names)
