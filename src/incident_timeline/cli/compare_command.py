"""`timeline compare`, `similar`, `outcome` and `categorize`: what several incidents say together."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from incident_timeline.cli.mark_command import rebuild
from incident_timeline.cli.options import ConfigFile, OwnFolder, Ref, Speaker, folder_of
from incident_timeline.cli.surroundings import load_settings, now, read_date, speaker
from incident_timeline.cli.terminal import hand_over, tell
from incident_timeline.errors import UsageError

if TYPE_CHECKING:
    from incident_timeline.pipeline.comparing import Archive

_Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
_Proposed = Annotated[
    bool, typer.Option("--proposed", help="Count gaps that rest on a moment no person has confirmed.")
]


def compare_command(
    by: Annotated[str, typer.Option("--by", help="quarter, service, severity, category or team.")] = "quarter",
    since: Annotated[
        str | None, typer.Option("--since", help="Set incidents since this date against those before it: 2026-08-15.")
    ] = None,
    gap: Annotated[list[str] | None, typer.Option("--gap", help="Only this gap; several times for several.")] = None,
    category: Annotated[str | None, typer.Option("--category", help="Only incidents of this category.")] = None,
    service: Annotated[str | None, typer.Option("--service", help="Only incidents of this service.")] = None,
    proposed: _Proposed = False,
    json_out: _Json = False,
    csv: Annotated[bool, typer.Option("--csv", help="Print one row for each incident and gap.")] = False,
    html: Annotated[Path | None, typer.Option("--html", help="Write one page to send around.")] = None,
    config: ConfigFile = None,
) -> None:
    """Compare gaps across archived incidents: every incident a dot, medians and ratios with intervals, never a mean.

    Example: timeline compare --since 2026-08-15 --category "bad deploy" --html compare.html
    """
    from incident_timeline.config.packaged import load_templates
    from incident_timeline.pipeline import comparing as work

    only = tuple((name, value) for name, value in (("category", category), ("service", service)) if value)
    gaps = tuple(gap) if gap else work.SHOWN
    found = work.compare(
        _archive(config), work.Asked(by, read_date(since, "--since") if since else None, gaps, only, proposed)
    )
    if html is not None:
        work.write_page(html, found, load_templates())
        tell(f"page: {html}", err=True)
    written = work.value_json(found) if json_out else work.comparison_csv(found) if csv else work.in_words(found)
    (hand_over if json_out or csv else tell)(written)


def similar_command(
    ref: Ref,
    most: Annotated[int, typer.Option("--most", help="How many to list.", min=1, max=50)] = 5,
    json_out: _Json = False,
    config: ConfigFile = None,
) -> None:
    """List archived incidents like one: what they share, how they differ, what ended them, what is still open of them.

    A category that most of the nearest have is proposed; PagerDuty's own past incidents stand beside, where its plan gives them.

    Example: timeline similar INC-123
    """
    from incident_timeline.pipeline import comparing as work

    found = work.similar(_archive(config), Path.cwd(), ref, most)
    hand_over(work.value_json(found)) if json_out else tell(work.similar_text(found))


def outcome_command(
    category: Annotated[
        str | None, typer.Argument(help="The category, as timeline categorize gave it; not with --due.")
    ] = None,
    since: Annotated[
        str | None, typer.Option("--since", help="The date from which a change should show: 2026-08-15.")
    ] = None,
    action: Annotated[
        str | None,
        typer.Option("--action", help="Since this action item was verified, else closed: A-17 or INC-119/2."),
    ] = None,
    due: Annotated[
        bool, typer.Option("--due", help="List by day what is due to be tested: action items and their outcomes.")
    ] = False,
    proposed: _Proposed = False,
    json_out: _Json = False,
    config: ConfigFile = None,
) -> None:
    """Test the outcome: since a date, is this category detected sooner, contained faster, resolved more surely, rarer?

    Without --since and --action it counts from the category's own action item that was verified last, else closed last.

    Example: timeline outcome "bad deploy" --action A-17
    """
    from incident_timeline.pipeline import comparing as work

    if due and (category or since or action):
        raise UsageError("--due lists everything that is due; leave category, --since and --action out")
    if not due and (category is None or (since and action)):
        raise UsageError('say the category, and --since or --action: timeline outcome "bad deploy" --action A-17')
    archive = _archive(config)
    if category is None:
        waiting = work.due(archive, Path.cwd(), now())
        hand_over(work.value_json(waiting)) if json_out else tell(work.due_text(waiting))
        return
    since_when = (
        (read_date(since, "--since"), "") if since else work.since_action(archive, Path.cwd(), category, action)
    )
    at, because = since_when
    found = work.outcome(archive, category, at, now(), because=because, proposed=proposed)
    hand_over(work.value_json(found)) if json_out else tell(work.in_words(found))


def categorize_command(
    ref: Ref,
    category: Annotated[str, typer.Argument(help="A few words that other incidents can share: bad deploy.")],
    by: Speaker = None,
    out: OwnFolder = None,
) -> None:
    """Put an incident into a category, so that it can be compared with others of its kind.

    Example: timeline categorize INC-123 "bad deploy"
    """
    from incident_timeline.pipeline import marking as work

    folder = folder_of(ref, out)
    tell(work.categorize(work.Marking(folder, speaker(by), now()), category))
    rebuild(ref, folder)


def _archive(config: Path | None) -> "Archive":
    from incident_timeline.pipeline.comparing import open_archive

    return open_archive(load_settings(config, frozenset({"archive"})), Path.cwd())
