"""Turns a timeline.toml text and a mapping of variables, both given, into frozen settings."""

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from incident_timeline.config.keys import CONNECTION_KEYS, KeyReader
from incident_timeline.config.settings import (
    ArchiveSettings,
    ChatSettings,
    DeploySettings,
    PagerDutySettings,
    PrometheusSettings,
    ReportSettings,
    ServiceSettings,
    Settings,
)
from incident_timeline.errors import ConfigError

FORMS = ("auto", "short", "long")  # of the post-mortem
_URLS = {"github": "https://api.github.com", "gitlab": "https://gitlab.com", "pagerduty": "https://api.pagerduty.com"}
_SHARED = ("pagerduty", "prometheus")
_SCALARS = tuple(key for key in CONNECTION_KEYS if key != "headers")


def read_settings(
    text: str | None,
    variables: Mapping[str, str],
    *,
    name: str = "timeline.toml",
    folder: Path = Path(),
    secrets_of: frozenset[str] | None = None,
) -> Settings:
    """Settings from the text of a configuration file (None: there is none) and environment variables.

    Variables win over the file. Only the secrets of the sections in `secrets_of` are resolved (None: of all), so that an
    offline build needs no token. `name` and `folder` are the file's own, for messages and relative paths. Raises
    ConfigError naming the key for anything unknown or unusable.
    """
    name = name if text is not None else "the environment"
    table = _parse(text, name)
    reader = KeyReader(variables, name, folder, secrets_of)
    sections = {"pagerduty", "prometheus", "deploys", "chat", "services", "queries", "report", "archive"}
    reader.known(table, "", sections)
    for section in ("pagerduty", "prometheus"):
        overrides = reader.overrides(section, _SCALARS + (("prefix",) if section == "pagerduty" else ()))
        if overrides or section in table:
            table[section] = {**reader.table(table, section), **overrides}
    pagerduty = _pagerduty(reader, table)
    queries = reader.table(table, "queries")
    reader.known(queries, "queries", {"path"})
    prometheus = _prometheus(reader, table)
    deploys = tuple(_deploy(reader, row, i, table) for i, row in enumerate(reader.rows(table, "deploys")))
    if prometheus is not None and not deploys:
        deploys = (DeploySettings("prometheus", prometheus.connection),)  # it saw changes too, and is asked anyway
    return Settings(
        pagerduty=pagerduty,
        prometheus=prometheus,
        deploys=deploys,
        chat=tuple(_chat(reader, row, i) for i, row in enumerate(reader.rows(table, "chat"))),
        services=tuple(_service(reader, key, row) for key, row in reader.table(table, "services").items()),
        report=_report(reader, reader.table(table, "report")),
        queries_path=reader.path(queries.get("path"), "queries.path"),
        folder=str(folder) if text is not None else None,
        archive=_archive(reader, table),
        prefix=pagerduty.prefix if pagerduty else "INC-",
        origin=name if text is not None else "no configuration file",
    )


def _parse(text: str | None, name: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text or "")
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{name} is not valid TOML: {error}; correct that line") from None


def _pagerduty(reader: KeyReader, table: dict[str, Any]) -> PagerDutySettings | None:
    row = table.get("pagerduty")
    if row is None:
        return None
    reader.known(row, "pagerduty", {*CONNECTION_KEYS, "prefix"})
    row = {"url": "https://api.pagerduty.com", **row}
    return PagerDutySettings(reader.connection(row, "pagerduty"), str(row.get("prefix", "INC-")))


def _prometheus(reader: KeyReader, table: dict[str, Any]) -> PrometheusSettings | None:
    row = table.get("prometheus")
    if row is None:
        return None
    reader.known(row, "prometheus", set(CONNECTION_KEYS))
    return PrometheusSettings(reader.connection(row, "prometheus"))


def _report(reader: KeyReader, row: dict[str, Any]) -> ReportSettings:
    reader.known(row, "report", {"zone", "template", "short_template", "form", "names"})
    form, names = row.get("form", "auto"), row.get("names", False)
    if form not in FORMS:
        raise ConfigError(f"{reader.name}: report.form is {form!r}; it must be one of {', '.join(FORMS)}")
    if not isinstance(names, bool):
        raise ConfigError(f"{reader.name}: report.names must be true or false")
    return ReportSettings(
        zone=reader.text(row, "zone", "report") if "zone" in row else None,
        template=reader.path(row.get("template"), "report.template"),
        short_template=reader.path(row.get("short_template"), "report.short_template"),
        form=form,
        names=names,
    )


def _archive(reader: KeyReader, table: dict[str, Any]) -> ArchiveSettings | None:
    row = {**reader.table(table, "archive"), **reader.overrides("archive", ("url", "bundles"))}
    reader.known(row, "archive", {"url", "bundles", "options"})
    if not row:
        return None
    url = reader.text(row, "url", "archive")
    bundles = reader.text(row, "bundles", "archive") if "bundles" in row else None
    options = reader.table(row, "options")
    held = {key: reader.header(value, f"archive.options.{key}") for key, value in options.items()}
    return ArchiveSettings(_place(reader, url), bundles and _place(reader, bundles), tuple(sorted(held.items())))


def _place(reader: KeyReader, text: str) -> str:
    """An address without a slash at its end, so that both spellings are one place; a path relative to the file's folder."""
    return text.rstrip("/") if "://" in text else str(reader.folder / text)


def _deploy(reader: KeyReader, row: dict[str, Any], index: int, table: dict[str, Any]) -> DeploySettings:
    where = f"deploys[{index}]"
    kind = reader.text(row, "kind", where)
    if kind == "github":
        if "token" not in row and reader.variables.get("GITHUB_TOKEN"):
            row["token"] = "env:GITHUB_TOKEN"  # noqa: S105 - a reference, no secret
        reader.text(row, "repo", where)
    known = {*CONNECTION_KEYS, "kind", "repo", "environment", "path"}
    rest = reader.options(row, where, known)
    if kind in _SHARED:  # the same server and credentials as the section of that name, unless the table says otherwise
        row = {key: value for key, value in reader.table(table, kind).items() if key in CONNECTION_KEYS} | row
    row = ({"url": _URLS[kind]} if kind in _URLS else {}) | row
    connection = None if "path" in row and "url" not in row else reader.connection(row, where)
    path = reader.path(row.get("path"), f"{where}.path")
    return DeploySettings(kind, connection, row.get("repo"), row.get("environment"), path, rest)


def _chat(reader: KeyReader, row: dict[str, Any], index: int) -> ChatSettings:
    where = f"chat[{index}]"
    kind = reader.text(row, "kind", where)
    rest = reader.options(row, where, {*CONNECTION_KEYS, "kind", "channel", "path"})
    if kind == "slack":
        row = {"url": "https://slack.com/api", **row}
    connection = reader.connection(row, where) if "url" in row else None
    return ChatSettings(kind, connection, row.get("channel"), reader.path(row.get("path"), f"{where}.path"), rest)


def _service(reader: KeyReader, name: str, row: object) -> ServiceSettings:
    where = f"services.{name}"
    if not isinstance(row, dict):
        raise ConfigError(f"{reader.name}: {where} must be a table; write [services.{name}] and its keys below")
    rest = reader.options(row, where, {"pagerduty", "queries"})
    return ServiceSettings(name, reader.texts(row, "pagerduty", where), reader.texts(row, "queries", where), rest)
