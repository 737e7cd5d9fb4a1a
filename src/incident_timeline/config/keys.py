"""Reads single keys out of a configuration table, naming file and key in every error."""

import re
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

from incident_timeline.config.secrets import resolve_secret
from incident_timeline.config.settings import BUDGET_S, TIMEOUT_S, Connection
from incident_timeline.errors import ConfigError

CONNECTION_KEYS = (
    "url", "token", "headers", "username", "password", "bearer", "ca_file", "cert_file", "key_file", "timeout_s",
    "budget_s",
)  # fmt: skip
# A name, an IPv4 address or an IPv6 one in brackets, perhaps a port and a path; user and password have keys of their own.
_ADDRESS = re.compile(r"https?://(?:\[[0-9A-Fa-f:.]+\]|[^\s/:?#@\[\]]+)(?::\d{1,5})?(?:/\S*)?")
_SECRET_KEYS = frozenset({"token", "password", "bearer"})
_PLAIN_VARIABLES = {
    ("pagerduty", "token"): "PAGERDUTY_TOKEN",
    ("prometheus", "url"): "PROMETHEUS_URL",
}


class KeyReader:
    """Reads values out of one file's tables, naming file and key in every error."""

    def __init__(
        self, variables: Mapping[str, str], name: str, folder: Path, secrets_of: frozenset[str] | None = None
    ) -> None:
        self.variables, self.name, self.folder, self.secrets_of = variables, name, folder, secrets_of

    def known(self, row: object, where: str, keys: set[str]) -> None:
        """Refuses keys that mean nothing, since a typo would otherwise be ignored."""
        if not isinstance(row, dict):
            raise ConfigError(f"{self.name}: {where} must be a table; write [{where}]")
        for key in row:
            if key not in keys:
                at = f"{where}.{key}" if where else key
                raise ConfigError(f"{self.name}: unknown key {at}; known here: {', '.join(sorted(keys))}")

    def table(self, row: dict[str, Any], key: str) -> dict[str, Any]:
        """A sub-table, empty when absent."""
        value = row.get(key, {})
        if not isinstance(value, dict):
            raise ConfigError(f"{self.name}: {key} must be a table; write [{key}]")
        return value

    def rows(self, row: dict[str, Any], key: str) -> list[dict[str, Any]]:
        """An array of tables, empty when absent."""
        value = row.get(key, [])
        if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
            raise ConfigError(f"{self.name}: {key} must be a list of tables; write [[{key}]]")
        return [dict(item) for item in value]

    def text(self, row: dict[str, Any], key: str, where: str) -> str:
        """A text value that must be there."""
        value = row.get(key)
        if not isinstance(value, str) or not value:
            raise ConfigError(f'{self.name}: {where}.{key} is missing; add {key} = "..."')
        return value

    def texts(self, row: dict[str, Any], key: str, where: str) -> tuple[str, ...]:
        """A text or a list of texts."""
        value = row.get(key, [])
        value = [value] if isinstance(value, str) else value
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            raise ConfigError(f"{self.name}: {where}.{key} must be a text or a list of texts")
        return tuple(value)

    def options(self, row: dict[str, Any], where: str, known: set[str]) -> tuple[tuple[str, str], ...]:
        """The keys that a kind reads for itself: texts, numbers, booleans, days and times only."""
        rest = {key: value for key, value in row.items() if key not in known}
        for key, value in rest.items():
            if not isinstance(value, str | int | float | bool | date):
                raise ConfigError(f"{self.name}: {where}.{key} must be a single value")
        return tuple(sorted((k, v.isoformat() if isinstance(v, date) else str(v)) for k, v in rest.items()))

    def overrides(self, section: str, keys: tuple[str, ...]) -> dict[str, str]:
        """What environment variables say about a section; the value itself, secrets too."""
        found: dict[str, str] = {}
        for key in keys:
            plain = _PLAIN_VARIABLES.get((section, key))
            for variable in (f"TIMELINE_{section.upper()}_{key.upper()}", plain):
                if variable and self.variables.get(variable):
                    found[key] = f"env:{variable}" if key in _SECRET_KEYS else self.variables[variable]
                    break
        return found

    def path(self, value: object, where: str) -> str | None:
        """A path, relative to the file's folder."""
        if value is None:
            return None
        if not isinstance(value, str):
            raise ConfigError(f"{self.name}: {where} must be a path")
        return str(self.folder / value)

    def secret(self, value: object, where: str) -> str | None:
        """A secret by reference: env:NAME, file:PATH or cmd:COMMAND."""
        section = where.split(".")[0].split("[")[0]
        if value is None or (self.secrets_of is not None and section not in self.secrets_of):
            return None
        if not isinstance(value, str):
            raise ConfigError(f"{self.name}: {where} must be env:NAME, file:PATH or cmd:COMMAND")
        return resolve_secret(value, where=f"{self.name}: {where}", variables=self.variables, folder=self.folder)

    def connection(self, row: dict[str, Any], where: str) -> Connection:
        """The connection keys that all sources share."""
        url = row.get("url")
        if not isinstance(url, str) or not url.startswith(("http://", "https://")):
            raise ConfigError(f"{self.name}: {where}.url must start with http:// or https://, not {url!r}")
        if "@" in url.split("/")[2]:  # not printed: it may hold a password
            raise ConfigError(f"{self.name}: {where}.url names a user; give username and password as keys of their own")
        if not _ADDRESS.fullmatch(url):
            raise ConfigError(f"{self.name}: {where}.url {url!r} is no address; write it like https://host:9090/path")
        headers = row.get("headers", {})
        if not isinstance(headers, dict):
            raise ConfigError(f'{self.name}: {where}.headers must be a table: {{ Name = "env:VARIABLE" }}')
        return Connection(
            url=url.rstrip("/"),
            token=self.secret(row.get("token"), f"{where}.token"),
            headers=tuple(sorted((k, self.header(v, f"{where}.headers.{k}")) for k, v in headers.items())),
            username=row.get("username"),
            password=self.secret(row.get("password"), f"{where}.password"),
            bearer=self.secret(row.get("bearer"), f"{where}.bearer"),
            ca_file=self.path(row.get("ca_file"), f"{where}.ca_file"),
            cert_file=self.path(row.get("cert_file"), f"{where}.cert_file"),
            key_file=self.path(row.get("key_file"), f"{where}.key_file"),
            timeout_s=self.seconds(row, "timeout_s", where, TIMEOUT_S),
            budget_s=self.seconds(row, "budget_s", where, BUDGET_S),
        )

    def seconds(self, row: dict[str, Any], key: str, where: str, default: float) -> float:
        """A number of seconds, also as a text (from a variable)."""
        try:
            seconds = float(row.get(key, default))
        except (TypeError, ValueError):
            seconds = 0.0
        if not seconds > 0:  # NaN is not
            raise ConfigError(f"{self.name}: {where}.{key} must be a number of seconds over 0")
        return seconds

    def header(self, value: object, where: str) -> str:
        """A header's value: by reference, or plain where it is no secret (a tenant's name)."""
        if isinstance(value, str) and not value.startswith(("env:", "file:", "cmd:")):
            if any(word in where.lower() for word in ("authorization", "token", "key", "secret", "cookie")):
                raise ConfigError(
                    f"{self.name}: {where} looks like a secret; give it as env:NAME, file:PATH or cmd:..."
                )
            return value
        return self.secret(value, where) or ""
