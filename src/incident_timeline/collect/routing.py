"""Asks Alertmanager's own amtool to which receivers an alert is routed by a configuration file."""

import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

import yaml

from incident_timeline.errors import SourceMalformed, SourceMissing, SourceUnreachable

_LONGEST_S = 30


def receivers_of(labels: Mapping[str, str], config: Path) -> tuple[str, ...]:
    """The receivers that `amtool config routes test` names for an alert with these labels.

    Raises SourceMissing without amtool, SourceMalformed when it refuses the configuration.
    """
    program = shutil.which("amtool")
    if program is None:
        raise SourceMissing(
            "amtool is not installed, so nobody can say where an alert goes; install Alertmanager's amtool"
        )
    pairs = [f"{name}={value}" for name, value in sorted(labels.items())]
    try:
        said = subprocess.run(  # noqa: S603 - a fixed program; labels are arguments of their own and no shell reads them
            [program, "config", "routes", "test", f"--config.file={config}", "--", *pairs],
            capture_output=True,
            text=True,
            check=False,
            timeout=_LONGEST_S,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise SourceUnreachable(f"amtool cannot be run ({error}); check its installation") from None
    if said.returncode:
        last = (said.stderr.strip().splitlines() or ["no reason given"])[-1]
        raise SourceMalformed(f"amtool refuses {config.name}: {last}; mend the configuration")
    return tuple(part.strip() for part in said.stdout.replace("\n", ",").split(",") if part.strip())


def integrations_of(receiver: str, config: Path) -> dict[str, tuple[str, ...]]:
    """What a receiver sends to: the kinds of its integrations, each with the plain values written there, secrets left out."""
    try:
        held = yaml.safe_load(config.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise SourceMalformed(f"{config.name} cannot be read as Alertmanager's configuration ({error})") from None
    rows = held.get("receivers") or [] if isinstance(held, dict) else []
    found: dict[str, tuple[str, ...]] = {}
    for row in rows:
        if isinstance(row, dict) and row.get("name") == receiver:
            for kind, entries in row.items():
                if kind.endswith("_configs") and entries:
                    values = [v for one in entries if isinstance(one, dict) for k, v in one.items() if "key" not in k]
                    found[kind.removesuffix("_configs")] = tuple(str(v) for v in values if isinstance(v, str))
    return found
