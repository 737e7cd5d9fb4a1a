"""What a command finds around it: the configuration file, the environment and the clock."""

import getpass
import os
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

from incident_timeline.config import Settings, read_settings
from incident_timeline.errors import ConfigError, UsageError, system_words

NAME = "timeline.toml"


def now() -> datetime:
    """The present instant, UTC."""
    return datetime.now(UTC)


def variables() -> Mapping[str, str]:
    """The environment."""
    return os.environ


def find_config(start: Path) -> Path | None:
    """timeline.toml in a folder or one of its parents, else in the user's configuration folder, else none."""
    for folder in (start, *start.parents):
        if (folder / NAME).is_file():
            return folder / NAME
    # expanduser leaves `~` where an account has no home, as in many containers
    own = Path(os.environ.get("XDG_CONFIG_HOME") or os.path.expanduser("~/.config")) / "timeline" / NAME  # noqa: PTH111
    return own if own.is_file() else None


def speaker(by: str | None) -> str:
    """Who marks: the name given with --by, else the user name of this machine; UsageError where it has none."""
    try:
        return by or getpass.getuser()
    except (KeyError, OSError):  # an account without a name, as in many containers
        raise UsageError("this account has no user name; say with --by who says it") from None


def load_settings(config: Path | None, secrets_of: frozenset[str] | None) -> Settings:
    """Settings of the given file, or of the one that is found; only secrets of `secrets_of` are resolved."""
    path = config or find_config(Path.cwd())
    if path is None:
        return read_settings(None, variables(), secrets_of=secrets_of)
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"cannot read {path}: {system_words(error)}; check the path given with --config") from None
    return read_settings(text, variables(), name=str(path), folder=path.resolve().parent, secrets_of=secrets_of)


def read_date(text: str, option: str) -> datetime:
    """A date (its midnight, UTC) or a full time with its zone; UsageError naming the option otherwise."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise UsageError(f"{option} {text!r} is no date; write 2026-08-15 or a full time with its zone") from None
    return at.replace(tzinfo=UTC) if at.tzinfo is None else at
