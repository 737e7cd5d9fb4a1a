"""Says what an archived incident can be recognised by: alerts, signals, changes, how it ended, words, and PagerDuty's own finds."""

import json
import math
import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from textwrap import shorten
from typing import Any

import polars as pl

from incident_timeline.model.cues import Cues, plain
from incident_timeline.model.incident import Change
from incident_timeline.model.scored import Scored

_SPOKEN = ("chat.said", "note.added", "status.updated")
_WORD = re.compile(r"[^\W\d_]{3,24}")
_MOST_WORDS = 300  # of the most frequent: enough to find the like, and a row stays small
_ONE_IN = 50  # entries: in a long conversation what it was about is said in one of fifty at least
# Of model.cues: what is said in every incident, whatever it is about. Left in are changes, symptoms, what lacks, what was done.
_TALK = frozenset(
    {"noticed", "finding", "hedge", "question", "investigating", "inconclusive", "escalation", "comms", "report", "announced",
     "recovery", "working", "wrote", "waits", "approved", "checking", "checked", "told", "closed", "later", "another"}
)  # fmt: skip
_ROLES = frozenset({"responder", "author", "someone", "somebody"})  # what stands where a name was hidden
_ALERT = re.compile(r"(\S{3,120})(?: firing)?")  # a sentence in an events file is no alert's name
_SAID = 160  # characters of what was said when the fix was begun
PAST = "pagerduty: past incidents"  # the line of coverage that says why PagerDuty gave none


@dataclass(frozen=True, slots=True)
class Reading:
    """How words of people are read: which ones are only talk of responding, and how names of people are taken out."""

    is_talk: Callable[[str], bool]
    hide: Callable[[str], str]


def talk_of(cues: Cues) -> Callable[[str], bool]:
    """Whether a word says how people respond to whatever it is, rather than what it is: a stop word, or a cue of _TALK."""
    return lambda word: word in cues.ignored or not _TALK.isdisjoint(cues.found(word) | cues.work(word))


def traits_of(scored: Scored, reading: Reading) -> dict[str, Any]:
    """The columns of model.archived's incidents that likeness is found by, and those that say it."""
    changes = sorted({_change_words(one) for one in scored.changes if _may_matter(one, scored)})
    alerts = sorted({one.name for one in scored.episodes} | set(_alert_names(scored.events)))
    signals = list(dict.fromkeys(one.name for one in scored.moved))
    fix = _fix(scored)
    return {
        "title": _title(scored, reading), "alerts": alerts, "signals": signals, "changes": changes, "fix": fix,
        "fix_said": None if fix else _fix_said(scored, reading),
        "words": _words(scored, reading, {*alerts, *signals, scored.incident.service or ""}),
        "pagerduty_like": [
            {"relation": one.relation, "key": one.key, "title": one.title, "at": one.at, "why": one.why}
            for one in scored.paging.like
        ],
        "pagerduty_lacks": next((one.reason for one in scored.coverage if one.source == PAST and not one.ok), None),
    }  # fmt: skip


def _title(scored: Scored, reading: Reading) -> str:
    """The incident's own title, else what the first page or alert said."""
    if scored.incident.title:
        return scored.incident.title
    for kind in ("page.sent", "alert.fired"):
        first = scored.events.filter(pl.col("kind") == kind)["summary"].drop_nulls()
        if first.len():
            return shorten(reading.hide(first[0]), _SAID, placeholder="…")
    return ""


def _alert_names(events: pl.DataFrame) -> Iterator[str]:
    for text in events.filter(pl.col("kind").is_in(["alert.fired", "page.sent"]))["summary"].drop_nulls():
        if name := _ALERT.fullmatch(text):
            yield name[1]
    for detail in events.filter(pl.col("kind") == "alert.received")["detail"].drop_nulls():
        fields = json.loads(detail)
        labels = fields.get("labels") if isinstance(fields, dict) else None
        if isinstance(labels, dict) and isinstance(labels.get("alertname"), str):
            yield labels["alertname"]


def _may_matter(change: Change, scored: Scored) -> bool:
    """A change that began before users were hurt, and that no person has dismissed."""
    started = scored.milestones["started"].latest or scored.milestones["detected"].at
    return change.verdict != "dismissed" and not change.is_rollback and (started is None or change.at <= started)


def _change_words(change: Change) -> str:
    return f"change of {change.service or 'an unnamed service'}"


def _fix(scored: Scored) -> str | None:
    """The change that ended it, in words; None where none did or none is known to have."""
    by_id = {change.event_id: change for change in scored.changes}
    landed = scored.milestones["fix_landed"]
    change = next((by_id[one] for one in landed.evidence if one in by_id), None)
    if change is None:
        return None
    return f"{'rollback' if change.is_rollback else 'change'} of {change.service or 'an unnamed service'}"


def _fix_said(scored: Scored, reading: Reading) -> str | None:
    """What was said when the fix that worked was begun or had landed; None where nobody said it."""
    said = scored.events.filter(pl.col("kind").is_in(_SPOKEN))
    texts = dict(said.select("event_id", "summary").drop_nulls().iter_rows())
    ids = (one for name in ("fix_landed", "fix_started") for one in scored.milestones[name].evidence)
    text = next((texts[one] for one in ids if one in texts), None)
    return None if text is None else shorten(reading.hide(text), _SAID, placeholder="…")


def _words(scored: Scored, reading: Reading, named: set[str]) -> list[str]:
    """What was spoken about: content words of the title and of what people said, those of most entries first.

    A word of one entry alone says how somebody put it, not what it was about; a plural counts as its singular. Words of the
    service's, alerts' and signals' own names are left out: these are compared as they are.
    """
    said = scored.events.filter(pl.col("kind").is_in(_SPOKEN) & (pl.col("actor_kind") != "machine"))["summary"]
    apart = _ROLES | {word for name in named for word in re.findall(r"\w+", name.casefold())}
    texts = [text for text in (scored.incident.title, *said.drop_nulls()) if text]
    counts = Counter(word for text in texts for word in set(_WORD.findall(plain(reading.hide(text)))))
    for word in [one for one in counts if one.endswith("s") and one[:-1] in counts]:
        counts[word[:-1]] += counts.pop(word)
    least = max(2, math.ceil(len(texts) / _ONE_IN))
    often = [word for word, entries in counts.items() if entries >= least and word not in apart]
    kept = [word for word in often if not reading.is_talk(word)]
    return sorted(kept, key=lambda word: (-counts[word], word))[:_MOST_WORDS]
