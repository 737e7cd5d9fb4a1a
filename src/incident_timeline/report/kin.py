"""Writes what the archive knows of like incidents as text for the terminal."""

from incident_timeline.model.actions import Standing
from incident_timeline.model.kin import Kin


def similar_text(kin: Kin) -> str:
    """Like incidents: what they share, how they differ, what ended them and what stands of their action items."""
    lines = [] if kin.alike else [f"none of {kin.others} other archived incidents is like {kin.incident}"]
    for one in (one for one in kin.alike if not one.by_service):
        kind = f"  [{one.category}]" if one.category else ""
        lines.append(f"{one.incident}  {one.score:.2f}  {one.began_at:%Y-%m-%d}  {one.title}{kind}")
        lines += [f"  shares {words}" for words in one.shared]
        lines += [f"  only there {words}" for words in one.different]
        lines += [f"  ended: {one.fix}"] if one.fix else []
        lines += [f"  taken to have ended it: {one.fix_said!r}"] if one.fix_said else []
        unfinished = [item for item in kin.actions if item.incident == one.incident and item.unfinished]
        lines += [f"  open: {item.name}: {item.what}{_due(item, kin)}" for item in unfinished]
    beside = [one for one in kin.alike if one.by_service]
    if beside:
        named = ", ".join(f"{one.incident} ({one.began_at:%Y-%m-%d})" for one in beside)
        lines.append(f"only the {beside[0].shared[0]} is the same: {named}")
    if kin.proposal is not None:
        votes = f"{kin.proposal.votes} of the {kin.proposal.of} nearest with a category are {kin.proposal.category!r}"
        lines.append(f"no category yet; {votes}: {kin.proposal.command(kin.incident)}")
    return "\n".join([*lines, *_own_lines(kin)]) + "\n"


def _due(item: Standing, kin: Kin) -> str:
    if item.due is None:
        return " (no day)"
    return f" (due {item.due.isoformat()}{', overdue' if item.due < kin.as_of.date() else ''})"


def _own_lines(kin: Kin) -> list[str]:
    """What PagerDuty itself takes for like this one, or why it gave none."""
    lines = ["PagerDuty's own:"] if kin.own_finds else []
    for one in kin.own_finds:
        when = f"  {one.at:%Y-%m-%d}" if one.at is not None else ""
        why = f", {one.why}" if one.why else ""
        lines.append(f"  {one.incident or one.key}{when}  {one.title}  ({one.relation}{why})")
    return [*lines, *([f"PagerDuty gave no past incidents: {kin.own_lacks}"] if kin.own_lacks else [])]
