"""Asks Prometheus' own promtool whether expressions can be evaluated: as recording rules in a file of its own."""

import json
import re
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

from incident_timeline.errors import SourceMalformed, SourceUnreachable

_HEAD = ["groups:", "- name: timeline", "  rules:"]
_FOUND = re.compile(r'rules\.yml: \d+:\d+: group "[^"]*", rule (\d+), "[^"]*": (.*)')
_LONGEST_S = 60


def promtool_version() -> str | None:
    """The version of the promtool that is installed, or None."""
    if shutil.which("promtool") is None:
        return None
    said = _run("--version")
    match = re.search(r"version (\S+)", said.stdout + said.stderr)
    return match[1].rstrip(",") if match else "of no known version"


def check_expressions(expressions: Sequence[str]) -> dict[int, str]:
    """What `promtool check rules` says against each expression, by its place; empty when it accepts all.

    Raises SourceMalformed when promtool refuses and names none of them, so that no refusal is lost.
    """
    rules = [
        f'  - {{record: "timeline:check", labels: {{n: "{place}"}}, expr: {json.dumps(text)}}}'
        for place, text in enumerate(expressions)
    ]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "rules.yml"
        path.write_text("\n".join([*_HEAD, *rules]) + "\n", encoding="utf-8")
        said = _run("check", "rules", str(path))
    found = {int(number) - 1: words for number, words in _FOUND.findall(said.stderr)}
    if said.returncode and not found:
        raise SourceMalformed(
            f"promtool refuses the rules and names none: {said.stderr.strip()[:300]}; report this with the file"
        )
    return found


def _run(*arguments: str) -> subprocess.CompletedProcess[str]:
    try:
        return subprocess.run(  # noqa: S603 - a fixed program; the expressions lie in a file
            [shutil.which("promtool") or "promtool", *arguments],
            capture_output=True,
            text=True,
            check=False,
            timeout=_LONGEST_S,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise SourceUnreachable(
            f"promtool cannot be run ({error}); check its installation, or take it off the PATH"
        ) from None
