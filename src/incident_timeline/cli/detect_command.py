"""`timeline detect`: which rule would have shown an incident sooner, and what it would have cost on other days."""

from pathlib import Path
from typing import Annotated

import typer

from incident_timeline.cli.options import OwnFolder, Ref
from incident_timeline.cli.surroundings import load_settings, now
from incident_timeline.cli.terminal import hand_over, tell
from incident_timeline.errors import UsageError


def detect_command(
    ref: Ref,
    out: OwnFolder = None,
    json_out: Annotated[bool, typer.Option("--json", help="Print the candidates as scores.json has them.")] = False,
    write: Annotated[
        Path | None, typer.Option("--write", help="Write a candidate as a rule file, and <name>.test.yml beside it.")
    ] = None,
    pick: Annotated[
        int | None,
        typer.Option("--pick", help="Which candidate --write writes, by its number in the table; else the first."),
    ] = None,
) -> None:
    """Say which rule would have shown an incident sooner, by how much, and when it would have fired on the days before.

    Reads the evidence that `timeline build` collected and contacts nothing. Candidates for the room to judge: loaded rules
    with another threshold or `for`, rules on the signals that moved first, burn-rate rules of the SRE workbook.

    Example: timeline detect INC-123 --write new.yml
    """
    from incident_timeline.pipeline.detect import candidates_text, score_offline, write_candidate
    from incident_timeline.pipeline.request import BuildRequest

    if pick is not None and write is None:
        raise UsageError("--pick says which candidate is written; give --write FILE too, or leave --pick out")
    settings = load_settings(None, frozenset())
    request = BuildRequest(ref=ref, settings=settings, folder=out, base=Path.cwd(), now=now(), offline=True)
    scored = score_offline(request)
    (hand_over if json_out else tell)(candidates_text(scored, as_json=json_out))
    if write is not None:
        written = write_candidate(scored, 1 if pick is None else pick, write)
        tell(f"written: {written.rules}, the rule {written.candidate.rule}", err=True)
        if written.tests is None:
            tell("no test: the raw samples of what it reads are not on record", err=True)
        else:
            tell(f"written: {written.tests}; run: promtool test rules {written.tests}", err=True)
