"""`timeline onset`: when the series of a file left their normal range, for each group of them."""

from pathlib import Path
from typing import Annotated

import typer

from incident_timeline.cli.terminal import hand_over, tell


def onset_command(
    file: Annotated[Path, typer.Argument(help="Parquet or CSV in long form: at, series (or metric), value.")],
    by: Annotated[str | None, typer.Option("--by", help="A column; each of its values is a case of its own.")] = None,
    latest: Annotated[
        Path | None, typer.Option("--latest", help="CSV with case and at: the latest possible onset of a case.")
    ] = None,
    csv: Annotated[bool, typer.Option("--csv", help="Print case,onset,earliest,latest,confidence,runtime_s.")] = False,
    tz: Annotated[str | None, typer.Option("--tz", help="Zone of times without one, e.g. Europe/Berlin.")] = None,
) -> None:
    """Say when the series of a file left their normal range, as a range, or that there is no clear onset.

    Example: timeline onset series.parquet --by case_id --csv
    """
    from time import perf_counter

    from incident_timeline.model.instants import rfc3339
    from incident_timeline.model.onset import NoOnset
    from incident_timeline.pipeline.onset_file import answer_onsets, to_csv

    answers, numeric = answer_onsets(file, by, latest, tz, perf_counter)
    if csv:
        hand_over(to_csv(answers, numeric=numeric))
        return
    for answer in answers:
        onset = answer.onset
        if isinstance(onset, NoOnset):
            tell(f"{answer.case}: {onset.reason}")
        else:
            span = f"[{rfc3339(onset.earliest)} to {rfc3339(onset.latest)}]"
            tell(f"{answer.case}: {rfc3339(onset.at)} {span}, confidence {onset.confidence:.2f}")
