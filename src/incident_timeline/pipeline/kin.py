"""What a new build says about incidents of its kind: how many there were, or which archived one it is most like."""

from pathlib import Path

from incident_timeline.config import Settings
from incident_timeline.pipeline.archiving import archive_place, has_archive

_ORDINALS = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth")
LIKE_ENOUGH = 0.5  # below, half of what both have is different, and a category would be a guess


def kin_words(settings: Settings, folder: Path, incident: str) -> str:
    """One sentence, or an empty text where the archive has nothing to say; `folder` is the incident's own."""
    if not has_archive(settings, folder):
        return ""
    from incident_timeline.archive.store import Archive, read_table
    from incident_timeline.compare.similar import find_similar

    incidents = read_table(Archive(*archive_place(settings, folder.parent)), "incidents").collect()
    mine = next((row for row in incidents.iter_rows(named=True) if row["incident_id"] == incident), None)
    if mine is None:
        return ""
    if mine["category"] is not None:
        same = incidents.filter(incidents["category"] == mine["category"])
        earlier = int((same["began_at"] < mine["began_at"]).sum())
        which = _ORDINALS[earlier] if earlier < len(_ORDINALS) else f"{earlier + 1}th"
        return f"{which} of {mine['category']!r} in the archive: timeline similar {incident}" if same.height > 1 else ""
    like = next((one for one in find_similar(incidents, incident) if one.category and one.score >= LIKE_ENOUGH), None)
    if like is None:
        return ""
    return f'like {like.incident}, which is {like.category!r}: timeline categorize {incident} "{like.category}"'
