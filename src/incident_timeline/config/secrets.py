"""Resolves a secret given by reference: an environment variable, a file or a command."""

import shlex
import subprocess
from collections.abc import Mapping
from pathlib import Path

from incident_timeline.errors import ConfigError, system_words


def resolve_secret(reference: str, *, where: str, variables: Mapping[str, str], folder: Path) -> str:
    """The secret behind `env:NAME`, `file:PATH` or `cmd:COMMAND`; `where` names file and key in errors.

    Raises ConfigError for a plain value (a secret in a file gets committed), and for a reference that leads nowhere.
    """
    kind, _, rest = reference.partition(":")
    if kind == "env" and rest:
        value = variables.get(rest, "")
        if not value:
            raise ConfigError(f"{where}: the variable {rest} is not set; export {rest}=... and run again")
        return value
    if kind == "file" and rest:
        try:
            return (folder / Path(rest).expanduser()).read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise ConfigError(
                f"{where}: cannot read {rest}: {system_words(error)}; check the path and its permissions"
            ) from None
    if kind == "cmd" and rest:
        return _run(rest, where)
    raise ConfigError(
        f"{where}: a secret must be a reference: env:NAME, file:PATH or cmd:COMMAND, not the value itself"
    )


def _run(command: str, where: str) -> str:
    try:
        done = subprocess.run(shlex.split(command), capture_output=True, text=True, timeout=30, check=True)  # noqa: S603 - the user wrote it into their own file
    except (OSError, ValueError, subprocess.SubprocessError) as error:
        raise ConfigError(f"{where}: the command {command!r} failed: {error}; run it by hand to see why") from None
    return done.stdout.strip()
